"""Roles, and sets of them that stand together in the tables of permissions."""

from __future__ import annotations

Roles = frozenset[str]

ROLES = (
    "officer",
    "squad_leader",
    "legal_reviewer",
    "bureau_leader",
    "dispatcher",
    "hotline_clerk",
    "supervisor",
    "registry_clerk",
    "analyst",
    "screen",
    "system_admin",
    "security_admin",
    "audit_admin",
)
PUBLIC: Roles = frozenset({"anonymous", *ROLES})
EVERYONE: Roles = frozenset(ROLES)
SCREENS: Roles = frozenset({"screen"})  # displays: they see leads, and change nothing
STAFF: Roles = EVERYONE - SCREENS
NOBODY: Roles = frozenset()

OFFICERS: Roles = frozenset({"officer"})
LEADERS: Roles = frozenset({"squad_leader"})
CLERKS: Roles = frozenset({"registry_clerk"})
SYSTEM: Roles = frozenset({"system_admin"})
SECURITY: Roles = frozenset({"security_admin"})
AUDIT: Roles = frozenset({"audit_admin"})
ADMINISTRATORS = SYSTEM | SECURITY | AUDIT
BUSINESS = STAFF - ADMINISTRATORS  # whoever works with objects
UNMASKERS: Roles = frozenset(
    {"squad_leader", "legal_reviewer", "bureau_leader", "hotline_clerk", "registry_clerk"}
)
EXPORTERS: Roles = frozenset({"squad_leader", "bureau_leader", "registry_clerk", "analyst"})
EDITORS = LEADERS | CLERKS
ROUND_WORKERS = OFFICERS | LEADERS | CLERKS
WATCHERS_OF_JOBS = BUSINESS | SYSTEM

Table = dict[tuple[str, str], Roles]
