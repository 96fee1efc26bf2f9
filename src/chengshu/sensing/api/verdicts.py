"""What may be done with a suspect: one route an action, each with a body and a permission of its own."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from chengshu.kernel.access import api_permission
from chengshu.leads.api.reporting import KEY
from chengshu.sensing.models import Suspect
from chengshu.sensing.refusing import DECIDE, SETTLE, VIEW
from chengshu.sensing.services import deciding, sending

from .common import find, refusals
from .routes import router
from .schemas import DecideIn, ResultIn, SendIn, SettleIn, SuspectDetail, UndoIn, VerdictIn
from .suspects import detail


@dataclass(frozen=True)
class Verb:
    """One action: its words for the description, its permission and body, and what it calls."""

    summary: str
    permission: str
    body: type[Any]
    call: Callable[[Suspect, Any, Any], Any]


VERBS = {
    "undo": Verb(
        "Take one's own verdict back", DECIDE, UndoIn, lambda one, body, by: deciding.undo(one, by=by)
    ),
    "second": Verb(
        "复核: the verdict of the second reader, who is another person",
        DECIDE,
        VerdictIn,
        lambda one, body, by: deciding.second_read(one, body.verdict, by=by, note=body.note),
    ),
    "settle": Verb(
        "End a disagreement between two readers, by a third person",
        SETTLE,
        SettleIn,
        lambda one, body, by: deciding.settle(one, body.verdict, by=by, note=body.note),
    ),
    "send": Verb(
        "转线索: report it as a lead of its town's squad; sent twice it stays the same lead",
        DECIDE,
        SendIn,
        lambda one, body, by: sending.send(one, by=by, under_construction=body.under_construction),
    ),
    "result": Verb(
        "What was found on site, where the lead's outcome does not say it",
        sending.WORK,
        ResultIn,
        lambda one, body, by: sending.record_result(one, body.result, by=by),
    ),
}


def find_for(user: Any, suspect_id: int, permission: str) -> Suspect:
    """The suspect, if the caller may see it and use the permission there; else there is none (404)."""
    rows = Suspect.objects.visible_to(user, VIEW).visible_to(user, permission)
    found: Suspect = find(rows, suspect_id)
    return found


@router.post(
    "/suspects/{suspect_id}/actions/decide",
    response={200: SuspectDetail},
    url_name="suspect_decide",
    operation_id="suspect_decide",
    summary="判定: the first verdict",
)
@api_permission(DECIDE)
def decide(request: HttpRequest, suspect_id: int, body: DecideIn, key: str = KEY) -> Any:
    """Give a verdict on an open suspect; the same key again changes nothing."""
    user: Any = request.user
    mine = hashlib.sha256(f"{user.pk}:{key}".encode()).hexdigest() if key else ""
    with refusals(request_key="Idempotency-Key"):
        deciding.decide(
            find_for(user, suspect_id, DECIDE), body.verdict, by=user, request_key=mine, note=body.note,
            under_construction=body.under_construction,
        )  # fmt: skip
    return detail(user, suspect_id)


def _add(name: str, verb: Verb) -> None:
    def act(request: HttpRequest, suspect_id: int, body: verb.body) -> Any:  # type: ignore[name-defined]
        user: Any = request.user
        with refusals():
            verb.call(find_for(user, suspect_id, verb.permission), body, user)
        return detail(user, suspect_id)

    act.__name__ = f"suspect_{name}"
    act.__doc__ = verb.body.__doc__
    router.post(
        f"/suspects/{{suspect_id}}/actions/{name}",
        response={200: SuspectDetail},
        url_name=act.__name__,
        operation_id=act.__name__,
        summary=verb.summary,
    )(api_permission(verb.permission)(act))


for _name, _verb in VERBS.items():
    _add(_name, _verb)
