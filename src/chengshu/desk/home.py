"""What waits for the person who has just signed in. Every number is a link to what it counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum, Value
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import Unit, User
from chengshu.kernel.models import Job
from chengshu.leads.queries.lists import ANY_OPEN, TO_DISPATCH, TO_SETTLE, WITH_SQUAD, counts
from chengshu.patrol.queries.logs import to_confirm, to_sign
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
    leads: list[dict[str, Any]] | None = None
    patrol: list[dict[str, Any]] | None = None
    links: dict[str, str] = field(default_factory=dict)


def link(name: str, *args: Any, **query: Any) -> str:
    """The address of a page, empty where the page is not installed."""
    try:
        address = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address


def home(user: User) -> Home:
    """At most seven queries."""
    page = Home()
    if user.may("registry.view"):
        _count_objects(page, user)
        _rounds(page, user)
    if user.may("leads.view"):
        page.leads = _leads(user)
    if user.may("patrol.view"):
        page.patrol = _patrol(user)
    _to_settle(page, user)
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


def _leads(user: User) -> list[dict[str, Any]]:
    """What waits in the loop, for those who may do it; one query."""
    n = counts(user)
    wanted: list[tuple[str, str, str, dict[str, Any]]] = [
        (_("My open leads"), "mine", "leads.work", {"officer": user.pk, "stage": WITH_SQUAD}),
        (_("Leads to dispatch"), "dispatch", "leads.dispatch", {"stage": TO_DISPATCH}),
        (_("Leads to verify"), "verify", "leads.verify", {"stage": TO_SETTLE}),
        (_("Leads overdue"), "overdue", "leads.view", {"light": "red", "stage": ANY_OPEN}),
    ]
    return [
        {"label": label, "n": n[key], "url": link("leads:list", **query), "late": key == "overdue" and n[key]}
        for label, key, permission, query in wanted
        if user.may(permission)
    ]


def _patrol(user: User) -> list[dict[str, Any]]:
    """Duty logs that wait for the person, in one query, and the way to what the beats still want today."""
    now = timezone.now()
    wanted = [
        (_("Logs to sign"), "patrol.work", to_sign(user, now), link("patrol:log_mine")),
        (_("Logs to confirm"), "patrol.confirm", to_confirm(user), link("patrol:log_confirming")),
    ]
    asked = [(label, rows, url) for label, permission, rows, url in wanted if user.may(permission)]
    parts = [
        rows.order_by()
        .annotate(part=Value(i))
        .values("part")
        .annotate(n=Count("pk"))
        .values_list("part", "n")
        for i, (_label, rows, _url) in enumerate(asked)
    ]
    found = dict(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]) if parts else {}
    waiting = [{"label": label, "n": found.get(i, 0), "url": url} for i, (label, _r, url) in enumerate(asked)]
    return [*waiting, {"label": _("Beat gaps today"), "n": None, "url": link("patrol:squad_room")}]


def _to_settle(page: Home, user: User) -> None:
    """Conflicts and doubles of the registry, counted in one query."""
    kinds: list[tuple[str, str, Any]] = [
        ("conflicts", "registry.import", Conflict.objects.filter(state=Conflict.State.OPEN)),
        ("pairs", "registry.merge", DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN)),
    ]
    parts = []
    for name, permission, rows in kinds:
        if user.may(permission):
            setattr(page, name, 0)
            where = user.scope_for(permission).districts
            found = rows.filter(district__in=where).order_by().annotate(kind=Value(name)).values("kind")
            parts.append(found.annotate(n=Count("pk")).values_list("kind", "n"))
    if parts:
        for name, n in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
            setattr(page, name, n)


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
