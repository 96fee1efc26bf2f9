"""Forms of the pages of inspections."""
