"""What every operation of leads needs: the lead in the caller's area, and refusals as the API puts them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.http import Http404
from ninja.errors import HttpError, ValidationError

from chengshu.kernel.media import FileProblem
from chengshu.leads.models import Lead
from chengshu.leads.services import LeadProblem

from .schemas import NO_ID

CONFLICTS = frozenset({"stage", "held", "version", "merged", "parts", "own_handling"})
"""What the present state of a lead refuses (409); the rest are values that do not fit (422)."""
FIELDS = {"lead_class": "class", "place": "position", "request_key": "Idempotency-Key"}


def find(user: Any, lead_id: int, permission: str = "leads.view") -> Lead:
    """The lead, if it lies where the caller may use the permission; else there is none (404)."""
    found = None
    if 0 < lead_id <= NO_ID:
        leads = Lead.objects.visible_to(user, permission)
        found = leads.filter(pk=lead_id).first()
    if found is None:
        raise Http404
    return found


@contextmanager
def refusals(*place: Any) -> Iterator[None]:
    """Turn what services and files refuse into 409 or 422; ``place``: where the values stand in the body."""
    try:
        yield
    except LeadProblem as problem:
        _refuse(problem, place)
    except FileProblem as problem:
        raise ValidationError([{"loc": ("form", "file"), "type": "file", "msg": str(problem)}]) from problem


def _refuse(problem: LeadProblem, place: tuple[Any, ...]) -> NoReturn:
    if problem.code in CONFLICTS:
        raise HttpError(409, str(problem)) from problem
    field = FIELDS.get(problem.code, problem.code)
    where = ("header", field) if problem.code == "request_key" else ("body", *place, field)
    raise ValidationError([{"loc": where, "type": problem.code, "msg": str(problem)}]) from problem
