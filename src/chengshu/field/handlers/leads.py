"""Leads on the phone: reported, accepted, reached, handled, ordered to rectify, checked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, TypeVar

from django.utils.translation import gettext as _
from pydantic import Field

from chengshu.field import kinds
from chengshu.field.handling import Data, Id, Note, Photos, Place, opened, read
from chengshu.field.kinds import Done, RecordRefused, Sent
from chengshu.kernel.media import FileProblem
from chengshu.leads import services
from chengshu.leads.models import Lead, LeadAttachment
from chengshu.leads.services import LeadProblem

SOURCE = "patrol"
REPORT, WORK = "leads.report", "leads.work"
Moment = LeadAttachment.Moment
kinds.refuses(LeadProblem, FileProblem)


class Report(Data):
    """lead.report."""

    lead_class: Annotated[str, Field(alias="class", max_length=40)]
    description: Note
    address: Annotated[str, Field(max_length=300)] = ""
    position: Place | None = None
    object: Id | None = None
    photos: Photos = []


class OnLead(Data):
    """What every action on a lead says."""

    lead: Id
    note: Note = ""
    photos: Photos = []


M = TypeVar("M", bound=OnLead)


class Handle(OnLead):
    """lead.handle."""

    outcome: str


class Order(OnLead):
    """lead.order."""

    recheck_on: date


class Recheck(OnLead):
    """lead.recheck."""

    complied: bool


@kinds.register("lead.report", REPORT)
def report(sent: Sent) -> Done:
    """上报 what was found on the way; the place is the officer's where no other is said."""
    said = read(Report, sent)
    new = services.NewLead(
        source=SOURCE,
        lead_class=said.lead_class,
        description=said.description,
        address=said.address,
        position=said.position or (None if said.address else sent.position),
        object_id=said.object,
        reported_at=sent.at,
    )
    with opened(sent, said.photos) as photos:
        attachments = [
            services.Attachment(
                content=content,
                name=note.name,
                moment=_moment(photo.moment, Moment.FILING),
                taken_at=note.taken_at,
                position=note.position,
            )
            for photo, content, note in photos
        ]
        made = services.report(
            new,
            district=sent.user.unit.district,
            by=sent.user,
            request_key=f"field:{sent.id}",
            attachments=attachments,
        ).lead
    made.refresh_from_db(fields=["stage"])
    return Done(result={"lead": made.pk, "number": made.number, "stage": made.stage})


@kinds.register("lead.accept", WORK)
def accept(sent: Sent) -> Done:
    """接收."""
    return _act(
        sent, OnLead, lambda lead, said: services.accept(lead, by=sent.user, at=sent.at, note=said.note)
    )


@kinds.register("lead.arrive", WORK)
def arrive(sent: Sent) -> Done:
    """到场."""
    return _act(
        sent, OnLead, lambda lead, said: services.arrive(lead, by=sent.user, at=sent.at, note=said.note)
    )


@kinds.register("lead.handle", WORK)
def handle(sent: Sent) -> Done:
    """处置反馈 with photos after handling."""
    return _act(
        sent,
        Handle,
        lambda lead, said: services.handle(lead, said.outcome, by=sent.user, note=said.note, at=sent.at),
    )


@kinds.register("lead.order", WORK)
def order(sent: Sent) -> Done:
    """责令改正."""
    return _act(
        sent,
        Order,
        lambda lead, said: services.order(lead, said.recheck_on, by=sent.user, note=said.note, at=sent.at),
        usual=Moment.FILING,
    )


@kinds.register("lead.recheck", WORK)
def recheck(sent: Sent) -> Done:
    """复查."""
    return _act(
        sent,
        Recheck,
        lambda lead, said: services.recheck(
            lead, complied=said.complied, by=sent.user, note=said.note, at=sent.at
        ),
    )


def _act(sent: Sent, model: type[M], do: Callable[[Lead, M], Lead], usual: Moment = Moment.CLOSING) -> Done:
    """Lock the lead, keep the photos, do the action."""
    said = read(model, sent)
    if not Lead.objects.visible_to(sent.user).filter(pk=said.lead).exists():
        raise RecordRefused(_("There is no such lead in your area."))
    lead = services.lock(said.lead)
    with opened(sent, said.photos) as photos:
        for photo, content, note in photos:
            kept = services.Attachment(
                content=content,
                name=note.name,
                moment=_moment(photo.moment, usual),
                taken_at=note.taken_at,
                position=note.position,
            )
            services.add_attachment(lead, kept, by=sent.user)
    lead = do(lead, said)
    return Done(result={"lead": lead.pk, "number": lead.number, "stage": lead.stage, "outcome": lead.outcome})


def _moment(stated: str, usual: Moment) -> Moment:
    return Moment(stated) if stated in Moment.values else usual
