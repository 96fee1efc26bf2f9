"""Who may inspect in a district; asked once in a batch, in which nobody comes or goes."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chengshu.bureau.models import Certificate, RoleAssignment, User
from chengshu.bureau.roles import roles_with
from chengshu.inspections.models import OfficerInterest

from . import bulk


def officers(district_id: int) -> list[tuple[int, int]]:
    """Accounts in service with a role that inspects, each with its unit."""
    return bulk.once(("officers", district_id), lambda: _officers(district_id))


def _officers(district_id: int) -> list[tuple[int, int]]:
    now = timezone.now()
    carrying = RoleAssignment.objects.filter(
        Q(revoked_at=None) | Q(revoked_at__gt=now),
        user=OuterRef("pk"),
        role__in=sorted(roles_with("inspections.work")),
        granted_at__lte=now,
    )
    people = User.objects.filter(
        Exists(carrying), unit__district=district_id, unit__active=True, is_active=True, is_service=False
    )
    return list(people.order_by().values_list("pk", "unit_id"))


def certified(district_id: int, *, since: date, until: date) -> dict[int, str]:
    """The number of each account's certificate that is valid all the time."""
    held = Certificate.objects.filter(user__unit__district=district_id)
    columns = ("user_id", "number", "valid_from", "valid_to")
    rows = bulk.once(("certificates", district_id), lambda: list(held.values_list(*columns)))
    return {user_id: number for user_id, number, begins, ends in rows if begins <= since and ends >= until}


def interests(district_id: int) -> list[tuple[int, int | None, int | None]]:
    """The interests declared and not ended: officer, object or town."""
    running = OfficerInterest.objects.filter(district=district_id, ended_at=None)
    columns = ("officer_id", "object_id", "town_id")
    return bulk.once(("interests", district_id), lambda: list(running.values_list(*columns)))
