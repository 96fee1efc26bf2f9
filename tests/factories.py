"""Things a test needs, made through the same services that people use."""

from __future__ import annotations

import itertools
from datetime import date
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from chengshu.bureau.models import District, RoleAssignment, Unit, User
from chengshu.bureau.services.reference import load_district
from chengshu.registry.models import FactRecord, ObjectClass, RegulatedObject
from chengshu.registry.services.classes import load_classes
from chengshu.registry.services.objects import Provenance, create_object

PASSWORD = "Correct-Horse-7!"
# A spot inside each of two towns of the shipped district (WGS 84 degrees).
IN_CHANGSHOU = (121.4330, 31.2430)
IN_TAOPU = (121.3600, 31.2850)
OUTSIDE = (121.5000, 31.2300)
_counter = itertools.count(1)


def make_district(code: str = "310107") -> District:
    """The shipped district with its towns, squads, mobile squad and default classes."""
    district = load_district(code)
    load_classes(district)
    return district


def make_other_district() -> District:
    """A second district without towns, whose rows nobody of the first may see."""
    district, _new = District.objects.get_or_create(code="310106", defaults={"name": "静安区"})
    Unit.objects.get_or_create(
        district=district, code="B", defaults={"kind": Unit.Kind.BUREAU, "name": "静安区城管执法局"}
    )
    load_classes(district)
    return district


def unit(district: District, kind: str = Unit.Kind.BUREAU, town: str | None = None) -> Unit:
    """The district's unit of a kind; for a squad the one that answers for the town named."""
    units = Unit.objects.filter(district=district, kind=kind)
    return units.filter(towns__name=town).get() if town else units.order_by("code")[0]


def make_user(role: str | None = None, at: Unit | None = None, **fields: Any) -> User:
    """Somebody who holds one role at a unit (the bureau of the shipped district unless said)."""
    at = at or unit(District.objects.get(code="310107"))
    number = next(_counter)
    user = User.objects.create(
        username=fields.pop("username", f"{role or 'person'}{number}"),
        password=_hashed(),
        full_name=fields.pop("full_name", f"测试{number}"),
        unit=at,
        password_changed_at=timezone.now(),
        **fields,
    )
    if role:
        RoleAssignment.objects.create(user=user, role=role, unit=at, granted_at=timezone.now())
    return User.objects.with_roles().get(pk=user.pk)


@cache
def _hashed() -> str:
    """Argon2 is slow on purpose; one hash serves all."""
    return make_password(PASSWORD)


def object_class(district: District, code: str = "shop") -> ObjectClass:
    """A class of the district by its code."""
    return ObjectClass.objects.get(district=district, code=code)


def make_object(district: District, code: str = "shop", **values: Any) -> RegulatedObject:
    """One object; by default a shop in 长寿路街道."""
    number = next(_counter)
    stated = {
        "name": f"测试商铺{number}",
        "address": f"长寿路{number}号",
        "position": IN_CHANGSHOU,
        **values,
    }
    return create_object(
        district=district,
        object_class=object_class(district, code),
        values=stated,
        provenance=Provenance(FactRecord.Source.CLERK, date(2020, 11, 2)),
        by=None,
    )
