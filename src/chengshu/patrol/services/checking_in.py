"""签到: one check-in as a phone sends it, online or hours later.

**Which reads count.** A dynamic tag counts its reads, and every read number is accepted once. Phones without
a network send late and in any order, so a number below the highest accepted one is not yet a replay: it is
accepted if it was never used *and* the moment of the read lies between the moments of the reads with the next
lower and the next higher number on record (clocks may differ by ``counter_doubt_s``). Then the counter and
the clocks tell one story; it shows the light *late*. Anything else below the highest number is a replay. So a
read that was hoarded can be used for its own time only: as soon as anybody has read the tag after it, it
cannot be passed off as a later visit.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chengshu.bureau.models import RosterEntry, User
from chengshu.kernel.geometry import haversine_m
from chengshu.patrol.checkin_settings import rules
from chengshu.patrol.models import BeatPoint, CheckIn, Tag, TagAttempt
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.tags.reads import Presented
from chengshu.patrol.tags.sdm import ForgedRead

from . import attempts
from .lights import Moment, Surroundings, lights_of
from .proving import prove

PERMISSION = "patrol.work"
Way, Fault = CheckIn.Way, TagAttempt.Fault
Position = tuple[float, float]
WAY_OF_KIND = {Tag.Kind.DYNAMIC: Way.NFC_DYNAMIC, Tag.Kind.PLAIN: Way.NFC_PLAIN, Tag.Kind.QR: Way.QR}


@dataclass(frozen=True)
class Sighting:
    """What the device states. ``at`` is corrected by the known clock offset; ``accuracy_m`` in metres.

    ``way`` is a claim: a tag's own kind decides, and where the claim proves less, the claim counts.
    ``proof`` is the read of a dynamic tag; ``malformed`` says that something was there but could not be read.
    ``uid``: of a plain tag, where the phone could see it (hex).
    """

    id: uuid.UUID
    way: str
    at: datetime
    received_at: datetime
    code: str = ""
    point_id: int | None = None
    proof: Presented | None = None
    malformed: bool = False
    uid: str = ""
    clock_offset_s: float | None = None
    position: Position | None = None
    accuracy_m: float | None = None
    photo_sha256: str = ""


@transaction.atomic
def check_in(user: User, seen: Sighting) -> CheckIn | TagAttempt:
    """Keep a check-in, or a read that proved nothing; the same id again gives what was kept then.

    Raises PermissionDenied for who may not patrol, `PatrolProblem` with a sentence for what cannot be a
    check-in at all (unknown way or point, position too far or too vague).
    """
    if not user.may(PERMISSION):
        raise PermissionDenied(PERMISSION)
    if known := _kept(user, seen.id):
        return known
    if seen.way not in Way.values:
        raise PatrolProblem(_("There is no such way of checking in."), "way")
    in_future = seen.at > seen.received_at + rules().counter_doubt
    if seen.at > seen.received_at:  # nothing happens after it has arrived: the clock ran ahead
        seen = replace(seen, at=seen.received_at)
    if seen.way == Way.POSITION:
        point = _point_at_hand(user, seen)
        return _keep(user, seen, point, Way.POSITION, clock_wrong=in_future)
    return _by_tag(user, seen, in_future)


def _kept(user: User, key: uuid.UUID) -> CheckIn | TagAttempt | None:
    found: CheckIn | TagAttempt | None = CheckIn.objects.filter(pk=key).first()
    found = found or TagAttempt.objects.filter(pk=key).first()
    if found is not None and found.user_id != user.pk:
        raise PatrolProblem(_("This record belongs to somebody else."), "id")
    return found


# --- by tag --------------------------------------------------------------------------------------------
def _by_tag(user: User, seen: Sighting, clock_wrong: bool) -> CheckIn | TagAttempt:
    tag = (
        Tag.objects.select_for_update(of=("self",))  # reads of one tag are judged one after the other
        .select_related("point", "point__beat", "keys")
        .filter(code=seen.code, district=user.unit.district_id)
        .first()
    )
    if tag is None:
        return attempts.record(user, seen, Fault.UNKNOWN)
    if tag.state != Tag.State.ACTIVE:
        return attempts.record(user, seen, Fault.OUT_OF_USE, tag)
    way = _way(tag, seen.way)
    if tag.kind != Tag.Kind.DYNAMIC:
        if seen.uid and tag.uid and seen.uid.replace(":", "").upper() != tag.uid:
            return attempts.record(user, seen, Fault.FORGED, tag)
        return _keep(user, seen, tag.point, way, tag=tag, clock_wrong=clock_wrong)
    try:
        if seen.proof is None or seen.malformed:
            raise ForgedRead
        counter = prove(tag, seen.proof).counter
    except ForgedRead:
        return attempts.record(user, seen, Fault.FORGED, tag)
    order = judge_counter(tag, counter, seen.at)
    if order.replayed:
        if known := _kept(user, seen.id):  # the same record, sent twice at the same moment
            return known
        return attempts.record(user, seen, Fault.REPLAYED, tag, counter)
    made = _keep(
        user, seen, tag.point, way, tag=tag, counter=counter, out_of_order=order.late,
        clock_wrong=clock_wrong or order.clock_wrong,
    )  # fmt: skip
    if counter > tag.counter:
        Tag.objects.filter(pk=tag.pk).update(counter=counter)
    return made


def _way(tag: Tag, claimed: str) -> CheckIn.Way:
    """The way by the tag's kind, or the claimed one if that proves less."""
    own = WAY_OF_KIND[Tag.Kind(tag.kind)]
    if tag.kind == Tag.Kind.DYNAMIC or claimed == Way.NFC_DYNAMIC:
        return own
    return min(own, Way(claimed), key=lambda way: rules().weights[way])


