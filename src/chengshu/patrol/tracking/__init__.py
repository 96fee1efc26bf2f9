"""Positions as arrays: cleaning, stops, distance, simplified lines, cover. Nothing here asks a database."""
