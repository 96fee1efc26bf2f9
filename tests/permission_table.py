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
    ("GET", "bureau:people"): STAFF,
    ("GET", "bureau:person_new"): SYSTEM,
    ("POST", "bureau:person_new"): SYSTEM,
    ("GET", "bureau:person"): STAFF,
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
    ("GET", "bureau:units"): STAFF,
    ("GET", "bureau:unit_new"): SYSTEM,
    ("POST", "bureau:unit_new"): SYSTEM,
    ("GET", "bureau:unit_edit"): SYSTEM,
    ("POST", "bureau:unit_edit"): SYSTEM,
    ("GET", "bureau:roles"): STAFF,
    ("GET", "bureau:roster"): STAFF,
    ("POST", "bureau:duty_add"): LEADERS,
    ("POST", "bureau:duty_remove"): LEADERS,
    ("GET", "bureau:apikeys"): SECURITY,
    ("GET", "bureau:apikey_new"): SECURITY,
    ("POST", "bureau:apikey_new"): SECURITY,
    ("GET", "bureau:apikey"): SECURITY,
    ("POST", "bureau:apikey_change"): SECURITY,
    ("POST", "bureau:apikey_rotate"): SECURITY,
    ("POST", "bureau:apikey_revoke"): SECURITY,
    ("GET", "bureau:audit"): AUDIT,
    ("GET", "bureau:audit_export"): AUDIT,
    ("GET", "bureau:areas"): SYSTEM,
    ("POST", "bureau:areas"): SYSTEM,
    ("GET", "bureau:area_transport"): EVERYONE,
    ("GET", "bureau:area_boundaries"): EVERYONE,
    ("GET", "bureau:me"): EVERYONE,
    ("POST", "bureau:me_language"): STAFF,
    ("POST", "bureau:me_sessions"): STAFF,
}

NOTICES: Table = {
    ("GET", "bureau:notices"): EVERYONE,
    ("GET", "bureau:notices_unread"): EVERYONE,
    ("POST", "bureau:notices_read"): STAFF,
    ("GET", "bureau:notice"): EVERYONE,
    ("GET", "bureau:notice_preference"): EVERYONE,
    ("POST", "bureau:notice_preference"): STAFF,
    ("GET", "bureau:routes"): SYSTEM,
    ("GET", "bureau:route_new"): SYSTEM,
    ("POST", "bureau:route_new"): SYSTEM,
    ("GET", "bureau:route"): SYSTEM,
    ("POST", "bureau:route"): SYSTEM,
    ("POST", "bureau:route_test"): SYSTEM,
    ("POST", "bureau:route_remove"): SYSTEM,
    ("GET", "bureau:webhooks"): SYSTEM,
    ("GET", "bureau:webhook_new"): SYSTEM,
    ("POST", "bureau:webhook_new"): SYSTEM,
    ("GET", "bureau:webhook"): SYSTEM,
    ("POST", "bureau:webhook"): SYSTEM,
    ("POST", "bureau:webhook_rotate"): SYSTEM,
    ("POST", "bureau:webhook_test"): SYSTEM,
    ("POST", "bureau:webhook_remove"): SYSTEM,
    ("GET", "bureau:outbox"): SYSTEM,
    ("POST", "bureau:outbox_retry_all"): SYSTEM,
    ("POST", "bureau:outbox_retry"): SYSTEM,
    ("POST", "bureau:outbox_give_up"): SYSTEM,
}

UI: Table = {
    ("GET", "ui:gallery"): EVERYONE,
    ("GET", "ui:progress_sample"): EVERYONE,
    ("GET", "ui:map_sample"): EVERYONE,
}

DESK: Table = {
    ("GET", "home"): STAFF,
    ("GET", "jobs"): WATCHERS_OF_JOBS,
    ("GET", "job"): WATCHERS_OF_JOBS,
    ("GET", "job_state"): WATCHERS_OF_JOBS,
    ("POST", "job_cancel"): WATCHERS_OF_JOBS,
}

