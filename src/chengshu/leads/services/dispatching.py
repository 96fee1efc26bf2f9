"""From registration to a squad and an officer: by rule or by a dispatcher's hand."""

from __future__ import annotations

import math
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.bureau.services.areas import area_index
from chengshu.leads import clocks as timing
from chengshu.leads.lifecycle import Action, Stage
from chengshu.leads.models import Lead, LeadAlarm, LeadAttachment, RoutingRule
from chengshu.leads.routing import Facts, Way, decide, stated
from chengshu.leads.settings import clocks, sources
from chengshu.registry.queries.reference import reference

from . import bulk
from .alarms import tell
from .changing import LeadProblem, change

METRES_PER_DEGREE = 111_195.0


@transaction.atomic
def register(
    lead: Lead, *, by: User | None, at: datetime | None = None, note: str = "", facts: Facts | None = None
) -> Lead:
    """立案: complete and ours; its clocks begin. Raises `LeadProblem` while photos are missing.

    The facts that rules ask about are kept with the step, so that a replay sees them as they were.
    """
    kind = lead.lead_class
    if by is not None and kind.photos_filing and not sources()[lead.source].trusted:
        _require_photos(lead, LeadAttachment.Moment.FILING, kind.photos_filing)
    at = at or timezone.now()
    limits = timing.deadlines(kind, at)
    if lead.handle_by is not None and not lead.reopened:  # set by the source, e.g. a hotline ticket's own day
        limits["handle_by"] = lead.handle_by
        limits["arrive_by"] = min(limits["arrive_by"], lead.handle_by)
        limits["amber_at"] = timing.amber(at, lead.handle_by)
    data = {"facts": stated(facts or facts_of(lead))}
    return change(lead, Action.REGISTER, by=by, at=at, note=note, data=data, registered_at=at, **limits)


@transaction.atomic
def register_and_route(lead: Lead, *, by: User | None, at: datetime | None = None) -> Way:
    """Register and send where the rules say; where they do not say, it waits for the dispatcher."""
    facts = facts_of(lead)
    if lead.stage == Stage.FOUND:
        register(lead, by=by, at=at, facts=facts)
    return route(lead, by=by, at=at, facts=facts)


@transaction.atomic
def route(lead: Lead, *, by: User | None, at: datetime | None = None, facts: Facts | None = None) -> Way:
    """Try the rules on a registered lead. A rule that fails raises an alarm; the lead stays in the queue."""
    way = decide(facts or facts_of(lead), rules_of(lead.district_id))
    for rule_id, problem in way.failed:
        raise_rule_alarm(lead, rule_id, problem)
    if way.squad is not None:
        _send(lead, way.squad, way.officer, by=by, at=at, note=way.reason, rule=way.rule)
    return way


def rules_of(district_id: int) -> list[RoutingRule]:
    """The rules in use, in order. Squad and officer are read only for the one that holds."""
    return bulk.once(
        ("rules", district_id),
        lambda: list(RoutingRule.objects.filter(district_id=district_id, active=True)),
    )


def facts_of(lead: Lead) -> Facts:
    """What the rules may ask about a lead, with the squads in doubt where it lies near a boundary."""
    target = lead.object
    town = reference().towns.get(lead.town_id or 0)
    if town is None and lead.town_id:  # newer than what this process remembers
        town = Town.objects.only("code").filter(pk=lead.town_id).first()
    return Facts(
        lead_class=lead.lead_class.code,
        kind=lead.lead_class.kind,
        major=lead.lead_class.major_zh,
        source=lead.source,
        severity=lead.severity,
        at=lead.reported_at,
        town=town.code if town else None,
        town_squad=lead.squad_id,
        object_class=target.object_class.code if target else None,
        credit=target.credit if target else None,
        doubt=squads_near(lead.district, lead.position) if lead.position and not target else (),
    )


def squads_near(district: District, position: tuple[float, float]) -> tuple[int, ...]:
    """The squads whose towns lie within the distance of doubt around a position, the nearest first.

    Sixteen points on the circle and the position itself are placed; one squad means no doubt.
    """
    lng, lat = position
    reach = clocks().boundary_doubt_m / METRES_PER_DEGREE
    angles = [2 * math.pi * i / 16 for i in range(16)]
    lngs = [lng, *(lng + reach * math.cos(a) / math.cos(math.radians(lat)) for a in angles)]
    lats = [lat, *(lat + reach * math.sin(a) for a in angles)]
    areas = bulk.once(("areas", district.pk), lambda: area_index(district))
    found = areas.place_many(lngs, lats)
    return tuple(dict.fromkeys(one.squad for one in found if one.squad is not None))


