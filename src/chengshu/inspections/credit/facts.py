"""What is on record of objects, as facts that the rules know: cases, inspections, leads, entries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time

from django.db.models import F
from django.utils import timezone

from chengshu.cases.models import Case, Party
from chengshu.inspections.lifecycle import Result, State
from chengshu.inspections.models import DishonestyEntry, Inspection
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead

from .lifecycle import EntryState
from .rules import Fact

Facts = dict[int, list[Fact]]
OF_RESULT = {
    Result.NOTHING_FOUND: "inspection_clean",
    Result.NOT_PUBLISHED: "inspection_problem",
    Result.UNTRUE: "inspection_untrue",
    Result.ORDERED: "inspection_problem",
    Result.REFUSED: "inspection_refused",
    Result.PENDING: "inspection_problem",
}
"""Not reached (4) and no activity (7) say nothing about how the object behaves."""
CONFIRMED = (Outcome.ADVISED, Outcome.ORDERED, Outcome.CASE)


def facts_since(district_id: int, since: date, today: date, objects: Collection[int] | None = None) -> Facts:
    """The facts from ``since`` to ``today`` by object: five queries for a whole district or some objects."""
    found: Facts = {}
    for object_id, fact in [
        *_cases(district_id, since, objects),
        *_unpaid(district_id, since, today, objects),
        *_inspections(district_id, since, objects),
        *_leads(district_id, since, objects),
        *_entries(district_id, objects),
    ]:
        found.setdefault(object_id, []).append(fact)
    for facts in found.values():
        facts.sort(key=lambda fact: (fact.on, fact.ref, fact.kind))
    return found


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _from(since: date) -> datetime:
    return timezone.make_aware(datetime.combine(since, time()))


def _event(lead_id: int | None, own: str) -> str:
    """What came of one lead belongs together."""
    return f"lead:{lead_id}" if lead_id else own


def _cases(district_id: int, since: date, objects: Collection[int] | None) -> list[tuple[int, Fact]]:
    rows = Party.objects.filter(
        case__district=district_id,
        case__object__isnull=False,
        case__decided_on__gte=since,
        outcome__type="penalty",
    )
    if objects is not None:
        rows = rows.filter(case__object__in=objects)
    columns = (
        "case__object", "case", "case__number", "case__decided_on", "case__procedure", "case__lead",
        "outcome__grave",
    )  # fmt: skip
    found = []
    for obj, case, number, on, procedure, lead, grave in rows.values_list(*columns):
        if on is None:
            continue
        kind = "case_grave" if grave else "case_simple" if procedure == "simple" else "case_general"
        found.append((obj, Fact(kind, on, ("case", case), number, _event(lead, f"case:{case}"))))
    return found


def _unpaid(
    district_id: int, since: date, today: date, objects: Collection[int] | None
) -> list[tuple[int, Fact]]:
    """Fines overdue: the case waits for nothing but the payment."""
    rows = Case.objects.filter(
        district=district_id,
        object__isnull=False,
        decided_on__gte=since,
        due_for="payment",
        due_on__lt=today,
        fine__gt=F("paid"),
    )
    if objects is not None:
        rows = rows.filter(object__in=objects)
    return [
        (obj, Fact("case_unpaid", on, ("case", case), number))
        for obj, case, number, on in rows.values_list("object", "pk", "number", "due_on")
        if on is not None
    ]


def _inspections(district_id: int, since: date, objects: Collection[int] | None) -> list[tuple[int, Fact]]:
    rows = Inspection.objects.filter(
        district=district_id, result__isnull=False, done_at__gte=_from(since)
    ).exclude(state=State.WITHDRAWN)
    if objects is not None:
        rows = rows.filter(object__in=objects)
    found = []
    for obj, pk, number, at, result, corrected, lead in rows.values_list(
        "object", "pk", "number", "done_at", "result", "corrected", "lead"
    ):
        kind = OF_RESULT.get(Result(result)) if result is not None else None
        if kind is None or at is None:
            continue
        if kind == "inspection_problem" and corrected:
            kind = "inspection_corrected"
        event = _event(lead, f"inspection:{pk}")
        found.append((obj, Fact(kind, _day(at), ("inspection", pk), number, event)))
    return found


def _leads(district_id: int, since: date, objects: Collection[int] | None) -> list[tuple[int, Fact]]:
    rows = Lead.objects.filter(
        district=district_id,
        object__isnull=False,
        stage__in=(Stage.VERIFIED, Stage.CLOSED),
        outcome__in=CONFIRMED,
        reported_at__gte=_from(since),
    )
    if objects is not None:
        rows = rows.filter(object__in=objects)
    return [
        (
            obj,
            Fact(
                "order_refused" if refused else "lead_confirmed",
                _day(at),
                ("lead", pk),
                number,
                f"lead:{pk}",
            ),
        )
        for obj, pk, number, at, refused in rows.values_list(
            "object", "pk", "number", "reported_at", "refused"
        )
    ]


def _entries(district_id: int, objects: Collection[int] | None) -> list[tuple[int, Fact]]:
    """Entries on display; one that has ended, was repaired or revoked counts no more."""
    rows = DishonestyEntry.objects.filter(
        district=district_id, object__isnull=False, state=EntryState.PUBLISHED, shown_from__isnull=False
    )
    if objects is not None:
        rows = rows.filter(object__in=objects)
    return [
        (obj, Fact(f"entry_{level}", on, ("entry", pk), number))
        for obj, pk, number, on, level in rows.values_list("object", "pk", "number", "shown_from", "level")
        if on is not None
    ]