COMMANDERS: Roles = frozenset({"dispatcher", "squad_leader", "bureau_leader", "supervisor"})
COMMAND: Table = {
    ("GET", "command:room"): COMMANDERS | SCREENS,
    ("GET", "command:squad"): COMMANDERS | SCREENS,
    ("GET", "command:state"): COMMANDERS | SCREENS,
    ("GET", "command:replay"): COMMANDERS | SCREENS,
    ("GET", "command:log"): COMMANDERS | SCREENS,
    ("GET", "command:panel"): COMMANDERS | SCREENS,
    ("POST", "command:remark"): COMMANDERS,
    ("GET", "command:detail"): COMMANDERS | SCREENS,
    ("GET", "command:offers"): COMMANDERS | SCREENS,
    ("POST", "command:act"): COMMANDERS,
    ("POST", "/officers/position"): OFFICERS | LEADERS,
}

LAW: Table = {
    ("GET", "law:causes"): BUSINESS,
    ("GET", "law:cause"): BUSINESS,
    ("GET", "law:procedure"): BUSINESS,
    ("GET", "law:instruments"): BUSINESS,
    ("GET", "law:instrument"): BUSINESS,
    ("GET", "law:article"): BUSINESS,
}

PORTAL: Table = {
    ("GET", "portal:home"): PUBLIC,
    ("GET", "portal:ledger"): PUBLIC,
    ("GET", "portal:ledger_roots"): PUBLIC,
    ("GET", "portal:ledger_day"): PUBLIC,
    ("GET", "portal:ledger_leaves"): PUBLIC,
    ("GET", "portal:ledger_timestamp"): PUBLIC,
}

REGISTRY: Table = {
    ("GET", "search"): BUSINESS,
    ("GET", "search_suggest"): BUSINESS,
    ("GET", "registry:list"): BUSINESS,
    ("GET", "registry:object_new"): EDITORS,
    ("POST", "registry:object_new"): EDITORS,
    ("GET", "registry:near_new"): EDITORS,
    ("GET", "registry:object"): BUSINESS,
    ("GET", "registry:object_edit"): EDITORS,
    ("POST", "registry:object_edit"): EDITORS,
    ("POST", "registry:object_status"): EDITORS,
    ("POST", "registry:permit_add"): EDITORS,
    ("POST", "registry:permit_withdraw"): EDITORS,
    ("POST", "registry:identifier_add"): EDITORS,
    ("POST", "registry:identifier_withdraw"): EDITORS,
    ("GET", "registry:map"): BUSINESS,
    ("GET", "registry:map_list"): BUSINESS,
    ("GET", "registry:ground"): EVERYONE,
    ("GET", "registry:classes"): CLERKS,
    ("GET", "registry:class_new"): CLERKS,
    ("POST", "registry:class_new"): CLERKS,
    ("GET", "registry:class"): CLERKS,
    ("POST", "registry:class"): CLERKS,
    ("POST", "registry:attribute_order"): CLERKS,
    ("GET", "registry:attribute_new"): CLERKS,
    ("POST", "registry:attribute_new"): CLERKS,
    ("GET", "registry:attribute"): CLERKS,
    ("POST", "registry:attribute"): CLERKS,
    ("GET", "registry:imports"): CLERKS,
    ("POST", "registry:imports"): CLERKS,
    ("GET", "registry:import"): CLERKS,
    ("GET", "registry:import_columns"): CLERKS,
    ("POST", "registry:import_columns"): CLERKS,
    ("GET", "registry:import_state"): CLERKS,
    ("POST", "registry:import_check"): CLERKS,
    ("POST", "registry:import_apply"): CLERKS,
    ("POST", "registry:import_cancel"): CLERKS,
    ("GET", "registry:import_refused"): CLERKS,
    ("GET", "registry:conflicts"): CLERKS,
    ("GET", "registry:conflict"): CLERKS,
    ("POST", "registry:conflict_accept"): CLERKS,
    ("POST", "registry:conflict_attach"): CLERKS,
    ("POST", "registry:conflict_dismiss"): CLERKS,
    ("GET", "registry:doubles"): CLERKS,
    ("POST", "registry:double_search"): CLERKS,
    ("GET", "registry:double_progress"): CLERKS,
    ("GET", "registry:double"): CLERKS,
    ("GET", "registry:double_pins"): CLERKS,
    ("POST", "registry:double_merge"): CLERKS,
    ("POST", "registry:double_different"): CLERKS,
    ("GET", "registry:export"): EXPORTERS,
    ("POST", "registry:export"): EXPORTERS,
    ("GET", "registry:rounds"): BUSINESS,
    ("GET", "registry:round_new"): CLERKS,
    ("POST", "registry:round_new"): CLERKS,
    ("GET", "registry:round"): BUSINESS,
    ("POST", "registry:round_open"): CLERKS,
    ("POST", "registry:round_close"): CLERKS,
    ("GET", "registry:round_items"): BUSINESS,
    ("GET", "registry:round_assign"): EDITORS,
    ("POST", "registry:round_assign"): EDITORS,
    ("GET", "registry:round_export"): EXPORTERS,
    ("GET", "registry:round_map"): BUSINESS,
    ("GET", "registry:round_next"): ROUND_WORKERS,
    ("GET", "registry:round_found"): ROUND_WORKERS,
    ("POST", "registry:round_found"): ROUND_WORKERS,
    ("GET", "registry:round_item"): BUSINESS,
    ("POST", "registry:round_report"): ROUND_WORKERS,
    ("GET", "registry:round_correct"): ROUND_WORKERS,
    ("POST", "registry:round_correct"): ROUND_WORKERS,
    ("GET", "registry:round_photo"): BUSINESS,
}