def dispatch(
    lead: Lead, squad: Unit, *, officer: User | None = None, by: User | None, note: str = "",
    at: datetime | None = None, expected_version: int | None = None,
) -> Lead:  # fmt: skip
    """派遣 to a squad, or to an officer of it."""
    _check_target(lead, squad, officer)
    return _send(
        lead, squad.pk, officer.pk if officer else None, by=by, at=at, note=note, version=expected_version
    )


def _send(
    lead: Lead, squad: int, officer: int | None, *, by: User | None, at: datetime | None, note: str = "",
    rule: int | None = None, version: int | None = None,
) -> Lead:  # fmt: skip
    at = at or timezone.now()
    return change(
        lead, Action.DISPATCH, by=by, at=at, note=note, data={"rule": rule} if rule else None,
        expected_version=version, squad_id=squad, officer_id=officer, routed_by=rule, dispatched_at=at,
    )  # fmt: skip


def assign(lead: Lead, officer: User, *, by: User | None, note: str = "", at: datetime | None = None) -> Lead:
    """Give it to an officer of the squad."""
    if lead.squad is None:
        raise LeadProblem(_("The lead has not been sent to a squad yet."), "squad")
    _check_target(lead, lead.squad, officer)
    return change(lead, Action.ASSIGN, by=by, at=at, note=note, officer_id=officer.pk)


def transfer(
    lead: Lead,
    squad: Unit,
    *,
    officer: User | None = None,
    by: User | None,
    note: str,
    at: datetime | None = None,
) -> Lead:
    """Hand it to another squad with a reason; the clocks run on."""
    _require_reason(note)
    _check_target(lead, squad, officer)
    at = at or timezone.now()
    return change(
        lead, Action.TRANSFER, by=by, at=at, note=note, squad_id=squad.pk,
        officer_id=officer.pk if officer else None, dispatched_at=at, accepted_at=None,
    )  # fmt: skip


def give_back(lead: Lead, *, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """退回 to the dispatcher with a reason; the clocks run on."""
    _require_reason(note)
    return change(
        lead, Action.RETURN, by=by, at=at, note=note, officer_id=None, dispatched_at=None, accepted_at=None,
        returned=lambda current: current.returned + 1,
    )  # fmt: skip


def raise_rule_alarm(lead: Lead, rule_id: int, problem: str) -> None:
    """A rule that cannot be evaluated is told to the district at once."""
    if batch := bulk.current():
        batch.write()  # the notice reads the lead as it stands
    alarm, made = LeadAlarm.objects.get_or_create(
        lead=lead,
        kind=LeadAlarm.Kind.RULE_FAILED,
        level=LeadAlarm.Level.DISTRICT,
        cleared_at=None,
        defaults={
            "district_id": lead.district_id,
            "squad_id": lead.squad_id,
            "detail": f"#{rule_id}: {problem}"[:300],
            "raised_at": timezone.now(),
        },
    )
    if made:
        tell([alarm])


def _check_target(lead: Lead, squad: Unit, officer: User | None) -> None:
    if squad.district_id != lead.district_id or not squad.active:
        raise LeadProblem(_("This squad does not work in the district of the lead."), "squad")
    if officer is not None and (officer.unit_id != squad.pk or not officer.is_active):
        raise LeadProblem(_("%(name)s does not work in this squad.") % {"name": officer.full_name}, "officer")


def _require_reason(note: str) -> None:
    if not note.strip():
        raise LeadProblem(_("Give a reason."), "note")


def _require_photos(lead: Lead, moment: LeadAttachment.Moment, wanted: int) -> None:
    batch = bulk.current()
    if batch is not None and batch.is_unwritten(lead):
        present = batch.photos(lead, moment)
    else:
        present = lead.attachments.filter(moment=moment).count()
    if present < wanted:
        raise LeadProblem(
            _("This class asks for %(wanted)d photos here; there are %(present)d.")
            % {"wanted": wanted, "present": present},
            "photos",
        )
