"""Who hears of what happens to a lead: officers, squads, dispatchers. Imported once, it follows every change.

Everything is written in the transaction of the change (see `chengshu.bureau.notices`). Titles and texts
leave the house: they name the lead, its class and its clock, never a person or a place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from chengshu.bureau.models import Level, Unit, User
from chengshu.bureau.notices import notify, register_kind
from chengshu.leads.lifecycle import WITH_SQUAD, Action
from chengshu.leads.models import Lead, LeadAlarm, LeadStep
from chengshu.leads.queries import recipients
from chengshu.leads.settings import clocks
from chengshu.registry.queries.reference import reference

from . import alarms
from .changing import Change, follow

SENT, RETURNED, URGED = "lead.sent", "lead.returned", "lead.urged"
EXTENSION, REJECTED = "lead.extension", "lead.rejected"
STUCK, OVERDUE, RULE_FAILED = "lead.stuck", "lead.overdue", "lead.rule_failed"
KINDS = {
    SENT: gettext_lazy("A lead to handle"),
    RETURNED: gettext_lazy("Lead returned"),
    URGED: gettext_lazy("Lead urged"),
    EXTENSION: gettext_lazy("More time for a lead"),
    REJECTED: gettext_lazy("Handling not accepted"),
    STUCK: gettext_lazy("Lead stuck"),
    OVERDUE: gettext_lazy("Handling overdue"),
    RULE_FAILED: gettext_lazy("A routing rule failed"),
}
TITLES = {
    Action.DISPATCH: gettext_noop("Lead %(number)s has been sent to you"),
    Action.ASSIGN: gettext_noop("Lead %(number)s has been given to you"),
    Action.TRANSFER: gettext_noop("Lead %(number)s has been transferred to you"),
    Action.RETURN: gettext_noop("Lead %(number)s was returned to the dispatcher"),
    Action.URGE: gettext_noop("Lead %(number)s is urged"),
    Action.ASK_EXTENSION: gettext_noop("More time is asked for lead %(number)s"),
    Action.GRANT_EXTENSION: gettext_noop("More time for lead %(number)s was granted"),
    Action.REFUSE_EXTENSION: gettext_noop("More time for lead %(number)s was refused"),
    Action.REJECT: gettext_noop("The handling of lead %(number)s was not accepted"),
}
SQUAD, DISTRICT = LeadAlarm.Level.SQUAD, LeadAlarm.Level.DISTRICT


def register() -> None:
    """Make the kinds known, and hear of alarms."""
    for code, label in KINDS.items():
        register_kind(code, label)
    alarms.alarms_told.connect(_alarms_told, dispatch_uid="leads.notifying")


# --- what people do ---------------------------------------------------------------------------------
@follow(Action.DISPATCH, Action.ASSIGN, Action.TRANSFER)
def _sent(change: Change) -> None:
    """To the officer; without one, to whoever assigns the squad's work, and into the squad's chat group."""
    lead = change.lead
    if lead.officer_id is not None:
        _tell(change, SENT, lambda: _officer(lead.officer_id, change.by))
    else:
        _tell(change, SENT, lambda: _leaders(lead), unit=lead.squad_id)


@follow(Action.RETURN)
def _returned(change: Change) -> None:
    _tell(change, RETURNED, lambda: _across("leads.dispatch", change.lead), level=Level.WARN)


@follow(Action.URGE)
def _urged(change: Change) -> None:
    """To those who have it: officer and squad, else the dispatchers."""
    lead = change.lead

    def people() -> list[User]:
        if lead.stage not in WITH_SQUAD:
            return _across("leads.dispatch", lead)
        return [*_officer(lead.officer_id, change.by), *_leaders(lead)]

    _tell(change, URGED, people, level=Level.WARN)


@follow(Action.ASK_EXTENSION)
def _asked(change: Change) -> None:
    """To those who may grant it; nobody grants more time to oneself."""
    lead = change.lead

    def people() -> list[User]:
        return [one for one in _across("leads.extend", lead) if one.pk != lead.officer_id]

    _tell(change, EXTENSION, people)


@follow(Action.GRANT_EXTENSION, Action.REFUSE_EXTENSION)
def _decided(change: Change) -> None:
    """To who asked."""
    lead = change.lead

    def people() -> list[User]:
        asked = LeadStep.objects.filter(lead=lead.pk, action=Action.ASK_EXTENSION).order_by("-version")
        return _officer(asked.values_list("by", flat=True).first() or lead.officer_id, change.by)

    _tell(change, EXTENSION, people)


@follow(Action.REJECT)
def _rejected(change: Change) -> None:
    """To who handled it, or else the squad."""
    lead = change.lead

    def people() -> list[User]:
        return _officer(change.before["handled_by_id"] or lead.officer_id, change.by) or _leaders(lead)

    _tell(change, REJECTED, people, level=Level.WARN)


def _tell(
    change: Change,
    kind: str,
    people: Callable[[], Iterable[User]],
    *,
    level: str = Level.INFO,
    unit: int | None = None,
) -> None:
    """Look for people only if the step is news; nobody is told of what they did themselves."""
    lead, by = change.lead, change.by
    if not is_news(lead):
        return
    told = {one.pk: one for one in people() if by is None or one.pk != by.pk}
    group = _unit(unit, told.values()) if unit else None
    if not told and group is None:
        return
    notify(
        told.values(),
        kind,
        lambda: _(TITLES[change.action]) % {"number": lead.number},
        key=f"lead:{lead.pk}:{change.action}:{lead.version}",
        url=reverse("leads:lead", args=[lead.pk]),
        level=level,
        text=lambda: _summary(lead),
        unit=group,
    )


def is_news(lead: Lead) -> bool:
    """Whether the step happened just now: imports and replays of old leads tell nobody."""
    return timezone.now() - lead.step_at < timedelta(hours=clocks().tell_hours)


def _summary(lead: Lead) -> str:
    """The class, and until when: nothing that names anybody."""
    parts = [lead.lead_class.label]
    if lead.handle_by is not None:
        until = date_format(timezone.localtime(lead.handle_by), "SHORT_DATETIME_FORMAT")
        parts.append(_("handle by %(time)s") % {"time": until})
    return " · ".join(parts)


# --- alarms -----------------------------------------------------------------------------------------
def _alarms_told(told: list[alarms.Told], **_signal: Any) -> None:
    tell_alarms([one.alarm for one in told])


def tell_alarms(raised: Iterable[LeadAlarm]) -> int:
    """Tell of new alarms; returns how many notices are new. The queries do not grow with the alarms' people.

    The squad's level calls its leaders and the officer; the district's level the dispatchers, and for a
    handling overdue also the leaders of the bureau, who may grant more time. An alarm about a squad without
    a leader goes to the dispatchers: it calls somebody in any case.
    """
    listed = list(raised)
    if not listed:
        return 0
    leads = (
        Lead.objects.select_related("lead_class").defer("search_tokens").in_bulk([a.lead_id for a in listed])
    )
    squads = recipients.leaders({a.squad_id for a in listed if a.level == SQUAD and a.squad_id})
    districts = {a.district_id for a in listed}
    dispatchers = recipients.across("leads.dispatch", districts)
    chiefs = recipients.across("leads.extend", {a.district_id for a in listed if _to_chiefs(a)})
    officers = recipients.people({lead.officer_id for lead in leads.values() if lead.officer_id})
    units = Unit.objects.in_bulk({a.squad_id for a in listed if a.level == SQUAD and a.squad_id})
    count = 0
    for alarm in listed:
        lead = leads[alarm.lead_id]
        called = list(squads.get(alarm.squad_id or 0, [])) if alarm.level == SQUAD else []
        called = called or [*dispatchers.get(alarm.district_id, [])]
        if alarm.level == SQUAD and lead.officer_id in officers:
            called.append(officers[lead.officer_id])
        if _to_chiefs(alarm):
            called += chiefs.get(alarm.district_id, [])
        count += _tell_alarm(alarm, lead, called, units.get(alarm.squad_id or 0))
    return count


def _to_chiefs(alarm: LeadAlarm) -> bool:
    return alarm.kind == LeadAlarm.Kind.OVERDUE and alarm.level == DISTRICT


def _tell_alarm(alarm: LeadAlarm, lead: Lead, called: list[User], squad: Unit | None) -> int:
    kinds = {LeadAlarm.Kind.OVERDUE: OVERDUE, LeadAlarm.Kind.RULE_FAILED: RULE_FAILED}
    kind = LeadAlarm.Kind(alarm.kind)
    return notify(
        {one.pk: one for one in called}.values(),
        kinds.get(kind, STUCK),
        lambda: _("%(alarm)s: lead %(number)s") % {"alarm": kind.label, "number": lead.number},
        key=f"lead:{lead.pk}:alarm:{alarm.pk}",
        url=reverse("leads:lead", args=[lead.pk]),
        level=Level.WARN if alarm.level == SQUAD else Level.ALARM,
        text=lambda: _summary(lead),
        unit=squad if alarm.level == SQUAD else None,
    )


# --- people -----------------------------------------------------------------------------------------
def _officer(pk: int | None, by: User | None) -> list[User]:
    if pk is None or (by is not None and by.pk == pk):
        return []
    return list(recipients.people([pk]).values())


def _leaders(lead: Lead) -> list[User]:
    return recipients.leaders([lead.squad_id]).get(lead.squad_id, []) if lead.squad_id else []


def _across(permission: str, lead: Lead) -> list[User]:
    return recipients.across(permission, [lead.district_id]).get(lead.district_id, [])


def _unit(pk: int, people: Iterable[User]) -> Unit | None:
    """The unit, which most of its people carry with them, and the memory of squads too."""
    known = next((one.unit for one in people if one.unit_id == pk), None)
    return known or reference().squads.get(pk) or Unit.objects.filter(pk=pk).first()
