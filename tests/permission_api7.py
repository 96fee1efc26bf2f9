"""The rows of the table of permissions for the API of sensing and of the ledger; see `permission_table`."""

from __future__ import annotations

from tests.permission_leads import LEAD_WORKERS
from tests.permission_roles import CLERKS, Table
from tests.permission_sensing import DECIDERS, MANAGERS, VIEWERS
from tests.permission_structures import APPROVERS, CHECKERS, WORKERS
from tests.permission_structures import VIEWERS as VIEWERS_OF_LEDGER

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
STRUCTURES: Table = {
    ("GET", "/structures"): VIEWERS_OF_LEDGER,
    ("POST", "/structures"): WORKERS,
    ("GET", "/structures/types"): VIEWERS_OF_LEDGER,
    ("GET", "/structures/figures"): VIEWERS_OF_LEDGER,
    ("GET", "/structures/tasks"): VIEWERS_OF_LEDGER,
    ("POST", "/structures/tasks"): CLERKS,
    ("GET", "/structures/lights"): VIEWERS_OF_LEDGER,
    ("GET", "/structures/assessments"): VIEWERS_OF_LEDGER,
    ("POST", "/structures/assessments"): CHECKERS,
    ("GET", "/structures/assessments/{assessment_id}"): VIEWERS_OF_LEDGER,
    ("POST", "/structures/assessments/{assessment_id}/draw"): CHECKERS,
    ("POST", "/structures/assessments/{assessment_id}/checks/{check_id}"): CHECKERS,
    ("GET", "/structures/assessments/{assessment_id}/proof"): VIEWERS_OF_LEDGER,
    ("GET", "/structures/plots"): VIEWERS_OF_LEDGER,
    ("POST", "/structures/plots"): CLERKS,
    ("GET", "/structures/plots/{plot_id}"): VIEWERS_OF_LEDGER,
    ("PUT", "/structures/plots/{plot_id}"): CLERKS,
    ("POST", "/structures/plots/{plot_id}/milestones"): CLERKS,
    ("POST", "/structures/plots/{plot_id}/milestones/{milestone_id}/reach"): CLERKS,
    ("POST", "/structures/plots/{plot_id}/outcome"): CLERKS,
    ("GET", "/structures/{structure_id}"): VIEWERS_OF_LEDGER,
    ("POST", "/structures/{structure_id}/actions/survey"): WORKERS,
    ("POST", "/structures/{structure_id}/actions/find"): WORKERS,
    ("POST", "/structures/{structure_id}/actions/step"): WORKERS,
    ("POST", "/structures/{structure_id}/actions/note"): WORKERS,
    ("POST", "/structures/{structure_id}/actions/demolish"): WORKERS,
    ("POST", "/structures/{structure_id}/actions/propose"): WORKERS,
    ("POST", "/structures/{structure_id}/actions/relapse"): WORKERS,
    ("POST", "/structures/{structure_id}/actions/come_back"): APPROVERS,
    ("POST", "/structures/{structure_id}/actions/change"): WORKERS,
    ("POST", "/structures/{structure_id}/actions/link_case"): WORKERS,
    ("POST", "/structures/{structure_id}/actions/key"): CLERKS,
    ("POST", "/structures/{structure_id}/proposals/{proposal_id}/approve"): APPROVERS,
    ("POST", "/structures/{structure_id}/proposals/{proposal_id}/refuse"): APPROVERS,
    ("POST", "/structures/{structure_id}/photos"): WORKERS,
    ("GET", "/structures/{structure_id}/photos/{evidence_id}"): VIEWERS_OF_LEDGER,
}
OTHERS = ("proposal_id", "evidence_id", "assessment_id", "check_id", "plot_id", "milestone_id")
STRUCTURES_PARAMETERS = {"structure_id": "structure", **dict.fromkeys(OTHERS, "number")}