CASE_VIEWERS: Roles = frozenset(
    {"officer", "squad_leader", "legal_reviewer", "bureau_leader", "supervisor", "analyst"}
)
CASE_WORKERS = OFFICERS | LEADERS
CASE_READERS: Roles = CASE_VIEWERS - {"supervisor", "analyst"}
CASE_LEADERS: Roles = frozenset({"bureau_leader"})

PAPERS: Table = {
    ("GET", "cases_public:paper"): PUBLIC,
    ("POST", "cases_public:paper"): PUBLIC,
    ("GET", "cases_public:file"): PUBLIC,
    ("POST", "cases_public:confirm"): PUBLIC,
    ("POST", "cases_public:answer"): PUBLIC,
}

REVIEWERS: Roles = frozenset({"legal_reviewer", "bureau_leader", "supervisor"})
FILE_EXPORTERS: Roles = frozenset({"squad_leader", "legal_reviewer", "bureau_leader"})
IMPORTERS_OF_CASES: Roles = frozenset({"legal_reviewer"})

CASE_FILES: Table = {
    ("POST", "cases:file_export"): FILE_EXPORTERS,
    ("GET", "cases:verify"): CASE_VIEWERS,
    ("POST", "cases:verify"): CASE_VIEWERS,
    ("GET", "cases:review"): REVIEWERS,
    ("POST", "cases:review"): REVIEWERS,
    ("GET", "cases:review_result"): REVIEWERS,
    ("GET", "cases:review_state"): REVIEWERS,
    ("GET", "cases:review_table"): REVIEWERS,
    ("GET", "cases:import"): IMPORTERS_OF_CASES,
    ("POST", "cases:import"): IMPORTERS_OF_CASES,
    ("GET", "cases:import_template"): IMPORTERS_OF_CASES,
    ("GET", "cases:import_result"): IMPORTERS_OF_CASES,
    ("GET", "cases:import_state"): IMPORTERS_OF_CASES,
    ("POST", "cases:import_apply"): IMPORTERS_OF_CASES,
}

