"""The rows of the table of permissions for figures; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import Roles, Table

SETTERS: Roles = frozenset({"bureau_leader", "supervisor", "analyst"})
DELIVERERS: Roles = frozenset({"bureau_leader", "squad_leader", "analyst"})
VIEWERS: Roles = frozenset(
    {
        "squad_leader", "legal_reviewer", "bureau_leader", "dispatcher", "supervisor", "registry_clerk",
        "analyst",
    }
)  # fmt: skip
# Opening the records of a figure needs the right to see such records too; the figure here counts cases.
OF_CASES: Roles = VIEWERS - {"dispatcher", "registry_clerk"}
ALL: Table = {
    ("GET", "reports:figures"): VIEWERS,
    ("GET", "reports:csv"): VIEWERS,
    ("GET", "reports:figure"): VIEWERS,
    ("GET", "reports:records"): OF_CASES,
    ("GET", "reports:boards"): VIEWERS,
    ("GET", "reports:board"): VIEWERS,
    ("GET", "reports:targets"): VIEWERS,
    ("GET", "reports:target"): VIEWERS,
    ("GET", "reports:target_new"): SETTERS,
    ("POST", "reports:target_new"): SETTERS,
    ("GET", "reports:target_edit"): SETTERS,
    ("POST", "reports:target_edit"): SETTERS,
    ("POST", "reports:target_withdraw"): SETTERS,
    ("POST", "reports:targets_adopt"): SETTERS,
    ("GET", "reports:own_board"): VIEWERS,
    ("GET", "reports:board_new"): VIEWERS,
    ("POST", "reports:board_new"): VIEWERS,
    ("GET", "reports:board_edit"): VIEWERS,
    ("POST", "reports:board_edit"): VIEWERS,
    ("POST", "reports:board_delete"): VIEWERS,
    ("GET", "reports:deliveries"): DELIVERERS,
    ("GET", "reports:delivery"): DELIVERERS,
    ("GET", "reports:delivery_new"): DELIVERERS,
    ("POST", "reports:delivery_new"): DELIVERERS,
    ("POST", "reports:delivery_stop"): DELIVERERS,
    ("GET", "reports:delivery_file"): VIEWERS,
}
PARAMETERS: dict[str, dict[str, str]] = {
    "reports": {"id": "figure", "code": "board", "pk": "number", "period": "month"},
}
