"""The rows of the lists of beats, tags, check-ins and invalid attempts: what each page asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from chengshu.bureau.models import User
from chengshu.patrol.models import Beat, BeatPoint, CheckIn, Tag, TagAttempt

from .frequency import span_of

ANY_LIGHT = "any"


def beat_rows(user: User) -> QuerySet[Any]:
    """Beats with the numbers of their points and of the tags in use there."""
    points = BeatPoint.objects.filter(beat=OuterRef("pk"), active=True).order_by().values("beat")
    tags = Tag.objects.filter(point__beat=OuterRef("pk"), state=Tag.State.ACTIVE).order_by()
    return (
        Beat.objects.visible_to(user)
        .defer("boundary")
        .annotate(
            point_count=Coalesce(Subquery(points.annotate(n=Count("pk")).values("n")), 0),
            tag_count=Coalesce(Subquery(tags.values("point__beat").annotate(n=Count("pk")).values("n")), 0),
        )
        .order_by("-active", "code")
    )


def tag_rows(user: User, *, state: str = "", kind: str = "", q: str = "") -> QuerySet[Tag]:
    """Tags that the person may set up, those of a beat together."""
    rows = Tag.objects.filter(user.scope_for("patrol.configure").q(squad="point__beat__squad"))
    rows = rows.select_related("point", "point__beat", "keys").defer("point__beat__boundary")
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    if words := q.strip().replace("\x00", ""):
        rows = rows.filter(
            Q(code__iexact=words) | Q(uid__iexact=words.replace(":", "")) | Q(point__name__icontains=words)
        )
    return rows.order_by("point__beat__code", "point__code", "id")


@dataclass(frozen=True)
class CheckInFilter:
    """Which check-ins are asked for; days are local and counted in, empty means all."""

    first: date | None = None
    last: date | None = None
    squad: int | None = None
    beat: int | None = None
    way: str = ""
    light: str = ""
    mine: bool = False
    q: str = ""


def checkin_rows(user: User, wanted: CheckInFilter) -> QuerySet[CheckIn]:
    """Check-ins one may see, the newest first."""
    rows: QuerySet[CheckIn] = CheckIn.objects.visible_to(user)
    rows = rows.select_related("user", "point", "beat").defer("beat__boundary")
    if wanted.first:
        rows = rows.filter(at__gte=span_of(wanted.first)[0])
    if wanted.last:
        rows = rows.filter(at__lt=span_of(wanted.last)[1])
    for name in ("squad", "beat", "way"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.light == ANY_LIGHT:
        rows = rows.exclude(lights=[])
    elif wanted.light:
        rows = rows.filter(lights__contains=[wanted.light])
    if wanted.mine:
        rows = rows.filter(user=user.pk)
    if words := wanted.q.strip().replace("\x00", ""):
        rows = rows.filter(Q(user__full_name__icontains=words) | Q(point__name__icontains=words))
    return rows.order_by("-at", "-id")


def attempt_rows(user: User, *, fault: str = "", squad: int | None = None) -> QuerySet[TagAttempt]:
    """Reads that proved nothing, the newest first."""
    rows = TagAttempt.objects.filter(user.scope_for("patrol.view").q() | Q(user=user.pk))
    rows = rows.select_related("user", "tag__point")
    if fault:
        rows = rows.filter(fault=fault)
    if squad:
        rows = rows.filter(squad=squad)
    return rows.order_by(F("received_at").desc(), "id")
