"""The rows of the table of permissions of the law on the phone; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import LEADERS, OFFICERS, Roles, Table

USERS: Roles = OFFICERS | LEADERS

ALL: Table = {
    ("GET", "field:law"): USERS,
    ("GET", "field:blocks"): USERS,
    ("POST", "field:blocks"): USERS,
}
