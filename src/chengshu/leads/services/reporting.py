"""A lead comes in: from any domain, the API, an import or a person, with one call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

import orjson
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from h3.api.basic_int import latlng_to_cell

from chengshu.bureau.models import District, User
from chengshu.bureau.services.areas import NOWHERE, area_index
from chengshu.kernel import files
from chengshu.leads.lifecycle import Action, Stage
from chengshu.leads.models import Lead, LeadAttachment, LeadClass, LeadReporter
from chengshu.leads.settings import sources
from chengshu.leads.words import search_tokens
from chengshu.registry.models import RegulatedObject

from . import bulk, storing
from .changing import LeadProblem

CELL_LEVEL = 9
Position = tuple[float, float]


@dataclass(frozen=True)
class Reporter:
    """Who reported it; all of it optional and personal."""

    name: str = ""
    phone: str = ""
    email: str = ""
    wants_answer: bool = True


@dataclass(frozen=True)
class NewLead:
    """What a source states. ``lead_class`` is a code; position is (longitude, latitude) in WGS 84 degrees."""

    source: str
    lead_class: str
    description: str
    address: str = ""
    position: Position | None = None
    object_id: int | None = None
    source_ref: str = ""
    severity: int | None = None
    reported_at: datetime | None = None
    handle_by: datetime | None = None
    reporter: Reporter | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attachment:
    """An opened file with its name."""

    content: BinaryIO
    name: str
    moment: LeadAttachment.Moment = LeadAttachment.Moment.FILING
    taken_at: datetime | None = None
    position: Position | None = None


@dataclass(frozen=True)
class Reported:
    """The lead, and whether this call made it (False: the same request or source number had come before)."""

    lead: Lead
    created: bool


def report(
    new: NewLead,
    *,
    district: District,
    by: User | None,
    request_key: str = "",
    attachments: Sequence[Attachment] = (),
    route: bool = True,
    at: datetime | None = None,
) -> Reported:
    """Take a lead in. The same ``request_key`` or source number again returns the lead it made.

    A lead of a trusted source is registered and routed at once, in the same transaction. ``at``: the moment
    of its steps where it brings its history along, else now. Raises `LeadProblem` (unknown source, class,
    object; nothing said of the place; the same key with other content) and PermissionDenied outside the
    person's area.
    """
    digest = _digest(new)
    before = _before(district, new.lead_class, request_key)
    if before.came_before and (known := _of_request(request_key, digest)):
        return Reported(known, created=False)
    routed = route and new.source in sources() and sources()[new.source].trusted
    # a lead that only waits is written by one statement, which is a transaction of its own
    alone = not (routed or attachments or connection.in_atomic_block)
    # nobody else knows the lead yet: its steps are taken in memory and written without locks and savepoints
    held = routed and not attachments and bulk.current() is None
    try:
        with nullcontext() if alone else bulk.batch() if held else transaction.atomic():
            lead = _insert(new, district, by, request_key, digest, before, at)
            if held and (batch := bulk.current()):
                batch.hold(lead)
            for attachment in attachments:
                add_attachment(lead, attachment, by=by)
            if routed:
                from chengshu.leads.services.dispatching import register_and_route

                register_and_route(lead, by=None, at=at)
            return Reported(lead, created=True)
    except IntegrityError:
        known = _of_request(request_key, digest) or _of_source(district, new)
        if known is None:
            raise
        return Reported(known, created=False)


def report_many(
    news: Iterable[NewLead], *, district: District, by: User | None, route: bool = True
) -> list[Reported]:
    """Take many in, all or none."""
    with transaction.atomic():
        return [report(new, district=district, by=by, route=route) for new in news]


def _insert(
    new: NewLead,
    district: District,
    by: User | None,
    request_key: str,
    digest: str,
    before: storing.Before,
    at: datetime | None,
) -> Lead:
    source = sources().get(new.source)
    if source is None:
        raise LeadProblem(_("Unknown source: %(code)s") % {"code": new.source}, "source")
    kind = before.lead_class or lead_class(district, new.lead_class)
    description = new.description.strip()
    if not description:
        raise LeadProblem(_("Say in a few words what was found."), "description")
    target = _object(district, new.object_id)
    position = new.position or (target.position if target else None)
    address = new.address.strip() or (target.address if target else "")
    if position is None and not address:
        raise LeadProblem(_("Give a place: an address or a pin on the map."), "place")
    areas = bulk.once(("areas", district.pk), lambda: area_index(district)) if position else None
    where = areas.place(*position) if areas and position else NOWHERE
    now = timezone.now()
    reported_at = new.reported_at or at or now
    if reported_at > now:
        raise LeadProblem(_("A lead cannot be found in the future."), "reported_at")
    lead = Lead(
        pk=before.next_id,
        district=district,
        source=source.code,
        source_ref=new.source_ref[:100],
        lead_class=kind,
        severity=new.severity or kind.severity,
        description=description[:1000],
        address=address[:300],
        position=position,
        cell=latlng_to_cell(position[1], position[0], CELL_LEVEL) if position else None,
        town_id=where.town,
        grid_id=where.grid,
        squad_id=where.squad if where.squad else (target.squad_id if target else None),
        object=target,
        data=dict(new.data),
        stage=Stage.FOUND,
        reported_at=reported_at,
        handle_by=new.handle_by,
        created_by=by,
        created_at=now,
        request_key=request_key or None,
        request_digest=digest if request_key else "",
        step_action=Action.REPORT,
        step_by=by,
        step_at=at or now,
    )
    local = timezone.localtime(reported_at)
    lead.number = f"{local:%y%m}{source.letter}{lead.pk:07d}"
    lead.search_tokens = search_tokens(lead)
    if by is not None:
        require_reporting(by, lead)
    told = new.reporter and any((new.reporter.name, new.reporter.phone, new.reporter.email))
    reporter = LeadReporter(lead=lead, **vars(new.reporter)) if told else None
    if (batch := bulk.current()) is not None and batch.new:
        batch.bear(lead, reporter)
    else:
        storing.insert(lead, reporter)
    return lead


def _before(district: District, code: str, request_key: str) -> storing.Before:
    """What must be known first; most of it is known already in a batch of new leads."""
    batch = bulk.current()
    if batch is None or not batch.new or request_key:
        return storing.look(district.pk, code, request_key)
    kinds = bulk.once(
        ("classes", district.pk),
        lambda: {kind.code: kind for kind in LeadClass.objects.filter(district=district, active=True)},
    )
    return storing.Before(batch.next_id(), kinds.get(code), came_before=False)


def require_reporting(by: User, lead: Lead) -> None:
    """One may report into one's district; a squad's officer also outside the squad's own towns."""
    if by.unit.district_id == lead.district_id and by.may("leads.report"):
        return
    if not by.scope_for("leads.report").covers(district_id=lead.district_id):
        raise PermissionDenied("leads.report")


