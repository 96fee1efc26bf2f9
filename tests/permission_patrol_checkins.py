"""The rows of the table of permissions for beats, tags and check-ins; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import BUSINESS, CLERKS, PUBLIC, Roles, Table

VIEWERS: Roles = BUSINESS - {"hotline_clerk", "legal_reviewer"}

CHECKINS: Table = {
    ("GET", "tag"): PUBLIC,
    ("GET", "patrol:squad_room"): VIEWERS,
    ("GET", "patrol:checkins"): VIEWERS,
    ("GET", "patrol:attempts"): VIEWERS,
    ("GET", "patrol:beats"): VIEWERS,
    ("GET", "patrol:beat_shapes"): VIEWERS,
    ("GET", "patrol:beat"): VIEWERS,
    ("GET", "patrol:requirements"): VIEWERS,
    ("GET", "patrol:beat_new"): CLERKS,
    ("POST", "patrol:beat_new"): CLERKS,
    ("GET", "patrol:beat_change"): CLERKS,
    ("POST", "patrol:beat_change"): CLERKS,
    ("GET", "patrol:point_new"): CLERKS,
    ("POST", "patrol:point_new"): CLERKS,
    ("GET", "patrol:point"): CLERKS,
    ("POST", "patrol:point"): CLERKS,
    ("POST", "patrol:tag_mount"): CLERKS,
    ("GET", "patrol:tags"): CLERKS,
    ("GET", "patrol:tag_sheet"): CLERKS,
    ("GET", "patrol:tag_page"): CLERKS,
    ("POST", "patrol:tag_write"): CLERKS,
    ("POST", "patrol:tag_out"): CLERKS,
    ("POST", "patrol:tag_rewrite"): CLERKS,
    ("GET", "patrol:tag_keys"): CLERKS,
    ("POST", "patrol:tag_keys"): CLERKS,
    ("POST", "patrol:tag_keys_retire"): CLERKS,
    ("GET", "patrol:requirement_new"): CLERKS,
    ("POST", "patrol:requirement_new"): CLERKS,
    ("GET", "patrol:requirement"): CLERKS,
    ("POST", "patrol:requirement"): CLERKS,
}

PARAMETERS: dict[str, dict[str, str]] = {
    "tag": {"code": "squad_code"},
    "patrol": {"pk": "number"},
}
