"""Indicators: declared once, counted in SQL, kept until a record changes, opened down to the records."""
