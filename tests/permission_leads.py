"""The rows of the table of permissions for leads and the command centre; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import BUSINESS, LEADERS, OFFICERS, SCREENS, UNMASKERS, Roles, Table

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

LEAD_WORKERS: Roles = frozenset({"officer", "squad_leader"})
LEAD_ASSIGNERS: Roles = frozenset({"squad_leader", "dispatcher"})
LEAD_PASSERS: Roles = frozenset({"squad_leader", "dispatcher", "hotline_clerk"})
LEAD_VERIFIERS: Roles = frozenset({"dispatcher", "supervisor"})
LEAD_URGERS: Roles = frozenset({"squad_leader", "bureau_leader", "dispatcher", "hotline_clerk", "supervisor"})
LEAD_EXTENDERS: Roles = frozenset({"bureau_leader", "dispatcher"})

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
