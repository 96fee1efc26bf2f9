"""What stands in a duty log, gathered from what is on record; always in the bureau's own language.

The officer signs a document of the bureau: its words must not depend on the language in which somebody reads.
"""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import translation

from chengshu.bureau.deeds import deeds_of
from chengshu.bureau.models import RosterEntry
from chengshu.patrol.log.composing import Carried, Content, Duty, Walk, compose
from chengshu.patrol.log.rules import rules
from chengshu.patrol.models import DutyLog, Equipment, EquipmentUse

WALKED = "chengshu.patrol.services.keeping"


def gather(log: DutyLog) -> Content:
    """The log as it would be signed now, without the officer's line. At most two queries a contributor, one
    for other duties, equipment and the way walked each; ``log`` with its user, squad and duty at hand."""
    start, end = span_of(log)
    with translation.override(settings.LANGUAGE_CODE):
        deeds = deeds_of(log.user, start, end)
        things = carried(log.user_id, start, end)
        return compose(duty_of(log), deeds, things, walk(log.user_id, start, end))


def duty_of(log: DutyLog) -> Duty:
    """The log's duty, in the language that is set."""
    return Duty(
        id=log.duty_id,
        kind=log.duty.duty,
        kind_label=str(RosterEntry.Duty(log.duty.duty).label),
        starts_at=log.starts_at,
        ends_at=log.ends_at,
        unit=log.squad.label,
        officer_id=log.user_id,
        officer=log.user.full_name,
        note=log.duty.note,
        started_at=log.started_at,
        ended_at=log.ended_at,
    )


def span_of(log: DutyLog) -> tuple[datetime, datetime]:
    """From when to when deeds count: the duty, and what was told before and after it, as far as no other duty
    with a log is then: what is done after the end told for one stands in the log of the next. One query."""
    start = min(log.starts_at, log.started_at or log.starts_at)
    end = max(log.ends_at, log.ended_at or log.ends_at)
    others = RosterEntry.objects.filter(
        Q(ends_at__gt=start) | Q(log__ended_at__gt=start), user=log.user_id, starts_at__lt=end,
        duty__in=sorted(rules().duties),
    ).exclude(pk=log.duty_id)  # fmt: skip
    for begins, ends, told in others.values_list("starts_at", "ends_at", "log__ended_at"):
        if begins > log.starts_at:
            end = max(log.ends_at, min(end, begins))
        else:
            start = max(start, min(log.starts_at, max(ends, told or ends)))
    return start, end


def carried(user_id: int, start: datetime, end: datetime) -> list[Carried]:
    """The things the officer had at some time of the span; one query."""
    uses = EquipmentUse.objects.filter(
        Q(returned_at=None) | Q(returned_at__gt=start), user=user_id, taken_at__lt=end
    ).select_related("equipment", "handed_to")
    return [
        Carried(
            code=use.equipment.code,
            name=use.equipment.name,
            kind_label=str(Equipment.Kind(use.equipment.kind).label),
            taken_at=use.taken_at,
            returned_at=use.returned_at,
            handed_to=use.handed_to.full_name if use.handed_to else "",
            note=use.note,
        )
        for use in uses
    ]


def walk(user_id: int, start: datetime, end: datetime) -> Walk | None:
    """What the officer walked; None where no positions are kept of it."""
    if find_spec(WALKED) is None:  # an installation without positions has logs nevertheless
        return None
    service: Any = import_module(WALKED)
    for one in service.walked(start, end, user=user_id):
        return Walk(one.distance_m, len(one.stops), one.positions)
    return None
