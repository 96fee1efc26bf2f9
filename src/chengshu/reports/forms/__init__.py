"""Forms of targets, dashboards and deliveries."""
