"""The command centre and the squads' rooms: one queue, one map, kept current by events."""
