"""What every service of the bureau needs: refusing with a sentence, the reach of a permission, the record."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from chengshu.bureau.models import Unit, User
from chengshu.kernel import ledger


class Refused(ValueError):
    """The thing may not happen; the message is one translated sentence, `field` a form field, if any."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def reaches(by: User, permission: str, unit: Unit) -> bool:
    """Whether the person may use the permission on people and things of the unit."""
    squad = unit.pk if unit.kind == Unit.Kind.SQUAD else None
    return by.scope_for(permission).covers(district_id=unit.district_id, squad_id=squad)


def require(by: User, permission: str, unit: Unit) -> None:
    """Raise `Refused` unless the permission reaches the unit."""
    if not reaches(by, permission, unit):
        raise Refused(_("%(unit)s lies outside the area you answer for.") % {"unit": unit})


def locked_person(person: User) -> User:
    """The person's current row, locked until the transaction ends, so that two changes follow one another."""
    found: User = User.objects.select_for_update(of=("self",)).select_related("unit").get(pk=person.pk)
    return found


def record(person: User, action: str, by: User | None, **payload: Any) -> None:
    """Write what happened to a person into the ledger, chain ``bureau.user:<id>``."""
    ledger.append(f"bureau.user:{person.pk}", action, payload, actor=by.username if by else "system")
