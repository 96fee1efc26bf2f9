"""The rows of the table of permissions for inspections and credit; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import BUSINESS, OFFICERS, Roles, Table

VIEWERS: Roles = BUSINESS - {"hotline_clerk"}
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

ALL: Table = {**INSPPAGES}
