"""Who may call what: every route and method of the running project, written down by hand.

One section an app. A row is ``(method, route): roles``, where ``roles`` is a set of role codes, `EVERYONE`
for any signed-in person, or `PUBLIC` for anonymous visitors too. A route is a URL name (``bureau:people``),
for the API the path under ``/api/v1`` (``/registry/objects``). `PARAMETERS` says which of the things made by
``tests/test_permissions_table.py`` stands in for a route's arguments.

Whoever adds a route adds a line here; the test fails until then.
"""

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
    "system_admin",
    "security_admin",
    "audit_admin",
)
PUBLIC: Roles = frozenset({"anonymous", *ROLES})
EVERYONE: Roles = frozenset(ROLES)
NOBODY: Roles = frozenset()

OFFICERS: Roles = frozenset({"officer"})
LEADERS: Roles = frozenset({"squad_leader"})
CLERKS: Roles = frozenset({"registry_clerk"})
SYSTEM: Roles = frozenset({"system_admin"})
SECURITY: Roles = frozenset({"security_admin"})
AUDIT: Roles = frozenset({"audit_admin"})
ADMINISTRATORS = SYSTEM | SECURITY | AUDIT
BUSINESS = EVERYONE - ADMINISTRATORS  # whoever works with objects
UNMASKERS: Roles = frozenset(
    {"squad_leader", "legal_reviewer", "bureau_leader", "hotline_clerk", "registry_clerk"}
)
EXPORTERS: Roles = frozenset({"squad_leader", "bureau_leader", "registry_clerk", "analyst"})
WATCHERS_OF_JOBS = BUSINESS | SYSTEM

Table = dict[tuple[str, str], Roles]

CONFIG: Table = {
    ("GET", "healthz"): PUBLIC,
    ("GET", "healthz_live"): PUBLIC,
    ("GET", "healthz_ready"): PUBLIC,
    ("GET", "metrics"): PUBLIC,
    ("GET", "set_language"): PUBLIC,
    ("POST", "set_language"): PUBLIC,
}

ACCOUNTS: Table = {
    ("GET", "account_login"): PUBLIC,
    ("POST", "account_login"): PUBLIC,
    ("GET", "account_logout"): PUBLIC,
    ("POST", "account_logout"): PUBLIC,
    ("GET", "account_inactive"): PUBLIC,
    ("GET", "account_change_password"): EVERYONE,
    ("POST", "account_change_password"): EVERYONE,
    ("GET", "account_reauthenticate"): EVERYONE,
    ("POST", "account_reauthenticate"): EVERYONE,
    ("GET", "mfa_index"): EVERYONE,
    ("GET", "mfa_authenticate"): PUBLIC,
    ("POST", "mfa_authenticate"): PUBLIC,
    ("GET", "mfa_reauthenticate"): EVERYONE,
    ("POST", "mfa_reauthenticate"): EVERYONE,
    ("GET", "mfa_activate_totp"): EVERYONE,
    ("POST", "mfa_activate_totp"): EVERYONE,
    ("GET", "mfa_deactivate_totp"): EVERYONE,
    ("POST", "mfa_deactivate_totp"): EVERYONE,
    ("GET", "mfa_view_recovery_codes"): EVERYONE,
    ("GET", "mfa_generate_recovery_codes"): EVERYONE,
    ("POST", "mfa_generate_recovery_codes"): EVERYONE,
    ("GET", "mfa_download_recovery_codes"): EVERYONE,
    ("GET", "mfa_list_webauthn"): EVERYONE,
    ("GET", "mfa_add_webauthn"): EVERYONE,
    ("POST", "mfa_add_webauthn"): EVERYONE,
    ("GET", "mfa_reauthenticate_webauthn"): EVERYONE,
    ("POST", "mfa_reauthenticate_webauthn"): EVERYONE,
    ("GET", "mfa_edit_webauthn"): EVERYONE,
    ("POST", "mfa_edit_webauthn"): EVERYONE,
    ("GET", "mfa_remove_webauthn"): EVERYONE,
    ("POST", "mfa_remove_webauthn"): EVERYONE,
    ("GET", "openid_connect_login"): PUBLIC,
    ("POST", "openid_connect_login"): PUBLIC,
    ("GET", "openid_connect_callback"): PUBLIC,
    ("POST", "openid_connect_callback"): PUBLIC,
    ("GET", "socialaccount_login_cancelled"): PUBLIC,
    ("GET", "socialaccount_login_error"): PUBLIC,
}

