"""The rows of the table of permissions for flights and suspects; see `permission_table`."""

from __future__ import annotations

from tests.permission_roles import Roles, Table

VIEWERS: Roles = frozenset(
    {"officer", "squad_leader", "bureau_leader", "dispatcher", "supervisor", "registry_clerk", "analyst"}
)
MANAGERS: Roles = frozenset({"dispatcher", "registry_clerk"})
DECIDERS: Roles = MANAGERS | {"supervisor"}
EXPORTERS: Roles = frozenset({"squad_leader", "bureau_leader", "dispatcher", "registry_clerk", "analyst"})

ALL: Table = {
    ("GET", "sensing:flights"): VIEWERS,
    ("GET", "sensing:flight_new"): MANAGERS,
    ("POST", "sensing:flight_new"): MANAGERS,
    ("GET", "sensing:flight"): VIEWERS,
    ("GET", "sensing:flight_state"): VIEWERS,
    ("POST", "sensing:flight_act"): MANAGERS,
    ("GET", "sensing:tile"): VIEWERS,
    ("GET", "sensing:comparisons"): VIEWERS,
    ("GET", "sensing:comparison_new"): MANAGERS,
    ("POST", "sensing:comparison_new"): MANAGERS,
    ("GET", "sensing:comparison"): VIEWERS,
    ("GET", "sensing:comparison_state"): VIEWERS,
    ("POST", "sensing:comparison_act"): MANAGERS,
    ("GET", "sensing:shapes"): VIEWERS,
    ("GET", "sensing:profile"): VIEWERS,
    ("GET", "sensing:suspects"): VIEWERS,
    ("POST", "sensing:export"): EXPORTERS,
    ("POST", "sensing:send"): DECIDERS,
    ("POST", "sensing:scores"): DECIDERS,
    ("GET", "sensing:suspect"): VIEWERS,
    ("POST", "sensing:suspect_act"): VIEWERS,  # each act checks the right to it: tests/sensing
    ("GET", "sensing:queue"): DECIDERS,
    ("GET", "sensing:second"): DECIDERS,
    ("GET", "sensing:queue_next"): DECIDERS,
    ("POST", "sensing:queue_decide"): DECIDERS,
    ("POST", "sensing:queue_undo"): DECIDERS,
    ("GET", "sensing:permits"): MANAGERS,
    ("POST", "sensing:permits"): MANAGERS,
    ("POST", "sensing:permit_switch"): MANAGERS,
}

PARAMETERS: dict[str, dict[str, str]] = {
    "sensing": {"pk": "number", "action": "note_about", "mode": "layer"},
    "sensing:tile": {"z": "number", "x": "number", "y": "number"},
}
