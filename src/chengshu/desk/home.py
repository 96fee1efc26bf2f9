"""What waits for the person who has just signed in. Every number is a link to what it counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import NoReverseMatch, reverse

from chengshu.bureau.models import Unit, User
from chengshu.kernel.models import Job
from chengshu.registry.models import (
    Conflict,
    DuplicatePair,
    ObjectCount,
    ObjectCountChange,
    RoundItem,
    VerificationRound,
)
from chengshu.registry.models.counts import WHOLE_DISTRICT
from chengshu.registry.queries.reference import districts_of, reference


@dataclass
class Home:
    """Everything on the page; None where the role does not include it."""

    classes: list[dict[str, Any]] | None = None
    total: int = 0
    rounds: list[dict[str, Any]] | None = None
    conflicts: int | None = None
    pairs: int | None = None
    jobs: int | None = None
    links: dict[str, str] = field(default_factory=dict)


def link(name: str, *args: Any, **query: Any) -> str:
    """The address of a page, empty where the page is not installed."""
    try:
        address = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address


def home(user: User) -> Home:
    """At most six queries."""
    page = Home()
    if user.may("registry.view"):
        _count_objects(page, user)
        _rounds(page, user)
    if user.may("registry.import"):
        where = user.scope_for("registry.import").districts
        page.conflicts = Conflict.objects.filter(district__in=where, state=Conflict.State.OPEN).count()
    if user.may("registry.merge"):
        where = user.scope_for("registry.merge").districts
        page.pairs = DuplicatePair.objects.filter(district__in=where, state=DuplicatePair.State.OPEN).count()
    if user.may("jobs.view"):
        running = [Job.State.QUEUED, Job.State.RUNNING]
        page.jobs = Job.objects.visible_to(user).filter(state__in=running).count()
    page.links = {
        "objects": link("registry:list"),
        "conflicts": link("registry:conflicts"),
        "pairs": link("registry:doubles"),
        "rounds": link("registry:rounds"),
        "jobs": link("jobs"),
    }
    return page


def _count_objects(page: Home, user: User) -> None:
    scope = user.scope_for("registry.view")
    rows = [
        model.objects.filter(scope.q(), level=WHOLE_DISTRICT)
        .order_by()
        .values_list("object_class")
        .annotate(sum=Sum("n"))
        for model in (ObjectCount, ObjectCountChange)
    ]
    by_class: Counter[int] = Counter()
    for kind, n in rows[0].union(rows[1], all=True):
        by_class[kind] += n
    page.total = sum(by_class.values())
    page.classes = [
        {"class": c, "n": by_class[c.pk], "url": link("registry:list", **{"class": c.pk})}
        for c in reference().classes_in(districts_of(scope))
    ]


def _rounds(page: Home, user: User) -> None:
    """Open rounds with what is done in the person's own area."""
    mine = RoundItem.objects.visible_to(user)
    # newly found objects are additions to a round, not part of what had to be checked
    rows = (
        mine.filter(round__state=VerificationRound.State.OPEN)
        .values("round", "round__name", "round__due_on")
        .annotate(
            total=Count("id", filter=~Q(outcome=RoundItem.Outcome.ADDED)),
            done=Count("id", filter=~Q(outcome__in=["", RoundItem.Outcome.ADDED])),
        )
        .order_by("round")
    )
    page.rounds = [
        {
            "name": row["round__name"],
            "due": row["round__due_on"],
            "done": row["done"],
            "total": row["total"],
            "url": link("registry:round", row["round"]),
        }
        for row in rows
    ]


def area_of(user: User) -> str:
    """Whose numbers these are: the squad's, or the whole district's."""
    unit: Unit = user.unit
    return unit.name if unit.kind == Unit.Kind.SQUAD else unit.district.name
