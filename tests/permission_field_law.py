"""Permissions of what the simple procedure needs offline; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import LEADERS, OFFICERS, Roles, Table

USERS: Roles = OFFICERS | LEADERS

ALL: Table = {
    ("GET", "field:law"): USERS,
    ("GET", "field:blocks"): USERS,
    ("POST", "field:blocks"): USERS,
}
