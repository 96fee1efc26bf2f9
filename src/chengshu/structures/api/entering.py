"""Into the ledger, by hand or from a lead."""

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Status

from chengshu.kernel.access import api_permission
from chengshu.leads.models import Lead
from chengshu.structures.lifecycle import Source
from chengshu.structures.models import Structure
from chengshu.structures.services import entering
from chengshu.structures.services.entering import NewEntry

from .common import WORK, district_of, refusals, unknown
from .reading import detail
from .routes import router
from .schemas import EntryDetail, EntryIn, number


@router.post("", response={200: EntryDetail, 201: EntryDetail}, url_name="structures_enter")
@api_permission(WORK)
def enter(request: HttpRequest, body: EntryIn) -> Any:
    """Enter a structure: 201, and 200 where the lead or your own number (`source_ref`) is entered already."""
    user: Any = request.user
    with refusals(town_id="town"):
        if body.lead is not None:
            return _from_lead(user, body, body.lead)
        return _by_hand(user, body, district_of(user, WORK))


def _by_hand(user: Any, body: EntryIn, district: Any) -> Any:
    if body.source_ref and (known := _known(user, district, body.source_ref)) is not None:
        return Status(200, detail(user, known.pk))
    try:
        with transaction.atomic():
            made = entering.enter(_stated(body), district=district, by=user)
    except IntegrityError:  # somebody entered the same number at the same moment
        known = _known(user, district, body.source_ref)
        if known is None:
            raise
        return Status(200, detail(user, known.pk))
    return Status(201, detail(user, made.pk))


def _known(user: Any, district: Any, source_ref: str) -> Structure | None:
    """The entry of this number by hand. Raises `ValidationError` where it lies outside the caller's area."""
    rows = Structure.objects.filter(district=district, source=Source.HAND, source_ref=source_ref)
    found: Structure | None = rows.first()
    if found is not None and not Structure.objects.visible_to(user).filter(pk=found.pk).exists():
        raise unknown("source_ref", _("This number belongs to an entry outside your area."))
    return found


def _from_lead(user: Any, body: EntryIn, lead_id: int) -> Any:
    lead: Lead | None = Lead.objects.visible_to(user).filter(pk=lead_id).first()
    if lead is None:
        raise unknown("lead", _("There is no such lead."))
    known = Structure.objects.visible_to(user).filter(lead=lead).first()
    made = known or entering.enter_from_lead(lead, _stated(body), by=user)
    return Status(200 if known else 201, detail(user, made.pk))


def _stated(body: EntryIn) -> NewEntry:
    values = body.model_dump(exclude={"town", "lead", "area_m2", "height_m"})
    values["source_ref"] = body.source_ref.strip()
    return NewEntry(**values, town_id=body.town, area_m2=number(body.area_m2), height_m=number(body.height_m))
