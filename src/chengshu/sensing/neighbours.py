"""What sensing tells other domains of a place (`registry.neighbourhood`), and the way from a lead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import District, User
from chengshu.leads import links
from chengshu.leads.models import Lead
from chengshu.registry import neighbourhood
from chengshu.registry.neighbourhood import Known, Observation
from chengshu.sensing.clouds import heights_of
from chengshu.sensing.lifecycle import REAL, ComparisonState, Kind, SuspectState
from chengshu.sensing.models import Comparison, PermittedFootprint, Suspect
from chengshu.sensing.queries.heights import Fall, fall_in
from chengshu.sensing.queries.places import box_of, decided_before, footprints_near
from chengshu.sensing.raster import place_of
from chengshu.sensing.refusing import VIEW, SensingProblem

NAME = "sensing"
SOURCE = "aerial"
PERMIT, DECIDED = "permit", "suspect"


def register() -> None:
    """Called once the app is loaded."""
    neighbourhood.register_known(NAME, known, (PERMIT, DECIDED))
    neighbourhood.register_seen(NAME, seen)
    links.register(NAME, way)


def known(district: District, places: list[BaseGeometry], viewer: User | None) -> list[list[Known]]:
    """Permits at the places and what was decided there before; two queries for all places."""
    if viewer is not None and not viewer.may(VIEW):
        return [[] for _place in places]
    permits = [(one, shape(one.outline)) for one in footprints_near(district.pk, places)]
    decided = decided_before(district.pk, places, viewer=viewer)
    return [
        [_permit(one, outline) for one, outline in permits if outline.intersects(place)]
        + [_decision(one) for one in before]
        for place, before in zip(places, decided, strict=True)
    ]


def _permit(one: PermittedFootprint, outline: BaseGeometry) -> Known:
    kind = PermittedFootprint.Kind(one.kind).label
    title = f"{kind} {one.number} {one.name}".strip()
    return Known(PERMIT, title, "", outline, one.valid_from, one.valid_to, {"kind": one.kind})


def _decision(one: Suspect) -> Known:
    title = _("Suspect %(number)s: %(state)s") % {"number": one, "state": SuspectState(one.state).label}
    day = one.decided_at.date() if one.decided_at else None
    return Known(
        DECIDED, title, reverse("sensing:suspect", args=[one.pk]), shape(one.outline), day, None,
        {"suspect": one.pk, "state": one.state, "kind": one.kind, "result": one.result},
    )  # fmt: skip


def seen(district: District, place: BaseGeometry, since: date | None) -> Iterable[Observation]:
    """What the comparisons that cover the place say of it."""
    rows = Comparison.objects.filter(district=district, state=ComparisonState.DONE)
    if since is not None:
        rows = rows.filter(after__flown_on__gte=since)
    suspected = _Suspected(district, place)
    for comparison in rows.select_related("before", "after"):
        if all(shape(flight.area).covers(place) for flight in (comparison.before, comparison.after)):
            yield _observation(comparison, place, suspected)


class _Suspected:
    """What the comparisons of a district suspected at a place: asked for once, and only if it is needed."""

    def __init__(self, district: District, place: BaseGeometry) -> None:
        self._district, self._place = district, place

    def by(self, comparison: Comparison) -> list[tuple[BaseGeometry, Suspect]]:
        """The suspects of one comparison that touch the place, with their outlines."""
        return self._all.get(comparison.pk, [])

    @cached_property
    def _all(self) -> dict[int, list[tuple[BaseGeometry, Suspect]]]:
        found: dict[int, list[tuple[BaseGeometry, Suspect]]] = {}
        rows = Suspect.objects.filter(district=self._district, position__in_box=box_of([self._place]))
        for one in rows.only("comparison", "outline", "kind", "height_gain_m", "state"):
            if (outline := shape(one.outline)).intersects(self._place):
                found.setdefault(one.comparison_id, []).append((outline, one))
        return found


def _observation(comparison: Comparison, place: BaseGeometry, suspected: _Suspected) -> Observation:
    fall = _fall(comparison, place) or _from_suspects(comparison, place, suspected)
    words = _words(comparison, fall, suspected)
    return Observation(
        f"comparison:{comparison.pk}", comparison.before.flown_on, comparison.after.flown_on, words,
        reverse("sensing:comparison", args=[comparison.pk]),
        None if fall is None else round(fall.removed_share, 3),
        None if fall is None else round(fall.change_m, 2),
    )  # fmt: skip


def _fall(comparison: Comparison, place: BaseGeometry) -> Fall | None:
    if not (comparison.before.dsm and comparison.after.dsm):
        return None
    try:
        for flight in (comparison.before, comparison.after):
            place_of(heights_of(flight))  # asked first: what was put away needs no grid
        return fall_in(comparison, place)
    except SensingProblem:  # the surface models were put away: the suspects remain
        return None


def _from_suspects(comparison: Comparison, place: BaseGeometry, suspected: _Suspected) -> Fall | None:
    """From what was found with heights and held to be real, where the surface models cannot be read any more.

    A suspect that nobody has looked at is a clue only.
    """
    if not comparison.has_heights:
        return None
    share, change = 0.0, 0.0
    for outline, one in suspected.by(comparison):
        if one.state not in REAL:
            continue
        common = _common(outline, place)
        share += common if one.kind == Kind.DEMOLITION else 0.0
        change += common * (one.height_gain_m or 0.0)
    return Fall(min(1.0, share), change)


def _common(outline: BaseGeometry, place: BaseGeometry) -> float:
    """The share of the place that lies in the outline; a place without an area lies in it or not."""
    return float(outline.intersection(place).area / place.area) if place.area else 1.0


def _words(comparison: Comparison, fall: Fall | None, suspected: _Suspected) -> str:
    if fall is not None:
        return _("%(share)d %% of the area fell to the ground; median change of height %(change)s m.") % {
            "share": round(fall.removed_share * 100), "change": f"{fall.change_m:+.1f}",
        }  # fmt: skip
    kinds = {str(Kind(one.kind).label) for _outline, one in suspected.by(comparison)}
    if kinds:
        return _("Compared without heights; suspected here: %(kinds)s.") % {"kinds": "、".join(sorted(kinds))}
    return _("Compared without heights; nothing was suspected here.")


def way(user: User, lead: Lead) -> links.Way | None:
    """From a lead seen from the air to its suspect with both pictures."""
    if lead.source != SOURCE or not user.may(VIEW):
        return None
    suspect = Suspect.objects.visible_to(user).filter(lead=lead).first()
    if suspect is None:
        return None
    return links.Way(_("Pictures of both flights"), reverse("sensing:suspect", args=[suspect.pk]), "map")
