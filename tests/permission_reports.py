"""The rows of the table of permissions for figures; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import Roles, Table

VIEWERS: Roles = frozenset(
    {
        "squad_leader", "legal_reviewer", "bureau_leader", "dispatcher", "supervisor", "registry_clerk",
        "analyst",
    }
)  # fmt: skip
# Opening the records of a figure needs the right to see such records too; the figure here counts cases.
OF_CASES: Roles = VIEWERS - {"dispatcher", "registry_clerk"}
ALL: Table = {
    ("GET", "reports:figures"): VIEWERS,
    ("GET", "reports:csv"): VIEWERS,
    ("GET", "reports:figure"): VIEWERS,
    ("GET", "reports:records"): OF_CASES,
}
API: Table = {
    ("GET", "/reports/figures"): VIEWERS,
    ("GET", "/reports/figures.csv"): VIEWERS,
    ("GET", "/reports/figures/{figure_id}"): VIEWERS,
    ("GET", "/reports/figures/{figure_id}/breakdown"): VIEWERS,
    ("GET", "/reports/figures/{figure_id}/ranking"): VIEWERS,
    ("GET", "/reports/figures/{figure_id}/records"): OF_CASES,
}
API_PARAMETERS = {"figure_id": "figure"}
API_QUERIES = {route: "?period=2020&by=town" for (_method, route) in API}
WRITERS: Roles = frozenset({"analyst"})
FREEZERS: Roles = frozenset({"bureau_leader"})
DOCUMENTS: Table = {
    ("GET", "reports:documents"): VIEWERS,
    ("GET", "reports:document_new"): WRITERS,
    ("POST", "reports:document_new"): WRITERS,
    ("GET", "reports:document"): VIEWERS,
    ("GET", "reports:document_head"): WRITERS,
    ("POST", "reports:document_head"): WRITERS,
    ("POST", "reports:document_note"): WRITERS,
    ("POST", "reports:document_freeze"): FREEZERS,
    ("POST", "reports:document_discard"): WRITERS,
    ("GET", "reports:document_file"): VIEWERS,
    ("GET", "reports:part"): WRITERS,
    ("POST", "reports:part"): WRITERS,
    ("GET", "reports:part_add"): WRITERS,
    ("POST", "reports:part_add"): WRITERS,
    ("POST", "reports:part_preview"): WRITERS,
    ("POST", "reports:part_restore"): WRITERS,
    ("POST", "reports:part_remove"): WRITERS,
    ("POST", "reports:part_move"): WRITERS,
    ("POST", "reports:part_accept"): WRITERS,
}
ALL |= DOCUMENTS
PARAMETERS: dict[str, dict[str, str]] = {
    "reports": {"id": "figure", "pk": "document", "part": "document_part", "ending": "document_file"},
}
