"""The rows of the table of permissions for the officer's app; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import LEADERS, OFFICERS, PUBLIC, SECURITY, STAFF, Roles, Table

USERS: Roles = OFFICERS | LEADERS
MANAGERS: Roles = LEADERS | SECURITY
APPROVERS: Roles = LEADERS | frozenset({"bureau_leader"})

ALL: Table = {
    ("GET", "field:shell"): PUBLIC,
    ("GET", "field:worker"): PUBLIC,
    ("GET", "field:tags_worker"): PUBLIC,
    ("GET", "field:manifest"): PUBLIC,
    ("GET", "field:texts"): PUBLIC,
    ("GET", "field:time"): PUBLIC,
    ("GET", "field:session"): USERS,
    ("POST", "field:register"): USERS,
    ("POST", "field:wiped"): USERS,
    ("POST", "field:order"): PUBLIC,  # the device's signature says who asks
    ("GET", "field:today"): USERS,
    ("POST", "field:upload_begin"): USERS,
    ("GET", "field:upload"): USERS,
    ("PATCH", "field:upload"): USERS,
    ("POST", "field:send_records"): USERS,
    ("GET", "field:devices"): MANAGERS,
    ("GET", "field:device"): MANAGERS,
    ("POST", "field:revoke"): MANAGERS,
    ("POST", "field:wipe"): MANAGERS,
    ("GET", "field:records"): USERS,
    ("GET", "field:record"): USERS,
    ("GET", "field:record_file"): USERS,
    ("GET", "field:served"): APPROVERS,
    ("POST", "field:served"): APPROVERS,
    ("GET", "field:notes"): STAFF,
    ("GET", "field:note_file"): STAFF,
}

PARAMETERS: dict[str, dict[str, str]] = {
    "field": {"pk": "uuid", "device": "uuid", "sha256": "sha256", "language": "language"},
    "field:notes": {"about": "note_about", "subject": "lead"},
    "field:note_file": {"pk": "number"},
}
