"""What waits for somebody (我的待办): the cases whose next step is theirs, by their permissions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.models import Case, CaseStep, Party
from chengshu.cases.permissions import DECIDE, FILE, REVIEW, SQUAD, WORK
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.law import LawProblem
from chengshu.cases.procedure.rules.hearing import review_due
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import State
from chengshu.cases.queries.lists import GOING_ON

SHOWN = 30  # rows of a section; the rest is behind its link
LOOKED_AT = 200
"""Cases before the decision of which it is worked out whether they need a legal review."""


@dataclass(frozen=True)
class Section:
    """One kind of work: its cases by deadline, and the list that holds all of them."""

    code: str
    title: str
    rows: list[Case]
    more: bool
    url: str = ""


def sections(user: User, today: date) -> list[Section]:
    """Everything that waits for the person, most personal first; empty sections are left out."""
    return [section for section in _all(user, today) if section.rows]


def _all(user: User, today: date) -> Iterator[Section]:
    if user.may(WORK):
        mine = Q(officer=user) | Q(second_officer=user)
        yield _section("own", _("My open cases"), Case.objects.filter(mine, Q(state__in=GOING_ON)))
    if user.may(SQUAD) or user.may(REVIEW):
        yield _wrong(user)
    if user.may(DECIDE):
        yield _of(user, DECIDE, "decide", _("Decisions to make"), Q(state=State.DECIDING), state="deciding")
        waiting = Q(due_for="measure_confirmation")
        yield _of(user, DECIDE, "confirm", _("Measures to confirm"), waiting)
        key = Q(is_key=True) & Q(state__in=GOING_ON)
        yield _of(user, DECIDE, "key", _("Key cases"), key, key="on", state="open")
    if user.may(SQUAD):
        yield _of(user, SQUAD, "filing", _("Filings to approve"), Q(state=State.FILING), state="filing")
        settled = Q(state=State.SERVED, paid__gte=F("fine"))
        yield _of(user, SQUAD, "close", _("Carried out, to be closed"), settled)
    if user.may(REVIEW):
        yield _to_review(user, today)
    if user.may(FILE):
        open_ = Q(state__in=[State.DECIDED, State.SERVED, State.CLOSED], disclosed_on=None)
        yield _of(user, FILE, "disclose", _("Decisions to disclose"), open_)
        undone = Q(due_for="disclosure_withdrawal")
        yield _of(user, FILE, "withdraw", _("Disclosures to withdraw"), undone)
        yield _of(user, FILE, "archive", _("Closed, to be archived"), Q(state=State.CLOSED), state="closed")


def _wrong(user: User) -> Section:
    """What was served against a rule, for whoever may put it right."""
    permission = SQUAD if user.may(SQUAD) else REVIEW
    title = _("Served decisions to put right")
    return _of(user, permission, "to_correct", title, Q(to_correct=True), to_correct="on")


def _of(user: User, permission: str, code: str, title: str, condition: Q, **query: str) -> Section:
    found = Case.objects.visible_to(user, permission).filter(condition, imported=False)
    url = f"{reverse('cases:list')}?{urlencode(query)}" if query else ""
    return _section(code, title, found, url)


def _section(code: str, title: str, found: QuerySet[Case], url: str = "") -> Section:
    rows = list(with_parties(found.order_by(F("due_on").asc(nulls_last=True), "-id"))[: SHOWN + 1])
    return Section(code, title, rows[:SHOWN], len(rows) > SHOWN, url)


def with_parties(found: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with what a row of them shows."""
    wanted = Party.objects.only("case_id", "key", "kind", "name")
    return found.defer("search_tokens").prefetch_related(Prefetch("parties", wanted))


def _to_review(user: User, today: date) -> Section:
    """Reported or noticed cases whose proposal needs a legal review that is not there yet."""
    steps = CaseStep.objects.all()
    later = steps.filter(case=OuterRef("case"), kind=StepKind.SEND_BACK, seq__gt=OuterRef("seq"))
    reviewed = steps.filter(~Exists(later), case=OuterRef("pk"), kind=StepKind.LEGAL_REVIEW)
    waiting = Case.objects.visible_to(user, REVIEW).filter(
        ~Exists(reviewed), state__in=[State.REPORTED, State.NOTICED], imported=False
    )
    found = list(with_parties(waiting.order_by(F("due_on").asc(nulls_last=True), "-id"))[:LOOKED_AT])
    reports = CaseStep.objects.filter(case__in=found, kind=StepKind.REPORT).order_by("seq")
    proposals = {report.case_id: report.data.get("proposals") or [] for report in reports}
    rows = [case for case in found if _heavy(case, proposals.get(case.pk, []), today)]
    return Section("review", _("Cases for legal review"), rows[:SHOWN], len(rows) > SHOWN)


def _heavy(case: Case, proposals: list[Any], today: date) -> bool:
    kinds: dict[str, Any] = {party.key: party.kind for party in case.parties.all()}
    try:
        return any(
            review_due(CaseFile(), outcome, kinds.get(str(outcome.get("party", "1")), "person"), today)
            for outcome in proposals
            if outcome.get("type") != "no_penalty"
        )
    except LawProblem:
        return True