CASES: Table = {
    ("GET", "cases:list"): CASE_VIEWERS,
    ("GET", "cases:mine"): CASE_VIEWERS,
    ("POST", "cases:filter_save"): CASE_VIEWERS,
    ("POST", "cases:filter_delete"): CASE_VIEWERS,
    ("POST", "cases:print"): CASE_READERS,
    ("GET", "cases:print_result"): CASE_READERS,
    ("GET", "cases:print_file"): CASE_READERS,
    ("GET", "cases:devices"): CASE_VIEWERS,
    ("GET", "cases:device_new"): IMPORTERS_OF_CASES,
    ("POST", "cases:device_new"): IMPORTERS_OF_CASES,
    ("GET", "cases:device"): IMPORTERS_OF_CASES,
    ("POST", "cases:device"): IMPORTERS_OF_CASES,
    ("GET", "cases:device_sign"): CASE_VIEWERS,
    ("GET", "cases:blocks"): CASE_VIEWERS,
    ("GET", "cases:block"): CASE_VIEWERS,
    ("GET", "cases:block_new"): CASE_WORKERS,
    ("POST", "cases:block_new"): CASE_WORKERS,
    ("POST", "cases:block_close"): CASE_WORKERS,
    ("GET", "cases:new"): CASE_WORKERS,
    ("POST", "cases:new"): CASE_WORKERS,
    ("GET", "cases:simple"): CASE_WORKERS,
    ("POST", "cases:simple"): CASE_WORKERS,
    ("GET", "cases:law_beside"): CASE_WORKERS,
    ("GET", "cases:case"): CASE_VIEWERS,
    ("POST", "cases:case"): UNMASKERS & CASE_VIEWERS,
    ("GET", "cases:step"): CASE_WORKERS,
    ("POST", "cases:step"): CASE_WORKERS,
    ("POST", "cases:watch"): CASE_LEADERS,
    ("POST", "cases:evidence_add"): CASE_WORKERS,
    ("GET", "cases:evidence_file"): CASE_READERS,
    ("GET", "cases:evidence_sign"): CASE_VIEWERS,
    ("GET", "cases:document"): CASE_READERS,
    ("GET", "cases:document_draft"): CASE_WORKERS,
    ("POST", "cases:document_draft"): CASE_WORKERS,
    ("POST", "cases:draft_accept"): CASE_WORKERS,
    ("POST", "cases:draft_discard"): CASE_WORKERS,
    ("POST", "cases:document_issue"): CASE_WORKERS,
    ("GET", "cases:document_file"): CASE_READERS,
    ("POST", "cases:document_offer"): CASE_WORKERS,
    ("POST", "cases:document_code"): CASE_WORKERS,
}

LEAD_REPORTERS = frozenset(
    {"officer", "squad_leader", "dispatcher", "hotline_clerk", "supervisor", "registry_clerk"}
)
LEAD_INFORMERS = frozenset({"squad_leader", "dispatcher", "hotline_clerk"})
LEAD_EXPORTERS = frozenset({"squad_leader", "bureau_leader", "dispatcher", "analyst"})
LEAD_HELPERS = frozenset({"officer", "squad_leader", "dispatcher"})  # who may add photos

LEADPAGES: Table = {
    ("GET", "leads:list"): BUSINESS | SCREENS,
    ("POST", "leads:export"): LEAD_EXPORTERS,
    ("POST", "leads:filter_save"): BUSINESS,
    ("POST", "leads:filter_delete"): BUSINESS,
    ("GET", "leads:new"): LEAD_REPORTERS,
    ("POST", "leads:new"): LEAD_REPORTERS,
    ("GET", "leads:known"): LEAD_REPORTERS,
    ("GET", "leads:informing"): LEAD_INFORMERS,
    ("POST", "leads:informed"): LEAD_INFORMERS,
    ("GET", "leads:lead"): BUSINESS | SCREENS,
    ("POST", "leads:lead"): UNMASKERS,
    ("POST", "leads:act"): BUSINESS,
    ("POST", "leads:photo_add"): LEAD_HELPERS,
    ("GET", "leads:photo"): BUSINESS | SCREENS,
}

