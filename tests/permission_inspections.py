"""The rows of the table of permissions for inspections and credit; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import BUSINESS, CLERKS, LEADERS, Roles, Table

VIEWERS: Roles = BUSINESS - {"hotline_clerk"}
DISPATCHERS: Roles = frozenset({"dispatcher"})

INSPDATA: Table = {
    ("GET", "inspections:config_items"): CLERKS,
    ("GET", "inspections:config_item_new"): CLERKS,
    ("POST", "inspections:config_item_new"): CLERKS,
    ("GET", "inspections:config_item"): CLERKS,
    ("POST", "inspections:config_item"): CLERKS,
    ("GET", "inspections:config_checklists"): CLERKS,
    ("GET", "inspections:config_checklist_new"): CLERKS,
    ("POST", "inspections:config_checklist_new"): CLERKS,
    ("GET", "inspections:config_checklist"): CLERKS,
    ("GET", "inspections:config_checklist_change"): CLERKS,
    ("POST", "inspections:config_checklist_change"): CLERKS,
    ("POST", "inspections:config_checklist_upload"): CLERKS,
    ("GET", "inspections:config_checklist_table"): CLERKS,
    ("GET", "inspections:exchange"): VIEWERS,
    ("POST", "inspections:exchange"): CLERKS,
    ("POST", "inspections:exchange_receive"): CLERKS,
    ("GET", "inspections:exchange_template"): CLERKS,
    ("GET", "inspections:exchange_schema"): CLERKS,
    ("POST", "inspections:exchange_results"): CLERKS,
    ("GET", "inspections:exchange_task"): VIEWERS,
    ("POST", "inspections:exchange_arrange"): LEADERS | DISPATCHERS,
    ("POST", "/inspections/city-tasks"): CLERKS,
    ("GET", "/inspections/city-results"): VIEWERS,
}

PARAMETERS: dict[str, dict[str, str]] = {
    "inspections:config_item": {"pk": "inspection_item"},
    "inspections:config_checklist": {"pk": "checklist"},
    "inspections:config_checklist_change": {"pk": "checklist"},
    "inspections:config_checklist_upload": {"pk": "checklist"},
    "inspections:config_checklist_table": {"pk": "checklist"},
    "inspections:exchange_task": {"pk": "number"},
    "inspections:exchange_arrange": {"pk": "number"},
}

ALL: Table = {**INSPDATA}
