"""People (人员): made, changed, deactivated. What they may do is the business of `services.roles`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import RosterEntry, Unit, User
from chengshu.bureau.passwords import one_time_password
from chengshu.bureau.services import accounts, roles
from chengshu.bureau.services.base import Refused, locked_person, record, require
from chengshu.kernel.pinyin import full, initials, sort_key

PERMISSION = "bureau.people.manage"
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,29}")
PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?")
EDITABLE = ("full_name", "phone", "email", "unit")


@dataclass(frozen=True)
class NewAccount:
    """A person with the password to be told once."""

    person: User
    password: str


def name_key(name: str) -> str:
    """What people are ordered and found by: the name in pinyin, with and without spaces, and its initials."""
    spaced = full(name)
    return f"{sort_key(name)} {spaced} {spaced.replace(' ', '')} {initials(name)}"[:200]


@transaction.atomic
def create_person(
    *, by: User, username: str, full_name: str, unit: Unit, phone: str = "", email: str = ""
) -> NewAccount:
    """Make an account without any role, with a one-time password. Raises `Refused`."""
    require(by, PERMISSION, unit)
    username = username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise Refused(
            _("The account needs 3 to 30 characters: small letters, digits, dot, hyphen, underscore."),
            "username",
        )
    if User.objects.filter(username=username).exists():
        raise Refused(_("The account %(name)s exists already.") % {"name": username}, "username")
    fields = _clean({"full_name": full_name, "phone": phone, "email": email, "unit": unit})
    password = one_time_password()
    person = User.objects.create_user(
        username, password, **fields, name_key=name_key(fields["full_name"]), must_change_password=True
    )
    record(person, "person.created", by, username=username, unit=unit.code)
    return NewAccount(person, password)


@transaction.atomic
def change_person(person: User, *, by: User, **changes: Any) -> list[str]:
    """Change name, phone, e-mail or unit; returns the names of what changed.

    Who moves to another unit loses the roles held at the former one: those were given for work there.
    Raises `Refused`.
    """
    person = locked_person(person)
    require(by, PERMISSION, person.unit)
    fields = _clean({name: changes[name] for name in EDITABLE if name in changes})
    former = person.unit
    changed = [name for name, value in fields.items() if getattr(person, name) != value]
    if "unit" in changed:
        if fields["unit"].district_id != former.district_id:
            raise Refused(_("A person cannot move to another district."), "unit")
        require(by, PERMISSION, fields["unit"])
        roles.end_roles(person, by=by, reason=_("Moved to %(unit)s") % {"unit": fields["unit"]}, unit=former)
    if not changed:
        return []
    for name in changed:
        setattr(person, name, fields[name])
    person.name_key = name_key(person.full_name)
    person.save(update_fields=[*changed, "name_key"])
    moved = {"from": former.code, "to": person.unit.code} if "unit" in changed else {}
    record(person, "person.changed", by, fields=changed, **moved)
    return changed


@transaction.atomic
def deactivate_person(person: User, *, by: User, reason: str) -> None:
    """Close an account (停用): roles end, sessions end, duties not yet begun are taken off the roster.

    Nothing is deleted: the person's name stays on everything done before. Raises `Refused`.
    """
    person = locked_person(person)
    require(by, PERMISSION, person.unit)
    if by.pk == person.pk:
        raise Refused(_("Nobody deactivates their own account."))
    if not person.is_active:
        raise Refused(_("The account is not active."))
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why the account is closed."), "reason")
    roles.end_roles(person, by=by, reason=reason)
    person.is_active = False
    person.save(update_fields=["is_active"])
    duties, _details = RosterEntry.objects.filter(user=person, starts_at__gt=timezone.now()).delete()
    accounts.end_sessions(person)
    record(person, "person.deactivated", by, reason=reason[:200], duties_removed=duties)


@transaction.atomic
def reactivate_person(person: User, *, by: User) -> str:
    """Open a closed account again (启用), without roles; returns a one-time password. Raises `Refused`."""
    person = locked_person(person)
    require(by, PERMISSION, person.unit)
    if person.is_active:
        raise Refused(_("The account is active."))
    person.is_active = True
    person.save(update_fields=["is_active"])
    password = accounts.set_one_time_password(person)
    record(person, "person.reactivated", by)
    return password


def _clean(fields: dict[str, Any]) -> dict[str, Any]:
    """The values as they are stored; raises `Refused` on the first that cannot be."""
    result: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in fields.items()
    }
    if "full_name" in result and not 0 < len(result["full_name"]) <= 60:
        raise Refused(_("The name needs 1 to 60 characters."), "full_name")
    if result.get("phone") and not PHONE.fullmatch(result["phone"]):
        raise Refused(_("This is not a telephone number."), "phone")
    if result.get("email"):
        try:
            validate_email(result["email"])
        except ValidationError as error:
            raise Refused(_("This is not an e-mail address."), "email") from error
    if "unit" in result and not result["unit"].active:
        raise Refused(_("%(unit)s is no longer active.") % {"unit": result["unit"]}, "unit")
    return result
