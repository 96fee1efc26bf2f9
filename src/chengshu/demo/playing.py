"""Plans of leads played through the services: in bulk up to a moment (a first start), or step by step."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.demo.cast import Cast
from chengshu.demo.duties import place_officers, plan_duties
from chengshu.demo.leads import WEEK, Planned, plan, plan_of, usual_count
from chengshu.demo.moves import Script
from chengshu.kernel.planner import look_again
from chengshu.leads import services
from chengshu.leads.models import Lead, LeadAttachment, LeadStep
from chengshu.leads.services import bulk
from chengshu.leads.services.classes import load_classes
from chengshu.leads.services.reporting import preload

BATCH = 1_000
PREFIX = "demo-"
Report = Callable[[int, int, str], None]
Reported = Callable[[dict[str, Lead]], None]
"""What else is written of leads just reported, by their numbers, before anything happens to them."""


def load_leads(
    district: District,
    *,
    count: int | None = None,
    seed: int = 2020,
    until: datetime | None = None,
    report: Report | None = None,
) -> int:
    """The leads of the last weeks as they stand at a moment (now); how many were added.

    Batches are committed one by one. A call after a killed process goes on with the plan that was begun, and
    one after a finished load adds nothing.
    """
    load_classes(district)
    begun = _begun(district)
    until = begun or timezone.localtime(until or timezone.now()).replace(second=0, microsecond=0)
    cast = Cast(district)
    if plan_duties(cast, until):
        place_officers(cast, until)
    span = WEEK * plan_of(district.code)["first_weeks"]
    wanted = usual_count(district.code, span) if count is None else count
    name = f"{PREFIX}{until:%Y%m%d%H%M}"
    planned = plan(district, until - span, until, name=name, count=wanted, seed=seed)
    added = play(district, planned, cast, until=until, report=report)
    if added:
        look_again(Lead, LeadStep)
    return added


def play(
    district: District,
    planned: Sequence[Planned],
    cast: Cast,
    *,
    until: datetime,
    report: Report | None = None,
    label: str = "线索",
    reported: Reported | None = None,
) -> int:
    """Report what is missing of a plan and take every step due until a moment; how many were added."""
    refs = [one.ref for one in planned]
    present = set(
        Lead.objects.filter(district=district, source_ref__in=refs).values_list("source_ref", flat=True)
    )
    missing = [one for one in planned if one.ref not in present]
    for start in range(0, len(missing), BATCH):
        _play_batch(district, missing[start : start + BATCH], cast, until, reported)
        if report:
            report(len(present) + min(start + BATCH, len(missing)), len(planned), label)
    return len(missing)


def _begun(district: District) -> datetime | None:
    """The moment up to which an earlier load was planned; its leads carry it in their number."""
    refs = Lead.objects.filter(district=district, source_ref__regex=rf"^{PREFIX}\d{{12}}-")
    for ref in refs.order_by("id").values_list("source_ref", flat=True)[:1]:
        stamp = ref.removeprefix(PREFIX).partition("-")[0]
        return datetime.strptime(stamp, "%Y%m%d%H%M").replace(tzinfo=timezone.get_current_timezone())
    return None


def _play_batch(
    district: District,
    planned: Sequence[Planned],
    cast: Cast,
    until: datetime,
    reported: Reported | None = None,
) -> None:
    """All or none: every lead of the batch from its report to the moment, in order of time."""
    with bulk.batch(new=True) as batch:
        preload([one.new for one in planned], district=district)
        script = Script(cast, plan_of(district.code), photographed=True)
        leads: dict[str, Lead] = {}
        script.by_ref = leads.get
        due: list[tuple[datetime, int]] = []
        photos: list[LeadAttachment] = []
        for one in planned:
            lead = services.report(one.new, district=district, by=None, at=one.at, route=False).lead
            lead.town = cast.towns.get(lead.town_id or 0)
            leads[one.ref] = lead
            photos += cast.photos_at_filing(lead, one.at)
            photos += cast.photos_at_closing(lead, one.fate.outcome, None, one.at)
        batch.attach(photos)
        if reported is not None:
            reported(leads)

        def plan_next(number: int) -> None:
            move = script.next(leads[planned[number].ref], planned[number].fate)
            if move is not None and move.at <= until:
                heapq.heappush(due, (move.at, number))

        for number in range(len(planned)):
            plan_next(number)
        while due:
            at, number = heapq.heappop(due)
            move = script.next(leads[planned[number].ref], planned[number].fate)
            if move is not None:
                move.take(max(at, move.at))
                plan_next(number)
