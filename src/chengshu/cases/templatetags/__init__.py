"""Tags of the case pages."""
