"""Who may inspect an object: officers with a certificate who have declared no interest there."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from chengshu.bureau.models import Unit, User
from chengshu.bureau.roles import roles_with
from chengshu.inspections.services.people import interests
from chengshu.registry.models import RegulatedObject


def certified(target: RegulatedObject, user: User, *, everybody: bool) -> list[User]:
    """Active officers with a valid certificate, the object's own squad first.

    ``everybody``: of the whole district; else of the object's squad, one's own and the mobile squad.
    """
    today = timezone.localdate()
    found = User.objects.filter(
        is_active=True,
        unit__district=target.district_id,
        certificates__valid_from__lte=today,
        certificates__valid_to__gte=today,
        assignments__role__in=sorted(roles_with("inspections.work")),
        assignments__revoked_at=None,
    )
    if not everybody:
        near = Q(unit__kind=Unit.Kind.MOBILE_SQUAD) | Q(unit=user.unit_id)
        found = found.filter(near | Q(unit=target.squad_id) if target.squad_id else near)
    recused = interested(target)
    people = [one for one in found.select_related("unit").distinct() if one.pk not in recused]
    return sorted(people, key=lambda one: (one.unit_id != target.squad_id, one.name_key, one.pk))


def interested(target: RegulatedObject) -> set[int]:
    """Officers who may not inspect the object (行政处罚法 2021 art. 43); why stays with them."""
    return {
        officer_id
        for officer_id, object_id, town_id in interests(target.district_id)
        if object_id == target.pk or (town_id is not None and town_id == target.town_id)
    }
