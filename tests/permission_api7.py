"""The rows of the table of permissions for the API of sensing and of the ledger; see `permission_table`."""

from __future__ import annotations

from tests.permission_leads import LEAD_WORKERS
from tests.permission_roles import Table
from tests.permission_sensing import DECIDERS, MANAGERS, VIEWERS
from tests.permission_structures import CHECKERS

SETTLERS = CHECKERS  # the supervisor
SENSING: Table = {
    ("GET", "/sensing/flights"): VIEWERS,
    ("POST", "/sensing/flights"): MANAGERS,
    ("POST", "/sensing/flights/files"): MANAGERS,
    ("GET", "/sensing/flights/{flight_id}"): VIEWERS,
    ("POST", "/sensing/flights/{flight_id}/check"): MANAGERS,
    ("POST", "/sensing/flights/{flight_id}/withdraw"): MANAGERS,
    ("GET", "/sensing/comparisons"): VIEWERS,
    ("POST", "/sensing/comparisons"): MANAGERS,
    ("GET", "/sensing/comparisons/{comparison_id}"): VIEWERS,
    ("POST", "/sensing/comparisons/{comparison_id}/resume"): MANAGERS,
    ("POST", "/sensing/comparisons/{comparison_id}/cancel"): MANAGERS,
    ("GET", "/sensing/comparisons/{comparison_id}/suspects.geojson"): VIEWERS,
    ("GET", "/sensing/suspects"): VIEWERS,
    ("GET", "/sensing/suspects/queue"): DECIDERS,
    ("GET", "/sensing/suspects/{suspect_id}"): VIEWERS,
    ("POST", "/sensing/suspects/{suspect_id}/actions/decide"): DECIDERS,
    ("POST", "/sensing/suspects/{suspect_id}/actions/undo"): DECIDERS,
    ("POST", "/sensing/suspects/{suspect_id}/actions/second"): DECIDERS,
    ("POST", "/sensing/suspects/{suspect_id}/actions/settle"): SETTLERS,
    ("POST", "/sensing/suspects/{suspect_id}/actions/send"): DECIDERS,
    ("POST", "/sensing/suspects/{suspect_id}/actions/result"): LEAD_WORKERS,
    ("GET", "/sensing/permits"): MANAGERS,
    ("POST", "/sensing/permits"): MANAGERS,
    ("POST", "/sensing/permits/file"): MANAGERS,
    ("POST", "/sensing/permits/{permit_id}/withdraw"): MANAGERS,
    ("POST", "/sensing/permits/{permit_id}/restore"): MANAGERS,
}
SENSING_PARAMETERS = dict.fromkeys(("flight_id", "comparison_id", "suspect_id", "permit_id"), "number")
