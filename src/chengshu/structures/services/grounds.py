"""What a disposal must rest on: asked when it is proposed and again when it is approved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import Point

from chengshu.bureau.models import User
from chengshu.kernel.geometry import haversine_m, square_metres
from chengshu.registry import neighbourhood
from chengshu.structures import settings
from chengshu.structures.lifecycle import DISPOSALS, MEASURED, Action, Disposal, Finding, Moment, Status
from chengshu.structures.models import Structure, StructurePhoto
from chengshu.structures.places import geometry_of, metres_between
from chengshu.structures.queries import clocks, records

from .base import StructureProblem, text


@dataclass(frozen=True)
class Offer:
    """A proposed disposal, as somebody states it."""

    kind: str
    reason: str
    permit_number: str = ""
    review_on: date | None = None


def require_grounds(held: Structure, offer: Offer, at: datetime) -> dict[str, Any]:
    """What the disposal rests on, as it is recorded. Raises `StructureProblem` where it lacks."""
    kind = Disposal(offer.kind)
    if held.status not in DISPOSALS[kind][0] or held.written_off_at:
        raise StructureProblem(
            _("“%(action)s” is not possible while the structure is “%(state)s”.")
            % {"action": kind.label, "state": Status(held.status).label},
            "state",
        )
    if kind == Disposal.WRITE_OFF:
        return write_off_grounds(held)
    if kind == Disposal.LEGALISE:
        number = text(offer.permit_number, _("Give the number of the permit."), "permit_number", 80)
        return {"permit": number}
    if kind == Disposal.DEFER:
        return _deferral_grounds(held, offer.review_on, timezone.localdate(at))
    if clocks.last_finding(held) not in (Finding.LEGAL, Finding.NOT_FOUND):
        raise StructureProblem(_("A false report needs the finding that it is legal or not there."), "kind")
    return {}


def _deferral_grounds(held: Structure, review_on: date | None, today: date) -> dict[str, Any]:
    most = today + timedelta(days=settings.rules().deferral_most_days)
    if clocks.last_finding(held) != Finding.ILLEGAL:
        raise StructureProblem(_("A deferral needs the finding that the structure is illegal."), "kind")
    if review_on is None or not today < review_on <= most:
        raise StructureProblem(
            _("Set a day of review after today, not later than %(day)s.") % {"day": most}, "review_on"
        )
    return {"review_on": str(review_on)}


def write_off_grounds(held: Structure) -> dict[str, Any]:
    """Photos of the place before and after, a measured area, and for large ones a comparison of flights.

    Raises `StructureProblem` with the first that lacks.
    """
    rules = settings.rules()
    since = held.relapsed_at
    surveys = [one for one in records.surveys(held) if since is None or one.at >= since]
    survey = next((one for one in reversed(surveys) if one.method in MEASURED), None)
    if survey is None or survey.area_m2 != held.area_m2:
        raise StructureProblem(_("The write-off needs a measured area."), "area_m2")
    before, after, metres = _photo_pair(held)
    grounds: dict[str, Any] = {
        "survey": survey.pk, "area": str(survey.area_m2), "before": before, "after": after,
        "metres": round(metres, 1),
    }  # fmt: skip
    largest = max(one.area_m2 for one in surveys)  # a later, smaller one does not spare the flight
    if float(largest) >= rules.large_area_m2:
        grounds["flight"] = _seen_gone(held)
    return grounds


def require_other_hands(held: Structure, grounds: dict[str, Any], by: User) -> None:
    """Whoever made what the write-off rests on does not approve it: two people have looked at the place."""
    makers = {row.by_id for row in records.surveys(held) if row.pk == grounds["survey"]}
    pair = (grounds["before"], grounds["after"])
    makers |= {row.by_id for row in records.photos(held) if row.pk in pair}
    makers |= {row.by_id for row in clocks.steps_of(held) if row.action == Action.DEMOLISH}
    if by.pk in makers:
        raise StructureProblem(
            _("Whoever measured, photographed or recorded the demolition does not approve the write-off."),
            "by",
        )


def _photo_pair(held: Structure) -> tuple[int, int, float]:
    """The photos of before and after the demolition, taken where the entry stands, that lie nearest to each
    other: their ids and the metres between. Raises `StructureProblem` where there are none.
    """
    place, most = geometry_of(held), settings.rules().same_place_m
    if place is None:
        raise StructureProblem(
            _("The write-off needs the place of the entry: survey its outline."), "position"
        )
    photos = records.photos(held)
    befores, afters = _photos(held, photos, Moment.BEFORE), _photos(held, photos, Moment.AFTER)
    near = [
        [(pk, spot) for pk, spot in rows if metres_between(Point(spot), place) <= most]
        for rows in (befores, afters)
    ]
    here, there = near if all(near) else (befores, afters)
    before, after, metres = min(
        ((b, a, float(haversine_m(*one, *other))) for b, one in here for a, other in there),
        key=lambda pair: pair[2],
    )
    if metres > most:
        raise StructureProblem(
            _("The photos before and after lie %(n)d m apart; up to %(most)d m is the same place.")
            % {"n": round(metres), "most": most},
            "photos",
        )
    if not all(near):
        raise StructureProblem(
            _("The photos were not taken where the structure stands (up to %(most)d m).") % {"most": most},
            "photos",
        )
    return before, after, metres


def _photos(
    held: Structure, photos: list[StructurePhoto], when: Moment
) -> list[tuple[int, tuple[float, float]]]:
    """Photos of the round that say where they were taken, on their side of the day of the demolition."""
    found, without = [], False
    for one in photos:
        if one.round != held.relapses or one.moment != when:
            continue
        day = timezone.localdate(one.taken_at or one.at)
        if held.demolished_on and (
            day > held.demolished_on if when == Moment.BEFORE else day < held.demolished_on
        ):
            continue
        if one.position is None:
            without = True
        else:
            found.append((one.pk, one.position))
    if not found:
        words = {"moment": when.label}
        if without:
            raise StructureProblem(_("No photo “%(moment)s” says where it was taken.") % words, "photos")
        raise StructureProblem(_("The write-off needs a photo “%(moment)s”.") % words, "photos")
    return found


def _seen_gone(held: Structure) -> str:
    """The key of a comparison of flights after the demolition that shows it gone."""
    rules, place = settings.rules(), geometry_of(held)
    if place is None or not held.polygon or held.demolished_on is None:
        raise StructureProblem(
            _("A large structure needs its outline for the comparison of flights."), "flight"
        )
    covered = square_metres(place) * max(1, held.storeys or 1)
    if covered < rules.outline_share * float(held.area_m2 or 0):
        raise StructureProblem(
            _("The outline of %(n)d m² is too small for the area that was measured.")
            % {"n": round(square_metres(place))},
            "flight",
        )
    for seen in neighbourhood.seen_over(held.district, place, held.demolished_on):
        gone = seen.removed_share is not None and seen.removed_share >= rules.removed_share
        if seen.after >= held.demolished_on and gone:
            return seen.key
    raise StructureProblem(
        _("From %(area)d m² the write-off needs a flight after the demolition that shows %(share)d %% gone.")
        % {"area": rules.large_area_m2, "share": round(100 * rules.removed_share)},
        "flight",
    )
