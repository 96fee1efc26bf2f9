"""The rows of the table of permissions for credit; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import Roles, Table

CREDIT_VIEWERS: Roles = frozenset(
    {
        "officer", "squad_leader", "legal_reviewer", "bureau_leader", "dispatcher", "supervisor",
        "registry_clerk", "analyst",
    }
)  # fmt: skip
CREDIT_PROPOSERS: Roles = frozenset({"squad_leader", "legal_reviewer", "registry_clerk"})
CREDIT_DECIDERS: Roles = frozenset({"bureau_leader"})
CREDIT_REPORTERS: Roles = CREDIT_PROPOSERS - {"squad_leader"}  # for the whole district only

CREDIT: Table = {
    ("GET", "inspections:credit"): CREDIT_VIEWERS,
    ("POST", "inspections:credit_assess"): CREDIT_REPORTERS,
    ("POST", "inspections:credit_accept"): CREDIT_DECIDERS,
    ("GET", "inspections:credit_proposal"): CREDIT_VIEWERS,
    ("POST", "inspections:credit_proposal"): CREDIT_VIEWERS,
    ("GET", "inspections:credit_file"): CREDIT_VIEWERS,
    ("POST", "inspections:credit_file"): CREDIT_VIEWERS,
    ("GET", "inspections:credit_entries"): CREDIT_VIEWERS,
    ("GET", "inspections:credit_entry_new"): CREDIT_PROPOSERS,
    ("POST", "inspections:credit_entry_new"): CREDIT_PROPOSERS,
    ("GET", "inspections:credit_entry"): CREDIT_VIEWERS,
    ("POST", "inspections:credit_entry"): CREDIT_VIEWERS,
    ("GET", "inspections:credit_repair_entry"): CREDIT_PROPOSERS,
    ("POST", "inspections:credit_repair_entry"): CREDIT_PROPOSERS,
    ("GET", "inspections:credit_repair_penalty"): CREDIT_PROPOSERS,
    ("POST", "inspections:credit_repair_penalty"): CREDIT_PROPOSERS,
    ("GET", "inspections:credit_repairs"): CREDIT_VIEWERS,
    ("GET", "inspections:credit_repair"): CREDIT_VIEWERS,
    ("POST", "inspections:credit_repair"): CREDIT_VIEWERS,
    ("GET", "inspections:credit_commitment"): CREDIT_VIEWERS,
    ("GET", "inspections:credit_exports"): CREDIT_PROPOSERS,
    ("POST", "inspections:credit_export_new"): CREDIT_REPORTERS,
    ("GET", "inspections:credit_export"): CREDIT_PROPOSERS,
    ("POST", "inspections:credit_export"): CREDIT_PROPOSERS,
}
