"""Forms of reports, targets, dashboards and deliveries."""