def add_attachment(lead: Lead, attachment: Attachment, *, by: User | None) -> LeadAttachment:
    """Keep a photo or paper with the lead; the same file again is kept once. Raises `FileProblem`.

    Whoever reported it may, who works on it, and who dispatches: a citizen's report is completed at the desk.
    """
    if not may_attach(lead, by):
        raise PermissionDenied("leads.work")
    stored = files.store(attachment.content, name=attachment.name, kind="document")
    known = LeadAttachment.objects.filter(lead=lead, file=stored, moment=attachment.moment).first()
    return known or LeadAttachment.objects.create(
        lead=lead,
        file=stored,
        name=files.clean_name(attachment.name),
        moment=attachment.moment,
        taken_at=attachment.taken_at,
        position=attachment.position,
        added_by=by,
    )


def may_attach(lead: Lead, by: User | None) -> bool:
    """Whether the person may add photos to the lead; None is the system itself."""
    if by is None:
        return True
    if lead.created_by_id == by.pk and by.unit.district_id == lead.district_id and by.may("leads.report"):
        return True  # as far as one may report (see `require_reporting`), also outside the squad's own towns
    ways = ["leads.work", "leads.dispatch", *(["leads.report"] if lead.created_by_id == by.pk else [])]
    return any(by.scope_for(way).covers(district_id=lead.district_id, squad_id=lead.squad_id) for way in ways)


def lead_class(district: District, code: str) -> LeadClass:
    """The class in use with this code. Raises `LeadProblem`."""
    found = LeadClass.objects.filter(district=district, code=code, active=True).first()
    if found is None:
        raise LeadProblem(_("Unknown class: %(code)s") % {"code": code}, "lead_class")
    return found


def _object(district: District, object_id: int | None) -> RegulatedObject | None:
    if object_id is None:
        return None
    found = _objects(district, [object_id]).get(object_id)
    if found is None:
        raise LeadProblem(_("There is no such regulated object."), "object")
    return found


def preload(news: Iterable[NewLead], *, district: District) -> None:
    """Read the objects of many leads at once, for the batch that is being made."""
    _objects(district, [new.object_id for new in news if new.object_id is not None])


def _objects(district: District, ids: Sequence[int]) -> dict[int, RegulatedObject]:
    known: dict[int, RegulatedObject] = bulk.once(("objects", district.pk), dict)
    if missing := set(ids) - known.keys():
        rows = RegulatedObject.objects.filter(district=district, pk__in=missing)
        known.update((row.pk, row) for row in rows.select_related("object_class"))
    return known


def _digest(new: NewLead) -> str:
    return hashlib.sha256(orjson.dumps(new, option=orjson.OPT_SORT_KEYS, default=dict)).hexdigest()


def _of_request(request_key: str, digest: str) -> Lead | None:
    if not request_key:
        return None
    known = (
        Lead.objects.select_related("lead_class", "district")
        .defer("district__boundary")
        .filter(request_key=request_key)
        .first()
    )
    if known is not None and known.request_digest != digest:
        raise LeadProblem(
            _("This idempotency key was used before with other content. Use a new key."), "request_key"
        )
    return known


def _of_source(district: District, new: NewLead) -> Lead | None:
    if not new.source_ref:
        return None
    rows = Lead.objects.select_related("lead_class", "district").defer("district__boundary")
    return rows.filter(district=district, source=new.source, source_ref=new.source_ref[:100]).first()
