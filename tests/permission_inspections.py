"""The rows of the table of permissions for inspections and credit; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import BUSINESS, CLERKS, Table

VIEWERS = BUSINESS - {"hotline_clerk"}

EXCHANGE: Table = {
    ("POST", "/inspections/city-tasks"): CLERKS,
    ("GET", "/inspections/city-results"): VIEWERS,
}

ALL: Table = {**EXCHANGE}
