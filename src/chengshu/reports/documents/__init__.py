"""Documents with live numbers: written, checked, frozen. Nothing else writes `reports.models.documents`."""