DISPATCHERS: Roles = frozenset({"dispatcher"})
LEAD_ROUTING: Table = {
    ("GET", "leads:rules"): DISPATCHERS,
    ("GET", "leads:rule_new"): DISPATCHERS,
    ("POST", "leads:rule_new"): DISPATCHERS,
    ("GET", "leads:rule"): DISPATCHERS,
    ("POST", "leads:rule"): DISPATCHERS,
    ("POST", "leads:rule_move"): DISPATCHERS,
    ("POST", "leads:rule_switch"): DISPATCHERS,
    ("GET", "leads:what_if"): DISPATCHERS,
    ("POST", "leads:what_if"): DISPATCHERS,
    ("POST", "leads:what_if_change"): DISPATCHERS,
    ("GET", "leads:what_if_rule"): DISPATCHERS,
    ("POST", "leads:what_if_rule"): DISPATCHERS,
    ("GET", "leads:what_if_result"): DISPATCHERS,
    ("GET", "leads:what_if_state"): DISPATCHERS,
    ("GET", "leads:what_if_leads"): DISPATCHERS,
    ("GET", "leads:classes"): DISPATCHERS,
    ("GET", "leads:class"): DISPATCHERS,
    ("POST", "leads:class"): DISPATCHERS,
    ("GET", "leads:alarms"): BUSINESS | SCREENS,
    ("GET", "leads:duties"): OFFICERS | LEADERS,
    ("POST", "leads:duties"): OFFICERS | LEADERS,
    ("GET", "leads:capacities"): LEADERS | DISPATCHERS,
    ("POST", "leads:capacities"): LEADERS | DISPATCHERS,
}

LEADSTATS: Table = {
    ("GET", "leads:statistics"): BUSINESS | SCREENS,
    ("GET", "leads:map"): BUSINESS | SCREENS,
    ("GET", "leads:map_data"): BUSINESS | SCREENS,
}

API: Table = {
    ("GET", "api:openapi-json"): PUBLIC,
    ("GET", "api:openapi-view"): PUBLIC,
    ("GET", "api:api-root"): PUBLIC,
    ("GET", "/registry/objects"): BUSINESS,
    ("GET", "/registry/objects/{object_id}"): BUSINESS,
    ("GET", "/registry/classes"): BUSINESS,
    ("GET", "/registry/map"): BUSINESS,
    ("GET", "/cases/blocks"): CASE_WORKERS,
    ("POST", "/cases/blocks"): CASE_WORKERS,
    ("POST", "/cases/blocks/{block_id}/return"): CASE_WORKERS,
    ("GET", "/webhooks"): SYSTEM,
    ("POST", "/webhooks"): SYSTEM,
    ("GET", "/webhooks/{webhook_id}"): SYSTEM,
    ("PUT", "/webhooks/{webhook_id}"): SYSTEM,
    ("DELETE", "/webhooks/{webhook_id}"): SYSTEM,
    ("POST", "/webhooks/{webhook_id}/secret"): SYSTEM,
    ("POST", "/webhooks/{webhook_id}/test"): SYSTEM,
    ("GET", "/events"): EVERYONE,  # each hears what the permissions of the topics allow
}

