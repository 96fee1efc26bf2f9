"""JT/T 808: how vehicles, radios and body cameras report (frames of 2013 and 2019)."""
