"""The rows of the table of permissions for the ledger of illegal structures; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import BUSINESS, CLERKS, EXPORTERS, LEADERS, OFFICERS, UNMASKERS, Roles, Table

VIEWERS: Roles = BUSINESS - {"hotline_clerk"}
WORKERS: Roles = OFFICERS | LEADERS | CLERKS
APPROVERS: Roles = LEADERS | {"bureau_leader"}

CHECKERS: Roles = frozenset({"supervisor"})

ALL: Table = {
    ("GET", "structures:list"): VIEWERS,
    ("POST", "structures:export"): EXPORTERS,
    ("GET", "structures:new"): WORKERS,
    ("POST", "structures:new"): WORKERS,
    ("GET", "structures:map"): VIEWERS,
    ("GET", "structures:map_data"): VIEWERS,
    ("GET", "structures:plot_shapes"): VIEWERS,
    ("GET", "structures:figures"): VIEWERS,
    ("GET", "structures:entry"): VIEWERS,
    ("POST", "structures:entry"): UNMASKERS & VIEWERS,
    ("POST", "structures:photos_add"): WORKERS,
    ("GET", "structures:photo"): VIEWERS,
    ("POST", "structures:decide"): APPROVERS,
    ("GET", "structures:act"): VIEWERS,
    ("POST", "structures:act"): VIEWERS,
    ("POST", "structures:key_task"): CLERKS,
    ("GET", "structures:step"): WORKERS,
    ("POST", "structures:step"): WORKERS,
    ("GET", "structures:towns"): VIEWERS,
    ("GET", "structures:quota"): CLERKS,
    ("POST", "structures:quota"): CLERKS,
    ("GET", "structures:assessments"): VIEWERS,
    ("GET", "structures:announce"): CHECKERS,
    ("POST", "structures:announce"): CHECKERS,
    ("GET", "structures:assessment"): VIEWERS,
    ("POST", "structures:assessment"): VIEWERS,
    ("GET", "structures:sample_proof"): VIEWERS,
    ("POST", "structures:sample_check"): CHECKERS,
    ("GET", "structures:imports"): CLERKS,
    ("POST", "structures:imports"): CLERKS,
    ("GET", "structures:import"): CLERKS,
    ("POST", "structures:import_apply"): CLERKS,
    ("GET", "structures:plots"): VIEWERS,
    ("GET", "structures:plot_new"): CLERKS,
    ("POST", "structures:plot_new"): CLERKS,
    ("GET", "structures:plot"): VIEWERS,
    ("GET", "structures:plot_change"): CLERKS,
    ("POST", "structures:plot_change"): CLERKS,
    ("POST", "structures:plot_do"): CLERKS,
}

PARAMETERS: dict[str, dict[str, str]] = {
    "structures": {"pk": "number", "photo_id": "number", "proposal_id": "number", "check_id": "number"},
    **{
        name: {"pk": "structure"}
        for name in ("structures:entry", "structures:photos_add", "structures:photo", "structures:key_task")
    },
    "structures:decide": {"pk": "structure", "proposal_id": "number"},
    "structures:act": {"pk": "structure", "code": "structure_act"},
    "structures:step": {"pk": "structure", "code": "structure_step"},
}
