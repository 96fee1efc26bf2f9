"""What pages ask about people, units and areas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Window
from django.http import HttpRequest
from django.utils import timezone
from shapely.geometry import shape

from chengshu.bureau.models import Certificate, District, RoleAssignment, RosterEntry, Town, Unit, User
from chengshu.bureau.models.labels import in_language
from chengshu.kernel.geometry import square_metres
from chengshu.kernel.models import LedgerEntry
from chengshu.ui.paging import PER_PAGE, Page


@dataclass(frozen=True)
class UnitChoice:
    """A unit as forms and filters offer it."""

    pk: int
    kind: str
    name: str
    name_en: str

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)


@lru_cache(maxsize=64)
def _units(district_id: int, version: int) -> tuple[UnitChoice, ...]:
    rows = Unit.objects.filter(district_id=district_id, active=True).order_by("code")
    return tuple(UnitChoice(*row) for row in rows.values_list("pk", "kind", "name", "name_en"))


def units_within(user: User, permission: str) -> list[UnitChoice]:
    """Active units of the person's district that a permission reaches; no query once they are known.

    They are kept per version of the district, which rises with every change of its units.
    """
    scope = user.scope_for(permission)
    district = user.unit.district
    return [
        unit
        for unit in _units(district.pk, district.version)
        if scope.covers(district_id=district.pk, squad_id=unit.pk if unit.kind == Unit.Kind.SQUAD else None)
    ]


def forget_units() -> None:
    """Drop what is kept in memory; needed where a transaction that changed units was rolled back."""
    _units.cache_clear()


def people(user: User, filters: dict[str, Any]) -> QuerySet[User]:
    """People that the viewer may see, by filters ``q``, ``unit``, ``role``, ``state``."""
    found: QuerySet[User] = User.objects.with_roles().visible_to(user)
    latest = Certificate.objects.filter(user=OuterRef("pk")).order_by("-valid_to")
    found = found.annotate(
        certificate_number=Subquery(latest.values("number")[:1]),
        certificate_until=Subquery(latest.values("valid_to")[:1]),
    )
    if text := (filters.get("q") or "").strip():
        found = found.filter(
            Q(full_name__icontains=text)
            | Q(username__icontains=text.lower())
            | Q(name_key__contains=text.lower())
            | Q(pk__in=Certificate.objects.filter(number__iexact=text).values("user"))
        )
    if unit := filters.get("unit"):
        found = found.filter(unit=int(unit))
    if role := filters.get("role"):
        found = found.filter(pk__in=RoleAssignment.objects.filter(role=role, revoked_at=None).values("user"))
    if (state := filters.get("state") or "active") != "all":
        found = found.filter(is_active=state == "active")
    return found.order_by("name_key", "pk")


def one_query_page(rows: QuerySet[Any], request: HttpRequest, per_page: int = PER_PAGE) -> Page:
    """A page of a list of some hundreds, its rows and its total in a single query."""
    try:
        number = max(1, int(request.GET.get("page", "1")))
    except ValueError:
        number = 1
    counted = rows.annotate(in_all=Window(Count("pk")))
    items = list(counted[(number - 1) * per_page : number * per_page])
    if not items and number > 1:
        total = rows.count()
        number = max(1, -(-total // per_page))
        items = list(counted[(number - 1) * per_page : number * per_page])
    return Page(items, number, per_page, items[0].in_all if items else 0, False)


def unit_tree(user: User) -> list[tuple[int, Unit]]:
    """Units that the viewer may see as (depth, unit), children below parents; with people and towns."""
    rows = (
        Unit.objects.visible_to(user)
        .annotate(
            people_count=Count("people", filter=Q(people__is_active=True), distinct=True),
        )
        .prefetch_related("towns")
        .order_by("code")
    )
    below: dict[int | None, list[Unit]] = {}
    known = {unit.pk for unit in rows}
    for unit in rows:
        below.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)
    areas = town_areas(user.unit.district)
    result: list[tuple[int, Unit]] = []

    def walk(parent: int | None, depth: int) -> None:
        for unit in below.get(parent, []):
            towns = list(unit.towns.all())
            unit.area_km2 = sum(areas.get(town.pk, 0.0) for town in towns) if towns else None  # type: ignore[attr-defined]
            result.append((depth, unit))
            walk(unit.pk, depth + 1)

    walk(None, 0)
    return result


def town_areas(district: District) -> dict[int, float]:
    """Square kilometres of each town of the district, by id, computed once per version of the boundaries."""
    return _town_areas(district.pk, district.version)


@lru_cache(maxsize=32)
def _town_areas(district_id: int, version: int) -> dict[int, float]:
    towns = Town.objects.filter(district_id=district_id)
    return {town.pk: square_kilometres(town.boundary) for town in towns}


def square_kilometres(geometry: dict[str, Any]) -> float:
    """The area of a GeoJSON geometry on the ellipsoid."""
    return square_metres(shape(geometry)) / 1e6


def person_history(person: User, limit: int = 100) -> list[LedgerEntry]:
    """What the ledger says about a person, newest first."""
    return list(LedgerEntry.objects.filter(chain=f"bureau.user:{person.pk}").order_by("-seq")[:limit])


def week_of(text: str | None) -> date:
    """The Monday of a week given as ``2020-W23``, of this week where it is missing or no week."""
    try:
        return datetime.strptime(f"{text}-1", "%G-W%V-%u").date()
    except ValueError:
        today = timezone.localdate()
        return today - timedelta(days=today.weekday())


def duties(user: User, unit_id: int, monday: date) -> list[RosterEntry]:
    """The duties of a unit that touch a week."""
    zone = timezone.get_current_timezone()
    start = datetime.combine(monday, time(), zone)
    end = datetime.combine(monday + timedelta(days=7), time(), zone)
    found = RosterEntry.objects.visible_to(user).filter(unit=unit_id, starts_at__lt=end, ends_at__gt=start)
    return list(found.select_related("user").order_by("starts_at"))


def holders(user: User) -> dict[str, int]:
    """How many active people that the viewer may see hold each role."""
    rows = (
        User.objects.visible_to(user)
        .filter(is_active=True, assignments__revoked_at=None)
        .values("assignments__role")
        .annotate(n=Count("pk", distinct=True))
    )
    return {row["assignments__role"]: row["n"] for row in rows if row["assignments__role"]}