@dataclass(frozen=True)
class Order:
    """How a read number fits among those on record."""

    replayed: bool = False
    late: bool = False
    clock_wrong: bool = False


def judge_counter(tag: Tag, counter: int, at: datetime) -> Order:
    """Whether a read number may be accepted for a moment (see the module); the tag's row is locked."""
    doubt = rules().counter_doubt
    reads = CheckIn.objects.filter(tag=tag, counter__isnull=False)
    if counter > tag.counter:
        last = reads.filter(counter=tag.counter).values_list("at", flat=True).first()
        return Order(clock_wrong=last is not None and at + doubt < last)
    lower = reads.filter(counter__lte=counter).order_by("-counter").values_list("counter", "at").first()
    higher = reads.filter(counter__gt=counter).order_by("counter").values_list("at", flat=True).first()
    if (lower and lower[0] == counter) or higher is None:
        return Order(replayed=True)
    fits = at <= higher + doubt and (lower is None or at >= lower[1] - doubt)
    return Order(replayed=not fits, late=fits)


# --- by position ---------------------------------------------------------------------------------------
def _point_at_hand(user: User, seen: Sighting) -> BeatPoint:
    """The point that is named, if the device stands at it."""
    points = BeatPoint.objects.select_related("beat").filter(
        pk=seen.point_id or 0, active=True, beat__active=True, beat__district=user.unit.district_id
    )
    point: BeatPoint | None = points.first()
    if point is None:
        raise PatrolProblem(_("There is no such point in use."), "point")
    if seen.position is None:
        raise PatrolProblem(_("A check-in by position needs a position."), "position")
    if seen.accuracy_m is None or seen.accuracy_m > rules().worst_accuracy_m:
        raise PatrolProblem(
            _("The position is too vague: it must be exact to %(metres)s m.")
            % {"metres": round(rules().worst_accuracy_m)},
            "position",
        )
    metres = haversine_m(*seen.position, *point.position)
    if metres > rules().radius_m:
        raise PatrolProblem(
            _("You are %(metres)s m away from “%(point)s”; %(limit)s m are allowed.")
            % {"metres": round(metres), "point": point.name, "limit": round(rules().radius_m)},
            "position",
        )
    return point


# --- keeping -------------------------------------------------------------------------------------------
def _keep(
    user: User,
    seen: Sighting,
    point: BeatPoint,
    way: CheckIn.Way,
    *,
    tag: Tag | None = None,
    counter: int | None = None,
    out_of_order: bool = False,
    clock_wrong: bool = False,
) -> CheckIn:
    row = draft(user, seen, point, way, tag=tag, counter=counter)
    around = replace(_surroundings(row), out_of_order=out_of_order, clock_wrong=clock_wrong)
    row.lights = lights_of(row, point.position, around, rules())
    row.save(force_insert=True)
    return row


def draft(
    user: User,
    seen: Sighting,
    point: BeatPoint,
    way: str,
    *,
    tag: Tag | None = None,
    counter: int | None = None,
) -> CheckIn:
    """A check-in with its weight and distance (not saved, no lights yet)."""
    distance = haversine_m(*seen.position, *point.position) if seen.position else None
    return CheckIn(
        id=seen.id, district_id=point.beat.district_id, squad_id=user.unit_id, user=user, beat=point.beat,
        point=point, tag=tag, way=way, counter=counter, at=seen.at, received_at=seen.received_at,
        clock_offset_s=seen.clock_offset_s, position=seen.position, accuracy_m=seen.accuracy_m,
        distance_m=distance, weight=rules().weights[way], photo_sha256=seen.photo_sha256,
    )  # fmt: skip


def _surroundings(row: CheckIn) -> Surroundings:
    """What is on record around a check-in that is about to be kept: five small queries."""
    span, margin = rules().batch_span, rules().duty_margin
    own = CheckIn.objects.filter(user=row.user_id)
    place = ("at", "point__position")
    before = own.filter(at__lte=row.at).order_by("-at").values_list(*place).first()
    after = own.filter(at__gt=row.at).order_by("at").values_list(*place).first()
    photo = row.photo_sha256
    duty = RosterEntry.objects.filter(
        Q(starts_at__lte=row.at + margin, ends_at__gte=row.at - margin), user=row.user_id
    )
    return Surroundings(
        before=Moment(*before) if before else None,
        after=Moment(*after) if after else None,
        others_near=own.filter(at__range=(row.at - span, row.at + span)).count(),
        photo_known=bool(photo) and CheckIn.objects.filter(photo_sha256=photo).exists(),
        on_duty=duty.exists(),
    )
