"""The rows of the table of permissions for inspections and credit; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import BUSINESS, LEADERS, OFFICERS, Roles, Table

VIEWERS: Roles = BUSINESS - {"hotline_clerk"}
INSPECTORS = OFFICERS | LEADERS
ARRANGERS = INSPECTORS | {"dispatcher"}

INSPECTION_WORK: Table = {
    ("GET", "inspections:work"): VIEWERS,
    ("POST", "inspections:work_export"): VIEWERS,
    ("GET", "inspections:arrange"): ARRANGERS,
    ("POST", "inspections:arrange"): ARRANGERS,
    ("GET", "inspections:inspection"): VIEWERS,
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

ALL: Table = {**INSPECTION_WORK}
