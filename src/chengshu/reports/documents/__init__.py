"""Documents with live numbers: written, checked, frozen. The only code that writes `reports.models.documents`."""
