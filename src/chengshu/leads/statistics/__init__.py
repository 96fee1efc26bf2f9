"""Statistics of the loop: exact at any moment, from one packed record for each day of reporting."""
