"""Forms of the lead pages."""
