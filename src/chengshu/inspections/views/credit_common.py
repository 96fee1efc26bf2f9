"""What the credit pages share: small forms on one page, each a step; refusals stand in the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.inspections.credit import queries
from chengshu.inspections.credit.lifecycle import ObjectionState
from chengshu.inspections.models import CreditObjection
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel.media import FileProblem
from chengshu.law.catalogue import LawProblem

VIEW, PROPOSE, DECIDE = "credit.view", "credit.propose", "credit.decide"


def with_clocks(
    objections: Iterable[CreditObjection], user: Any, decided_by: int | None
) -> list[dict[str, Any]]:
    """Objections, each with the deadline of its answer, and whether it is for somebody else to answer."""
    today = timezone.localdate()
    return [
        {
            "row": one,
            "clock": queries.clock(one.answer_by, today, one.answered_on),
            "of_another": one.state == ObjectionState.OPEN and user.may(DECIDE) and user.pk == decided_by,
        }
        for one in objections
    ]


@dataclass
class Act:
    """One thing that can be done on a page: its form, and what carries it out."""

    code: str
    label: Any
    form_class: type[forms.Form]
    run: Callable[[dict[str, Any]], Any]
    done: Any
    danger: bool = False
    form: forms.Form | None = None

    @property
    def multipart(self) -> bool:
        """Whether a file is sent."""
        return bool(self.form and self.form.is_multipart())


def offered(request: HttpRequest, acts: Sequence[Act], *, quiet: bool = False) -> bool:
    """Fill the forms, and carry out the one that was sent; whether it was done.

    A step that is not offered is answered with 404; a refusal stands in its form.
    """
    sent = request.POST.get("action") if request.method == "POST" else None
    if sent is not None and sent not in {act.code for act in acts}:
        raise Http404
    for act in acts:
        chosen = act.code == sent
        act.form = act.form_class(
            request.POST if chosen else None, request.FILES if chosen else None, prefix=act.code
        )
        if chosen and act.form.is_valid() and _done(act, act.form):
            if not quiet:
                messages.success(request, str(act.done))
            return True
    return False


def _done(act: Act, form: forms.Form) -> bool:
    try:
        act.run(form.cleaned_data)
    except InspectionProblem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    except (FileProblem, LawProblem) as problem:
        form.add_error(None, str(problem))
    else:
        return True
    return False


def status_of(acts: Sequence[Act]) -> int:
    """422 where a form was refused."""
    return 422 if any(act.form is not None and act.form.errors for act in acts) else 200


def person(request: HttpRequest) -> Any:
    """The viewer, typed for the services."""
    return request.user


def tabs(user: Any, current: str) -> list[dict[str, Any]]:
    """The lists of credit, as tabs."""
    shown = [
        (_("Credit classes"), "inspections:credit"),
        (_("Dishonesty entries"), "inspections:credit_entries"),
        (_("Credit repair"), "inspections:credit_repairs"),
    ]
    if user.may(PROPOSE):
        shown.append((_("Exchange with the credit office"), "inspections:credit_exports"))
    return [{"label": label, "url": reverse(name), "current": name == current} for label, name in shown]


def trail(name: str, label: str, last: str) -> list[tuple[str, str]]:
    """Where a page of credit lies."""
    return [(label, reverse(name)), (last, "")]
