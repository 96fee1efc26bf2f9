"""The rows of the table of permissions for figures; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import Roles, Table

VIEWERS: Roles = frozenset(
    {
        "squad_leader", "legal_reviewer", "bureau_leader", "dispatcher", "supervisor", "registry_clerk",
        "analyst",
    }
)  # fmt: skip
# Opening the records of cases needs the right to see cases too: all of them have it.
ALL: Table = {
    ("GET", "reports:figures"): VIEWERS,
    ("GET", "reports:csv"): VIEWERS,
    ("GET", "reports:figure"): VIEWERS,
    ("GET", "reports:records"): VIEWERS,
}
PARAMETERS: dict[str, dict[str, str]] = {"reports": {"id": "figure"}}
