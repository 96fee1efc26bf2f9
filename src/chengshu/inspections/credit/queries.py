"""What pages ask of credit: lists in one query each, files of one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.authorities import authority_for
from chengshu.cases.models import Party
from chengshu.cases.procedure import law
from chengshu.inspections.models import CreditProposal, CreditRepair, CreditStep, DishonestyEntry
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Page, page_number

from .lifecycle import RepairState
from .settings import credit_data, light

PAGES = {
    "case": "cases:case",
    "inspection": "inspections:inspection",
    "lead": "leads:lead",
    "entry": "inspections:credit_entry",
}
ACTIONS = {
    "propose": lambda: _("Proposed"),
    "supersede": lambda: _("Replaced by a newer proposal"),
    "accepted": lambda: _("Class accepted"),
    "changed": lambda: _("Decided otherwise"),
    "refused": lambda: _("Proposal refused"),
    "object": lambda: _("Objection received"),
    "answer": lambda: _("Objection answered"),
    "notify": lambda: _("Party notified"),
    "state": lambda: _("Statement recorded"),
    "decide": lambda: _("Entry decided"),
    "refuse": lambda: _("Decided against"),
    "publish": lambda: _("Published and shared"),
    "end": lambda: _("Ended by its term"),
    "repair": lambda: _("Ended by repair"),
    "revoke": lambda: _("Entry revoked"),
    "withdraw": lambda: _("Taken back"),
    "tell": lambda: _("Exchange told"),
    "apply": lambda: _("Repair applied for"),
    "commit": lambda: _("Commitment added"),
    "grant": lambda: _("Repair granted"),
    "export": lambda: _("Exported"),
}


@dataclass(frozen=True)
class ListFilter:
    """What a list is narrowed by; empty values are not asked."""

    state: str = ""
    credit: str = ""
    level: str = ""
    squad: int | None = None
    q: str = ""


def page_of(rows: QuerySet[Any], request: HttpRequest) -> Page:
    """A page with its total in one query; one past the end shows the first."""
    number = page_number(request)
    start = (number - 1) * PER_PAGE
    counted = rows.annotate(in_all=Window(Count("pk")))
    items = list(counted[start : start + PER_PAGE])
    if not items and number > 1:
        number, items = 1, list(counted[:PER_PAGE])
    total = items[0].in_all if items else 0
    return Page(items, number, PER_PAGE, min(total, COUNT_CAP), total > COUNT_CAP)


def proposals(user: User, wanted: ListFilter) -> QuerySet[CreditProposal]:
    """Proposals, the worst proposed class first."""
    rows = CreditProposal.objects.visible_to(user).select_related("object")
    rows = rows.defer("object__search_tokens", "object__search_text")
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.credit:
        rows = rows.filter(proposed=wanted.credit)
    if wanted.squad:
        rows = rows.filter(squad=wanted.squad)
    if wanted.q:
        rows = rows.filter(Q(object__name__icontains=wanted.q) | Q(object__address__icontains=wanted.q))
    return rows.order_by("-proposed", "-points", "-pk")


def entries(user: User, wanted: ListFilter) -> QuerySet[DishonestyEntry]:
    """Dishonesty entries, newest first."""
    rows = DishonestyEntry.objects.visible_to(user)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.level:
        rows = rows.filter(level=wanted.level)
    if wanted.squad:
        rows = rows.filter(squad=wanted.squad)
    if wanted.q:
        rows = rows.filter(Q(party_name__icontains=wanted.q) | Q(number__icontains=wanted.q))
    return rows.order_by("-pk")


def repairs(user: User, wanted: ListFilter) -> QuerySet[CreditRepair]:
    """Repairs: those that wait, by their deadline, then the others."""
    rows = CreditRepair.objects.visible_to(user).select_related("entry", "case")
    rows = rows.defer("case__search_tokens")
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    return rows.order_by(F("decided_on").desc(nulls_first=True), "answer_by", "-pk")


def history(chain: str) -> list[dict[str, Any]]:
    """The steps of a record as a timeline, newest first."""
    rows = CreditStep.objects.filter(chain=chain).select_related("by").order_by("-seq")
    return [
        {
            "at": row.at,
            "title": ACTIONS[row.action]() if row.action in ACTIONS else row.action,
            "text": row.note,
            "by": str(row.by or _("System")),
        }
        for row in rows
    ]


def grounds(stored: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Grounds as a page shows them: kind in words, day, points, and where the record is."""
    names = {code: kind for rules in credit_data().class_rules for code, kind in rules.kinds.items()}
    english = (get_language() or "").startswith("en")
    shown = []
    for ground in stored:
        kind = names.get(ground["kind"])
        shown.append(
            {
                "label": (kind.en if english else kind.zh) if kind else ground["kind"],
                "on": date.fromisoformat(ground["on"]),
                "points": ground["points"],
                "number": ground["number"] or f"#{ground['id']}",
                "url": _url(ground["model"], ground["id"]),
            }
        )
    return sorted(shown, key=lambda one: one["on"], reverse=True)


def authority_of(entry: DishonestyEntry) -> str:
    """The authority that decided the entry, by the law of that day. Raises `LawProblem`."""
    town = entry.case.town if entry.case else None
    return authority_for(entry.district, town, entry.decided_on or timezone.localdate()).name


def penalties(object_id: int, district_id: int) -> list[dict[str, Any]]:
    """Disclosed penalties of an object with the end of their display, newest first; two queries."""
    gone = set(
        CreditRepair.objects.filter(
            district=district_id, case__object=object_id, state=RepairState.GRANTED
        ).values_list("case", "party_key")
    )
    rows = Party.objects.filter(
        case__object=object_id, case__disclosed_on__isnull=False, outcome__type="penalty"
    )
    shown = []
    for party in rows.select_related("case").defer("case__search_tokens").order_by("-case__decided_on", "pk"):
        code = "credit_display_serious" if party.outcome.get("grave") else "credit_display"
        try:
            until = law.due(code, party.case.decided_on) if party.case.decided_on else None
        except law.LawProblem:
            until = None
        repaired = (party.case_id, party.key) in gone
        shown.append({"case": party.case, "key": party.key, "until": until, "repaired": repaired})
    return shown


def _url(model: str, pk: int) -> str:
    try:
        return reverse(PAGES[model], args=[pk])
    except (KeyError, NoReverseMatch):
        return ""


def clock(until: date | None, today: date, done: date | None = None) -> dict[str, Any] | None:
    """A deadline with its light; none where nothing is due any more."""
    if until is None or done is not None:
        return None
    tones = {"green": "ok", "amber": "warn", "red": "danger"}
    return {"due": until, "tone": tones[light(until, today)], "text": until.isoformat()}