DISPATCHERS: Roles = frozenset({"dispatcher"})
LEAD_WORKERS: Roles = frozenset({"officer", "squad_leader"})
LEAD_ASSIGNERS: Roles = frozenset({"squad_leader", "dispatcher"})
LEAD_PASSERS: Roles = frozenset({"squad_leader", "dispatcher", "hotline_clerk"})
LEAD_VERIFIERS: Roles = frozenset({"dispatcher", "supervisor"})
LEAD_URGERS: Roles = frozenset({"squad_leader", "bureau_leader", "dispatcher", "hotline_clerk", "supervisor"})
LEAD_EXTENDERS: Roles = frozenset({"bureau_leader", "dispatcher"})
LEAD_REPORTERS: Roles = frozenset(
    {"officer", "squad_leader", "dispatcher", "hotline_clerk", "supervisor", "registry_clerk"}
)

LEADS_API: Table = {
    ("GET", "/leads"): BUSINESS | SCREENS,
    ("POST", "/leads"): LEAD_REPORTERS,
    ("POST", "/leads/batch"): LEAD_REPORTERS,
    ("GET", "/leads/changes"): BUSINESS | SCREENS,
    ("GET", "/leads/classes"): BUSINESS | SCREENS,
    ("GET", "/leads/sources"): BUSINESS | SCREENS,
    ("GET", "/leads/{lead_id}"): BUSINESS | SCREENS,
    ("POST", "/leads/{lead_id}/attachments"): LEAD_REPORTERS,
    ("GET", "/leads/{lead_id}/attachments/{attachment_id}"): BUSINESS | SCREENS,
    ("POST", "/leads/{lead_id}/actions/register"): DISPATCHERS,
    ("POST", "/leads/{lead_id}/actions/dismiss"): DISPATCHERS,
    ("POST", "/leads/{lead_id}/actions/dispatch"): DISPATCHERS,
    ("POST", "/leads/{lead_id}/actions/hold"): DISPATCHERS,
    ("POST", "/leads/{lead_id}/actions/resume"): DISPATCHERS,
    ("POST", "/leads/{lead_id}/actions/merge"): DISPATCHERS,
    ("POST", "/leads/{lead_id}/actions/split"): DISPATCHERS,
    ("POST", "/leads/{lead_id}/actions/accept"): LEAD_WORKERS,
    ("POST", "/leads/{lead_id}/actions/arrive"): LEAD_WORKERS,
    ("POST", "/leads/{lead_id}/actions/return"): LEAD_WORKERS,
    ("POST", "/leads/{lead_id}/actions/handle"): LEAD_WORKERS,
    ("POST", "/leads/{lead_id}/actions/order"): LEAD_WORKERS,
    ("POST", "/leads/{lead_id}/actions/recheck"): LEAD_WORKERS,
    ("POST", "/leads/{lead_id}/actions/ask_extension"): LEAD_WORKERS,
    ("POST", "/leads/{lead_id}/actions/assign"): LEAD_ASSIGNERS,
    ("POST", "/leads/{lead_id}/actions/transfer"): LEAD_ASSIGNERS,
    ("POST", "/leads/{lead_id}/actions/pass_on"): LEAD_PASSERS,
    ("POST", "/leads/{lead_id}/actions/answer"): LEAD_PASSERS,
    ("POST", "/leads/{lead_id}/actions/verify"): LEAD_VERIFIERS,
    ("POST", "/leads/{lead_id}/actions/reject"): LEAD_VERIFIERS,
    ("POST", "/leads/{lead_id}/actions/evaluate"): LEAD_VERIFIERS,
    ("POST", "/leads/{lead_id}/actions/close"): DISPATCHERS,
    ("POST", "/leads/{lead_id}/actions/reopen"): DISPATCHERS,
    ("POST", "/leads/{lead_id}/actions/urge"): LEAD_URGERS,
    ("POST", "/leads/{lead_id}/actions/grant_extension"): LEAD_EXTENDERS,
    ("POST", "/leads/{lead_id}/actions/refuse_extension"): LEAD_EXTENDERS,
    ("POST", "/leads/{lead_id}/actions/remark"): BUSINESS,
}

