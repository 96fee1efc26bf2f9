"""巡查: beats, check-in points and their tags, check-ins, tracks, the duty log."""
