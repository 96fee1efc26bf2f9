"""The duty log: composed from what is on record, judged by rules that are data."""
