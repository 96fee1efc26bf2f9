"""A district that has nobody yet: its bureau, a squad a town, and the three first administrators."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, RoleAssignment, Unit, User
from chengshu.bureau.passwords import one_time_password
from chengshu.bureau.roles import roles
from chengshu.bureau.services.base import Refused, record
from chengshu.bureau.services.people import NewAccount, name_key


@transaction.atomic
def make_organisation(district: District) -> int:
    """Give a district without units a bureau, a squad for every town and a mobile squad.

    Returns how many units were made.
    """
    District.objects.select_for_update().get(pk=district.pk)
    if Unit.objects.filter(district=district).exists():
        return 0
    bureau = Unit.objects.create(
        district=district,
        kind=Unit.Kind.BUREAU,
        code="B",
        name=f"{district.name}城市管理行政执法局",
        name_en=f"{district.name_en} Urban Management Enforcement Bureau" if district.name_en else "",
    )
    towns = list(district.towns.all())
    for number, town in enumerate(towns, start=1):
        squad = Unit.objects.create(
            district=district,
            parent=bureau,
            kind=Unit.Kind.SQUAD,
            code=f"B-{number:02d}",
            name=f"{town.name}中队",
            name_en=f"{town.name_en} Squad" if town.name_en else "",
        )
        squad.towns.set([town])
    Unit.objects.create(
        district=district,
        parent=bureau,
        kind=Unit.Kind.MOBILE_SQUAD,
        code=f"B-{len(towns) + 1:02d}",
        name="机动中队",
        name_en="Mobile Squad",
    )
    return len(towns) + 2


@transaction.atomic
def first_administrators(district: District) -> list[NewAccount]:
    """Make the three administrators of a district that has none, with one-time passwords, or `Refused`.

    Only the operator's command line does this: on every page somebody answers for each account.
    """
    District.objects.select_for_update().get(pk=district.pk)
    administrators = [role for role in roles().values() if role.administers]
    codes = [role.code for role in administrators]
    if RoleAssignment.objects.filter(
        unit__district=district, role__in=codes, revoked_at=None, user__is_active=True
    ).exists():
        raise Refused(_("%(district)s has administrators already.") % {"district": district})
    bureau = Unit.objects.filter(district=district, kind=Unit.Kind.BUREAU).order_by("code").first()
    if bureau is None:
        raise Refused(_("%(district)s has no bureau yet.") % {"district": district})
    return [_administrator(role.code, role.zh, bureau) for role in administrators]


def _administrator(role: str, name: str, bureau: Unit) -> NewAccount:
    username = f"{role.replace('_', '-')}-{bureau.district.code}"
    number = 2
    while User.objects.filter(username=username).exists():
        username = f"{role.replace('_', '-')}-{bureau.district.code}-{number}"
        number += 1
    password = one_time_password()
    person = User.objects.create_user(
        username,
        password,
        full_name=name,
        name_key=name_key(name),
        unit=bureau,
        must_change_password=True,
    )
    RoleAssignment.objects.create(user=person, role=role, unit=bureau, granted_at=timezone.now())
    record(person, "person.created", None, username=username, unit=bureau.code)
    record(person, "role.granted", None, role=role, unit=bureau.code)
    return NewAccount(person, password)
