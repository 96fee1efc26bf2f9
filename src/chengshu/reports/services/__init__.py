"""What can happen to targets, dashboards and deliveries."""
