"""The rows of the table of permissions for inspections and credit; see `permission_table`."""

from __future__ import annotations

from tests.permission_credit import CREDIT
from tests.permission_roles import BUSINESS, CLERKS, LEADERS, OFFICERS, Roles, Table

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

PLANNERS: Roles = frozenset({"registry_clerk"})
APPROVERS: Roles = frozenset({"bureau_leader"})
DRAWERS: Roles = frozenset({"registry_clerk", "supervisor"})
WITHDRAWERS: Roles = DRAWERS | {"squad_leader", "dispatcher"}
WORKERS: Roles = OFFICERS | {"squad_leader"}

INSPPAGES: Table = {
    ("GET", "inspections:plans"): VIEWERS,
    ("GET", "inspections:plan_new"): PLANNERS,
    ("POST", "inspections:plan_new"): PLANNERS,
    ("POST", "inspections:rules_words"): PLANNERS,
    ("GET", "inspections:plan"): VIEWERS,
    ("GET", "inspections:plan_edit"): PLANNERS,
    ("POST", "inspections:plan_edit"): PLANNERS,
    ("POST", "inspections:plan_approve"): APPROVERS,
    ("GET", "inspections:tasks"): VIEWERS,
    ("GET", "inspections:task_new"): PLANNERS,
    ("POST", "inspections:task_new"): PLANNERS,
    ("POST", "inspections:task_preview_form"): PLANNERS,
    ("GET", "inspections:task"): VIEWERS,
    ("GET", "inspections:task_edit"): PLANNERS,
    ("POST", "inspections:task_edit"): PLANNERS,
    ("GET", "inspections:task_preview"): VIEWERS,
    ("POST", "inspections:task_cancel"): PLANNERS,
    ("GET", "inspections:commit"): DRAWERS,
    ("POST", "inspections:commit"): DRAWERS,
    ("GET", "inspections:draw_due"): VIEWERS,
    ("POST", "inspections:perform"): DRAWERS,
    ("POST", "inspections:abandon"): DRAWERS,
    ("GET", "inspections:commitment"): VIEWERS,
    ("GET", "inspections:proof"): VIEWERS,
    ("GET", "inspections:proof_check"): VIEWERS,
    ("GET", "inspections:drawn"): VIEWERS,
    ("GET", "inspections:drawn_map"): VIEWERS,
    ("GET", "inspections:drawn_map_data"): VIEWERS,
    ("GET", "inspections:drawn_one"): VIEWERS,
    ("GET", "inspections:withdraw"): WITHDRAWERS,
    ("POST", "inspections:withdraw"): WITHDRAWERS,
    ("GET", "inspections:progress"): VIEWERS,
    ("GET", "inspections:interests"): WORKERS,
    ("POST", "inspections:interests"): WORKERS,
    ("POST", "inspections:interest_end"): WORKERS,
    ("GET", "inspections:interest_list"): PLANNERS,
    ("GET", "inspections:partners"): PLANNERS,
    ("GET", "inspections:partner_new"): PLANNERS,
    ("POST", "inspections:partner_new"): PLANNERS,
    ("GET", "inspections:partner"): PLANNERS,
    ("POST", "inspections:partner"): PLANNERS,
    ("GET", "inspections:partner_officer_new"): PLANNERS,
    ("POST", "inspections:partner_officer_new"): PLANNERS,
    ("GET", "inspections:partner_officer"): PLANNERS,
    ("POST", "inspections:partner_officer"): PLANNERS,
}

INSPECTORS = OFFICERS | LEADERS
ARRANGERS = INSPECTORS | {"dispatcher"}

INSPECTION_WORK: Table = {
    ("GET", "inspections:work"): VIEWERS,
    ("POST", "inspections:work_export"): VIEWERS,
    ("GET", "inspections:arrange"): ARRANGERS,
    ("POST", "inspections:arrange"): ARRANGERS,
    ("GET", "inspections:inspection"): VIEWERS,
    ("GET", "inspections:cancel"): ARRANGERS,
    ("POST", "inspections:cancel"): ARRANGERS,
    ("POST", "inspections:start"): INSPECTORS,
    ("GET", "inspections:report"): INSPECTORS,
    ("POST", "inspections:report"): INSPECTORS,
    ("GET", "inspections:correct"): INSPECTORS,
    ("POST", "inspections:correct"): INSPECTORS,
    ("GET", "inspections:recheck"): INSPECTORS,
    ("POST", "inspections:recheck"): INSPECTORS,
    ("POST", "inspections:hand_over"): INSPECTORS,
    ("POST", "inspections:photo_add"): INSPECTORS,
    ("GET", "inspections:photo"): VIEWERS,
    ("GET", "inspections:signature"): VIEWERS,
    ("GET", "inspections:key_sheet"): VIEWERS,
    ("GET", "/inspections"): VIEWERS,
    ("POST", "/inspections"): INSPECTORS,
    ("GET", "/inspections/{inspection_id}"): VIEWERS,
    ("GET", "/inspections/{inspection_id}/photos/{photo_id}"): VIEWERS,
    ("POST", "/inspections/{inspection_id}/photos"): INSPECTORS,
    ("POST", "/inspections/{inspection_id}/start"): INSPECTORS,
    ("POST", "/inspections/{inspection_id}/report"): INSPECTORS,
    ("POST", "/inspections/{inspection_id}/correct"): INSPECTORS,
    ("POST", "/inspections/{inspection_id}/recheck"): INSPECTORS,
    ("POST", "/inspections/{inspection_id}/hand-over"): INSPECTORS,
}

PUBLICATION: Table = {
    ("GET", "inspections:publication"): VIEWERS,
    ("POST", "inspections:publish"): CLERKS,
    ("POST", "inspections:publish_quarter"): CLERKS,
    ("POST", "inspections:withdraw_publication"): CLERKS,
    ("POST", "inspections:publish_again"): CLERKS,
    ("POST", "inspections:put_back"): CLERKS,
    ("GET", "inspections:coverage"): VIEWERS,
    ("GET", "inspections:coverage_never"): VIEWERS,
    ("POST", "inspections:plan_simulate"): CLERKS,
}

ALL: Table = {**PUBLICATION, **INSPDATA, **INSPPAGES, **INSPECTION_WORK, **CREDIT}
