"""Duty rosters (勤务排班): planned, changed and taken back before the duty begins."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import RosterEntry, Unit, User
from chengshu.bureau.services.base import Refused, locked_person, require
from chengshu.kernel import ledger

PERMISSION = "bureau.roster.manage"
LONGEST = timedelta(hours=24)


@transaction.atomic
def plan(
    unit: Unit,
    person: User,
    *,
    by: User,
    duty: str,
    starts_at: datetime,
    ends_at: datetime,
    note: str = "",
) -> RosterEntry:
    """Put a person on duty. Raises `Refused`."""
    require(by, PERMISSION, unit)
    person = locked_person(person)
    if person.unit_id != unit.pk:
        raise Refused(_("%(person)s does not belong to %(unit)s.") % {"person": person, "unit": unit}, "user")
    if not person.is_active:
        raise Refused(_("The account is not active."), "user")
    entry = RosterEntry(
        unit=unit, user=person, duty=duty, starts_at=starts_at, ends_at=ends_at, note=note.strip()[:200]
    )
    _check(entry)
    entry.save()
    _record(entry, "roster.planned", by)
    return entry


@transaction.atomic
def change(
    entry: RosterEntry, *, by: User, duty: str, starts_at: datetime, ends_at: datetime, note: str = ""
) -> None:
    """Change a duty that has not begun. Raises `Refused`."""
    entry = _open(entry, by)
    entry.duty, entry.starts_at, entry.ends_at, entry.note = duty, starts_at, ends_at, note.strip()[:200]
    _check(entry)
    entry.save()
    _record(entry, "roster.changed", by)


@transaction.atomic
def remove(entry: RosterEntry, *, by: User) -> None:
    """Take a duty that has not begun off the roster. Raises `Refused`."""
    entry = _open(entry, by)
    _record(entry, "roster.removed", by)
    entry.delete()


def _open(entry: RosterEntry, by: User) -> RosterEntry:
    """The entry, locked together with its person, if it may still be changed."""
    require(by, PERMISSION, entry.unit)
    locked_person(entry.user)
    current = (
        RosterEntry.objects.select_for_update(of=("self",))
        .select_related("unit", "user")
        .filter(pk=entry.pk)
        .first()
    )
    if current is None:
        raise Refused(_("The duty is no longer on the roster."))
    if current.starts_at <= timezone.now():
        raise Refused(_("A duty that has begun stays as it is."))
    return current


def _check(entry: RosterEntry) -> None:
    if entry.duty not in RosterEntry.Duty.values:
        raise Refused(_("There is no such kind of duty."), "duty")
    if entry.ends_at <= entry.starts_at:
        raise Refused(_("The duty ends before it begins."), "ends_at")
    if entry.ends_at - entry.starts_at > LONGEST:
        raise Refused(_("A duty lasts at most 24 hours."), "ends_at")
    if entry.starts_at <= timezone.now():
        raise Refused(_("The duty would begin in the past."), "starts_at")
    overlapping = RosterEntry.objects.filter(
        user=entry.user, starts_at__lt=entry.ends_at, ends_at__gt=entry.starts_at
    ).exclude(pk=entry.pk)
    if overlapping.exists():
        raise Refused(_("%(person)s is on duty then already.") % {"person": entry.user}, "starts_at")


def _record(entry: RosterEntry, action: str, by: User) -> None:
    payload = {
        "person": entry.user.username,
        "duty": entry.duty,
        "from": entry.starts_at.isoformat(),
        "to": entry.ends_at.isoformat(),
    }
    ledger.append(f"bureau.unit:{entry.unit_id}", action, payload, actor=by.username)
