"""The rows of the table of permissions for coverage, positions and tracks; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import BUSINESS, LEADERS, NOBODY, OFFICERS, Roles, Table

VIEWERS: Roles = BUSINESS - {"hotline_clerk", "legal_reviewer"}
TRACKERS: Roles = frozenset({"squad_leader", "bureau_leader", "dispatcher", "supervisor"})
WORKERS: Roles = OFFICERS | LEADERS

ALL: Table = {
    ("GET", "patrol:coverage"): VIEWERS,
    ("GET", "patrol:frequency"): VIEWERS,
    ("GET", "patrol:gaps"): VIEWERS,
    ("POST", "patrol:gaps_export"): VIEWERS,
    ("GET", "patrol:tracks"): TRACKERS,
    ("GET", "patrol:track"): TRACKERS,
    ("GET", "patrol:my_positions"): WORKERS,
    ("GET", "patrol:own_track"): WORKERS,
    ("POST", "/patrol/positions"): NOBODY,  # keys only
}
COMMAND: Table = {("GET", "command:track"): TRACKERS}

PARAMETERS: dict[str, dict[str, str]] = {
    "patrol:track": {"pk": "number", "day": "day"},
    "patrol:own_track": {"day": "day"},
    "command:track": {"pk": "number"},
}