BUREAU: Table = {
    ("GET", "bureau:people"): EVERYONE,
    ("GET", "bureau:person_new"): SYSTEM,
    ("POST", "bureau:person_new"): SYSTEM,
    ("GET", "bureau:person"): EVERYONE,
    ("GET", "bureau:person_edit"): SYSTEM,
    ("POST", "bureau:person_edit"): SYSTEM,
    ("POST", "bureau:person_unmask"): UNMASKERS,
    ("POST", "bureau:role_grant"): SECURITY,
    ("POST", "bureau:role_revoke"): SECURITY,
    ("POST", "bureau:certificate_add"): SYSTEM,
    ("POST", "bureau:person_deactivate"): SYSTEM,
    ("POST", "bureau:person_reactivate"): SYSTEM,
    ("POST", "bureau:password_reset"): SECURITY,
    ("POST", "bureau:account_unlock"): SECURITY,
    ("POST", "bureau:second_factors_remove"): SECURITY,
    ("GET", "bureau:units"): EVERYONE,
    ("GET", "bureau:unit_new"): SYSTEM,
    ("POST", "bureau:unit_new"): SYSTEM,
    ("GET", "bureau:unit_edit"): SYSTEM,
    ("POST", "bureau:unit_edit"): SYSTEM,
    ("GET", "bureau:roles"): EVERYONE,
    ("GET", "bureau:roster"): EVERYONE,
    ("POST", "bureau:duty_add"): LEADERS,
    ("POST", "bureau:duty_remove"): LEADERS,
    ("GET", "bureau:audit"): AUDIT,
    ("GET", "bureau:audit_export"): AUDIT,
    ("GET", "bureau:areas"): SYSTEM,
    ("POST", "bureau:areas"): SYSTEM,
    ("GET", "bureau:area_transport"): EVERYONE,
    ("GET", "bureau:area_boundaries"): EVERYONE,
    ("GET", "bureau:me"): EVERYONE,
    ("POST", "bureau:me_language"): EVERYONE,
    ("POST", "bureau:me_sessions"): EVERYONE,
}

UI: Table = {
    ("GET", "ui:gallery"): EVERYONE,
    ("GET", "ui:progress_sample"): EVERYONE,
    ("GET", "ui:map_sample"): EVERYONE,
}

DESK: Table = {
    ("GET", "home"): EVERYONE,
    ("GET", "jobs"): WATCHERS_OF_JOBS,
    ("GET", "job"): WATCHERS_OF_JOBS,
    ("GET", "job_state"): WATCHERS_OF_JOBS,
    ("POST", "job_cancel"): WATCHERS_OF_JOBS,
}

PORTAL: Table = {
    ("GET", "portal:home"): PUBLIC,
    ("GET", "portal:ledger"): PUBLIC,
    ("GET", "portal:ledger_roots"): PUBLIC,
    ("GET", "portal:ledger_day"): PUBLIC,
    ("GET", "portal:ledger_leaves"): PUBLIC,
    ("GET", "portal:ledger_timestamp"): PUBLIC,
}

REGISTRY: Table = {}

API: Table = {}

TABLE: Table = CONFIG | ACCOUNTS | BUREAU | UI | DESK | PORTAL | REGISTRY | API

# Arguments of a route: for all routes of a name space, then those of single routes.
PARAMETERS: dict[str, dict[str, str]] = {
    "bureau": {"pk": "person", "assignment": "assignment", "code": "district_code"},
    "bureau:unit_edit": {"pk": "unit"},
    "bureau:duty_add": {"pk": "unit"},
    "bureau:duty_remove": {"pk": "duty"},
    "mfa_edit_webauthn": {"pk": "number"},
    "mfa_remove_webauthn": {"pk": "number"},
    "openid_connect_login": {"provider_id": "provider"},
    "openid_connect_callback": {"provider_id": "provider"},
    "job": {"job_id": "job"},
    "job_state": {"job_id": "job"},
    "job_cancel": {"job_id": "job"},
    "portal": {"day": "day"},
}