SECTIONS: dict[str, Table] = {
    "config": CONFIG,
    "accounts": ACCOUNTS,
    "bureau": BUREAU,
    "notices": NOTICES,
    "ui": UI,
    "desk": DESK,
    "command": COMMAND,
    "law": LAW,
    "portal": PORTAL,
    "registry": REGISTRY,
    "case files": CASE_FILES,
    "leadpages": LEADPAGES,
    "leadstats": LEADSTATS,
    "cases": CASES,
    "lead routing": LEAD_ROUTING,
    "cases_public": PAPERS,
    "api": API,
    "leads api": LEADS_API,
}
TABLE: Table = {row: roles for section in SECTIONS.values() for row, roles in section.items()}

# Answers that are right for a route although they look like a refusal elsewhere.
ANSWERS: dict[str, set[int]] = {
    "healthz": {503},  # no worker runs in the tests
    "healthz_ready": {503},
    "socialaccount_login_error": {401},
}

# What an API operation needs before it looks at the permission: its parameters are read first.
QUERIES: dict[str, str] = {
    "/registry/map": "?bbox=121.3,31.2,121.5,31.3&zoom=12",
}

# The same for a body, as JSON.
BODIES: dict[str, str] = {
    "/cases/blocks": '{"n": 0, "client_id": "6b1f2c52-1d54-4d3a-9b6d-0d4ea2a4a1b1"}',
    "/officers/position": '{"lng": 121.43, "lat": 31.24, "at": "2026-05-06T09:30:00+08:00"}',
}

# Arguments of a route: for all routes of a name space, then those of single routes.
PARAMETERS: dict[str, dict[str, str]] = {
    "bureau": {"key": "number", "pk": "person", "assignment": "assignment", "code": "district_code"},
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
    "cases:review_result": {"job": "number"},
    "cases:review_state": {"job": "number"},
    "cases:review_table": {"job": "number"},
    "cases:import_result": {"job": "number"},
    "cases:import_state": {"job": "number"},
    "cases:import_apply": {"job": "number"},
    "command": {"pk": "number", "code": "squad_code"},
    "law": {"code": "cause_code"},
    "law:instrument": {"code": "instrument_code"},
    "law:article": {"code": "instrument_code", "article": "article"},
    "portal": {"day": "day"},
    "registry": {"pk": "object"},
    "registry:permit_withdraw": {"permit": "number"},
    "registry:identifier_withdraw": {"identifier": "number"},
    "registry:ground": {"code": "district_code", "layer": "layer"},
    "registry:class": {"pk": "class"},
    "registry:attribute_order": {"pk": "class"},
    "registry:attribute_new": {"pk": "class"},
    "registry:attribute": {"pk": "class", "attribute": "number"},
    "registry:import": {"pk": "number"},
    "leads": {"pk": "lead", "action": "lead_action", "attachment": "number"},
    "leads:filter_delete": {"pk": "number"},
    "leads:informed": {"pk": "number"},
    "cases": {"pk": "case", "kind": "step_kind", "seq": "number", "number": "number"},
    "cases_public": {"token": "token"},
    "cases:filter_delete": {"pk": "number"},
    "cases:device": {"pk": "number"},
    "leads:rule": {"pk": "number"},
    "leads:rule_move": {"pk": "number"},
    "leads:rule_switch": {"pk": "number"},
    "leads:what_if_result": {"job": "number"},
    "leads:what_if_state": {"job": "number"},
    "leads:what_if_leads": {"job": "number"},
    "leads:class": {"pk": "number"},
    "cases:block": {"pk": "number"},
    "cases:block_close": {"pk": "number"},
    "cases:device_sign": {"pk": "number"},
    "cases:print_result": {"job": "number"},
    "cases:print_file": {"job": "number"},
    "api": {
        "object_id": "object",
        "block_id": "number",
        "webhook_id": "number",
        "lead_id": "number",
        "attachment_id": "number",
    },
}
