"""Opening a case: from a lead, by hand or from any other domain with one call."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.bureau.services.areas import area_index
from chengshu.cases.models import Case, CaseStep
from chengshu.cases.permissions import WORK
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.services.steps import append_step
from chengshu.registry.models import RegulatedObject


def case_of(client_id: uuid.UUID) -> Case | None:
    """The case whose first step was recorded under this id: a retried request."""
    done = CaseStep.objects.filter(client_id=client_id).select_related("case").first()
    return done.case if done else None


def once(client_id: uuid.UUID | None, make: Callable[[], Case]) -> Case:
    """Make a case, or find the one that was made under this id, also by a request at the same moment."""
    if client_id and (done := case_of(client_id)):
        return done
    try:
        with transaction.atomic():
            return make()
    except IntegrityError:
        if client_id and (done := case_of(client_id)):
            return done
        raise


def new_row(
    district: District,
    *,
    by: User,
    source: str,
    summary: str,
    address: str,
    position: tuple[float, float] | None,
    obj: RegulatedObject | None,
    town: Town | None = None,
    squad: Unit | None = None,
    anywhere: bool = False,
) -> Case:
    """The row of a case, placed in its town and squad. Raises ``PermissionDenied`` outside the area.

    ``anywhere``: what was served there was served, whoever's area it is.
    """
    if obj is not None:
        position, address = position or obj.position, address or obj.address
        town, squad = town or obj.town, squad or obj.squad
    if position is not None and (town is None or squad is None):
        found = area_index(district).place(*position)
        town = town or (Town.objects.get(pk=found.town) if found.town else None)
        squad = squad or (Unit.objects.get(pk=found.squad) if found.squad else None)
    if squad is None and by.unit.kind in (Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD):
        squad = by.unit
    if not anywhere and not in_area(by, district, squad):
        raise PermissionDenied(_("This place lies outside your area."))
    return Case.objects.create(
        district=district,
        town=town,
        squad=squad,
        source=source,
        summary=summary[:500],
        place=address[:300],
        position=position,
        object=obj,
    )


def in_area(by: User, district: District, squad: Unit | None) -> bool:
    """Whether the person works on cases of the squad, or of the whole district where no squad is known."""
    scope = by.scope_for(WORK)
    return by.may(WORK) and scope.covers(district_id=district.pk, squad_id=squad.pk if squad else None)


def open_case(
    district: District,
    *,
    by: User,
    summary: str,
    source: str = Case.Source.PATROL,
    address: str = "",
    position: tuple[float, float] | None = None,
    obj: RegulatedObject | None = None,
    squad: Unit | None = None,
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
    data: Mapping[str, Any] | None = None,
) -> Case:
    """Register a lead (线索) as the first step of a case; the same ``client_id`` again returns that case.

    ``squad``: who was given the matter, where it is not the squad of the place.
    """

    def make() -> Case:
        case = new_row(
            district, by=by, source=source, summary=summary, address=address, position=position, obj=obj,
            squad=squad,
        )  # fmt: skip
        values = {"source": source, "summary": summary, **(data or {})}
        append_step(case, StepKind.REGISTER_LEAD, by=by, data=values, at=at, client_id=client_id)
        return case

    return once(client_id, make)
