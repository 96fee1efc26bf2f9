"""What an officer takes along for work without a network: today's duty, list and colleagues.

Limited to what the officer may work on; descriptions are masked as they are on the desk.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone

from chengshu.bureau.models import Certificate, RosterEntry, User
from chengshu.field import snapshot
from chengshu.field.settings import limits
from chengshu.inspections.lifecycle import OPEN, Result
from chengshu.inspections.models import Checklist, Inspection, InspectionOfficer
from chengshu.inspections.proposing import result_of
from chengshu.inspections.queries import one
from chengshu.inspections.settings import work
from chengshu.inspections.words import light_of as inspection_light
from chengshu.kernel.privacy_masks import mask_text
from chengshu.leads.lifecycle import WITH_SQUAD
from chengshu.leads.models import Lead, LeadClass
from chengshu.leads.offered import Kin, offered
from chengshu.leads.queries.people import workers_of
from chengshu.leads.words import Light, light_of
from chengshu.registry.models import RoundItem, VerificationRound

logger = logging.getLogger(__name__)

EMPTY: dict[str, Any] = {"beats": [], "equipment": [], "log": None}
"""Parts that other modules fill, as long as none has registered."""


def today(user: User, now: datetime | None = None) -> dict[str, Any]:
    """The snapshot, in the active language."""
    now = now or timezone.now()
    rules = limits()
    until = now + rules.snapshot_valid
    return {
        "made_at": now,
        "valid_until": until,
        "duty": _duty(user, now, until),
        "leads": _leads(user, now, until),
        "inspections": _inspections(user, now),
        "rounds": _rounds(user),
        "colleagues": _colleagues(user, now),
        "classes": _classes(user),
        **EMPTY,
        **_parts(user, now),
    }


def _parts(user: User, now: datetime) -> dict[str, Any]:
    """What other modules bring. A part that fails is left empty and on the log: the others are needed no less
    without a network."""
    found = {}
    for name, part in snapshot.parts().items():
        try:
            found[name] = part(user, now)
        except Exception:
            logger.exception("The part %s of the list for %s failed", name, user.username)
    return found


def _duty(user: User, now: datetime, until: datetime) -> list[dict[str, Any]]:
    """Duties that run now or begin while the snapshot is good, and those that ended a short while ago."""
    since = now - timedelta(hours=12)
    rows = RosterEntry.objects.filter(user=user, ends_at__gt=since, starts_at__lt=until)
    return [
        {
            "id": row.pk,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "duty": row.duty,
            "duty_label": str(RosterEntry.Duty(row.duty).label),
            "unit": row.unit.label,
        }
        for row in rows.select_related("unit").order_by("starts_at")
    ]


def _leads(user: User, now: datetime, until: datetime) -> list[dict[str, Any]]:
    """Open leads of the officer, or of nobody of the squad yet; without those that wait for a later day."""
    mine = Q(officer=user) | Q(officer=None, squad=user.unit_id)
    waiting = Q(recheck_on__gt=timezone.localdate(until))
    rows = Lead.objects.visible_to(user, "leads.work").filter(
        mine, stage__in=WITH_SQUAD, held_at=None, parts=None
    )
    rows = rows.exclude(waiting).select_related("lead_class", "object").defer("search_tokens", "step_data")
    found = rows.order_by("handle_by", "id")[: limits().snapshot_rows["leads"]]
    return [_lead(user, lead, now) for lead in found]


def _lead(user: User, lead: Lead, now: datetime) -> dict[str, Any]:
    kind, target = lead.lead_class, lead.object
    position = lead.position or (target.position if target else None)
    return {
        "id": lead.pk,
        "number": lead.number,
        "version": lead.version,
        "class": kind.code,
        "class_label": kind.label,
        "description": mask_text(lead.description),
        "address": lead.address,
        "position": position,
        "stage": lead.stage,
        "outcome": lead.outcome,
        "light": _light(light_of(lead, now)),
        "due": lead.handle_by,
        "arrive_by": lead.arrive_by,
        "arrived_at": lead.arrived_at,
        "severity": lead.severity,
        "mine": lead.officer_id == user.pk,
        "object": {"id": target.pk, "name": target.name} if target else None,
        "recheck_on": lead.recheck_on,
        "photos_needed": kind.photos_closing,
        "actions": [action.value for action in offered(user, lead, Kin())],
    }


def _light(light: Light | None) -> dict[str, Any] | None:
    if light is None:
        return None
    return {"colour": light.colour, "text": light.text, "due": light.due}


def _inspections(user: User, now: datetime) -> list[dict[str, Any]]:
    """Open inspections of whose team the officer is."""
    own = InspectionOfficer.objects.filter(inspection=OuterRef("pk"), user=user, replaced_at=None)
    team = InspectionOfficer.objects.filter(replaced_at=None).select_related("user", "partner").order_by("id")
    rows = (
        Inspection.objects.visible_to(user, "inspections.work")
        .filter(Exists(own), state__in=OPEN)
        .select_related("task", "object", "checklist")
        .defer("object__search_tokens")
        .prefetch_related(Prefetch("team", team))
        .order_by("due_on", "pk")[: limits().snapshot_rows["inspections"]]
    )
    found = list(rows)
    newest = _newest_checklists(found, now)
    return [_inspection(user, row, newest.get(row.object_class), now) for row in found]


def _newest_checklists(rows: list[Inspection], now: datetime) -> dict[str, Checklist]:
    """The list in force today, for each class of an inspection whose list is not fixed yet; one query."""
    classes = {row.object_class for row in rows if row.checklist is None}
    if not classes:
        return {}
    lists = Checklist.objects.filter(
        district__in={row.district_id for row in rows},
        object_class__in=classes,
        valid_from__lte=timezone.localdate(now),
    )
    return {one.object_class: one for one in lists.order_by("valid_from", "version")}


def _inspection(user: User, row: Inspection, newest: Checklist | None, now: datetime) -> dict[str, Any]:
    day = timezone.localdate(now)
    light = inspection_light(row, day)
    target = row.object
    return {
        "id": row.pk,
        "number": row.number,
        "version": row.version,
        "kind": row.kind,
        "kind_label": str(row.get_kind_display()),
        "state": row.state,
        "task": row.task.number if row.task else None,
        "object": {"id": target.pk, "name": target.name},
        "address": target.address,
        "position": target.position,
        "due_on": row.due_on,
        "rectify_by": row.rectify_by,
        "rectify_days": (work().rectify_by(row.object_class, day) - day).days,
        "light": _light(light),
        "checklist": _checklist(row.checklist or newest),
        "results": [{"code": int(code), "label": str(label)} for code, label in Result.choices],
        "gravest_first": work().gravest_first,
        "team": [{"id": member.user_id, "name": member.name} for member in row.team.all()],
        "actions": sorted(one.offered(row, of_team=True)),
    }


def _checklist(checklist: Checklist | None) -> dict[str, Any] | None:
    if checklist is None:
        return None
    return {
        "id": checklist.pk,
        "entries": [
            {
                "code": entry.code,
                "text": entry.text,
                "photo": entry.photo,
                "result": int(result_of(entry.raw)),
            }
            for entry in one.entries_of(checklist)
        ],
    }


def _rounds(user: User) -> list[dict[str, Any]]:
    """Objects to look at in open rounds: the officer's own, and those of nobody in the squad."""
    rows = RoundItem.objects.visible_to(user, "registry.round.work").filter(
        Q(assignee=user) | Q(assignee=None, squad=user.unit_id),
        outcome="",
        round__state=VerificationRound.State.OPEN,
    )
    rows = rows.select_related("round", "object", "object__object_class").order_by("round_id", "pk")
    return [
        {
            "id": row.pk,
            "round": {"id": row.round_id, "name": row.round.name, "due_on": row.round.due_on},
            "object": {
                "id": row.object_id,
                "name": row.object.name,
                "class": row.object.object_class.code,
                "class_label": row.object.object_class.label,
                "status": row.object.status,
            },
            "address": row.object.address,
            "position": row.object.position,
        }
        for row in rows[: limits().snapshot_rows["rounds"]]
    ]


def _colleagues(user: User, now: datetime) -> list[dict[str, Any]]:
    """Who of the unit may sign as the second officer, and whether the certificate is valid today."""
    day = timezone.localdate(now)
    people = [one for one in workers_of([user.unit_id]) if not one.is_service]
    people = people[: limits().snapshot_rows["colleagues"]]
    certificates = Certificate.objects.filter(user__in=people, valid_from__lte=day, valid_to__gte=day)
    valid = dict(certificates.order_by("valid_to").values_list("user", "number"))
    return [
        {
            "id": one.pk,
            "name": one.full_name,
            "me": one.pk == user.pk,
            "certificate_valid": one.pk in valid,
            "certificate": valid.get(one.pk, ""),
        }
        for one in people
    ]


def _classes(user: User) -> list[dict[str, Any]]:
    """What a lead may be reported as; nothing for whoever may not report."""
    if not user.may("leads.report"):
        return []
    rows = LeadClass.objects.filter(district=user.unit.district_id, active=True)
    return [{"code": row.code, "label": row.label} for row in rows]
