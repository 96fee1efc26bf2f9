"""Re-verification on the phone: what was found at a listed object, objects newly found."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import Field

from chengshu.field import kinds
from chengshu.field.handling import Data, Id, Place, Sha256, read, stored_photo
from chengshu.field.kinds import Done, RecordRefused, Sent
from chengshu.registry.models import RoundItem, RoundResult, VerificationRound
from chengshu.registry.queries.rounds import visible_rounds
from chengshu.registry.services import round_reports
from chengshu.registry.services.rounds import WORK, RoundProblem
from chengshu.registry.services.values import InvalidValues

kinds.refuses(RoundProblem, InvalidValues)


class Verify(Data):
    """round.verify: ``item`` of a list, or ``round`` and ``object_class`` of an object newly found."""

    item: Id | None = None
    outcome: str = ""
    round: Id | None = None
    object_class: Annotated[str, Field(max_length=40)] = ""
    values: dict[str, Any] = {}
    note: Annotated[str, Field(max_length=500)] = ""
    photo: Sha256 | None = None
    position: Place | None = None
    confirmed_new: bool = False


@kinds.register("round.verify", WORK)
def verify(sent: Sent) -> Done:
    """核查 of one object."""
    said = read(Verify, sent)
    if said.item is not None:
        result = _listed(sent, said, said.item)
    elif said.round is not None:
        result = _newly_found(sent, said, said.round)
    else:
        raise RecordRefused(_("Say which object was looked at."))
    return Done(result={"item": result.item_id, "object": result.item.object_id, "outcome": result.outcome})


def _listed(sent: Sent, said: Verify, item_id: int) -> RoundResult:
    item = RoundItem.objects.visible_to(sent.user).filter(pk=item_id).first()
    if item is None:
        raise RecordRefused(_("There is no such object in your list."))
    return round_reports.report(
        item,
        outcome=said.outcome,
        client_id=sent.id,
        by=sent.user,
        at=sent.at,
        values=said.values,
        note=said.note,
        photo=stored_photo(sent, said.photo) if said.photo else None,
        position=said.position or sent.position,
    )


def _newly_found(sent: Sent, said: Verify, round_id: int) -> RoundResult:
    current: VerificationRound | None = visible_rounds(sent.user).filter(pk=round_id).first()
    object_class = current.classes.filter(code=said.object_class).first() if current else None
    if current is None or object_class is None:
        raise RecordRefused(_("There is no such round or class."))
    return round_reports.report_new(
        current,
        object_class=object_class,
        values=said.values,
        photo=stored_photo(sent, said.photo) if said.photo else None,
        position=said.position or sent.position,
        client_id=sent.id,
        by=sent.user,
        at=sent.at,
        note=said.note,
        confirmed_new=said.confirmed_new,
    )
