"""The rows of the table of permissions for duty logs and equipment; see `permission_table`."""

from __future__ import annotations

from tests.permission_patrol_checkins import VIEWERS
from tests.permission_roles import CLERKS, LEADERS, OFFICERS, Table

WORKERS = OFFICERS | LEADERS

DUTY_LOGS: Table = {
    ("GET", "patrol:logs"): VIEWERS,
    ("GET", "patrol:log"): VIEWERS,
    ("GET", "patrol:validity"): VIEWERS,
    ("GET", "patrol:log_mine"): WORKERS,
    ("POST", "patrol:log_sign"): WORKERS,
    ("POST", "patrol:log_correct"): WORKERS,
    ("GET", "patrol:log_confirming"): LEADERS,
    ("POST", "patrol:log_confirming"): LEADERS,
    ("POST", "patrol:log_confirm"): LEADERS,
    ("GET", "patrol:equipment"): VIEWERS,
    ("GET", "patrol:equipment_page"): VIEWERS,
    ("POST", "patrol:equipment_use"): WORKERS,
    ("GET", "patrol:equipment_new"): CLERKS,
    ("POST", "patrol:equipment_new"): CLERKS,
    ("GET", "patrol:equipment_change"): CLERKS,
    ("POST", "patrol:equipment_change"): CLERKS,
}
