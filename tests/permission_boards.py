"""The rows of the table of permissions for dashboards, targets and deliveries; see `permission_table`."""

from __future__ import annotations

from tests.permission_reports import VIEWERS
from tests.permission_roles import Roles, Table

SETTERS: Roles = frozenset({"bureau_leader", "supervisor", "analyst"})
DELIVERERS: Roles = frozenset({"bureau_leader", "squad_leader", "analyst"})
ALL: Table = {
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
    "reports:board": {"code": "board"},
    "reports:board_delete": {"pk": "number"},
    "reports:board_edit": {"pk": "number"},
    "reports:delivery": {"pk": "number"},
    "reports:delivery_stop": {"pk": "number"},
    "reports:own_board": {"pk": "number"},
    "reports:target": {"pk": "number"},
    "reports:target_edit": {"pk": "number"},
    "reports:target_withdraw": {"pk": "number"},
    "reports:delivery_file": {"pk": "number", "period": "month"},
}
