"""Roles (角色): given and taken by the security administrator, the three of them apart (三员分立)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import RoleAssignment, Unit, User
from chengshu.bureau.roles import Role, is_administrator, roles
from chengshu.bureau.services.base import Refused, locked_person, record, require

PERMISSION = "bureau.roles.manage"
SECURITY = "security"


@transaction.atomic
def grant_role(person: User, role: str, unit: Unit, *, by: User, reason: str = "") -> RoleAssignment:
    """Give a role at a unit (授予). Raises `Refused`.

    Nobody grants to themselves, outside their own area, or so that an administrator also holds another role.
    A new administrator chooses a new password first: theirs must be longer.
    """
    require(by, PERMISSION, unit)
    person = locked_person(person)
    wanted = roles().get(role)
    if wanted is None:
        raise Refused(_("There is no such role."), "role")
    if by.pk == person.pk:
        raise Refused(_("Nobody changes their own roles."))
    if not person.is_active:
        raise Refused(_("The account is not active."))
    if unit.district_id != person.unit.district_id:
        raise Refused(_("%(unit)s belongs to another district.") % {"unit": unit}, "unit")
    if not unit.active:
        raise Refused(_("%(unit)s is no longer active.") % {"unit": unit}, "unit")
    held = list(current(person))
    if any(entry.role == role and entry.unit_id == unit.pk for entry in held):
        raise Refused(_("%(person)s holds this role already.") % {"person": person})
    _keep_apart(wanted, [entry.role for entry in held])
    assignment = RoleAssignment.objects.create(
        user=person,
        role=role,
        unit=unit,
        granted_at=timezone.now(),
        granted_by=by,
        reason=reason.strip()[:200],
    )
    if wanted.administers:
        person.must_change_password = True
        person.save(update_fields=["must_change_password"])
    record(person, "role.granted", by, role=role, unit=unit.code, reason=assignment.reason)
    return assignment


@transaction.atomic
def revoke_role(assignment: RoleAssignment, *, by: User, reason: str = "") -> None:
    """Take a role back (收回). The assignment stays with its end. Raises `Refused`."""
    require(by, PERMISSION, assignment.unit)
    if by.pk == assignment.user_id:
        raise Refused(_("Nobody changes their own roles."))
    person = locked_person(assignment.user)
    assignment = (
        RoleAssignment.objects.select_for_update(of=("self",)).select_related("unit").get(pk=assignment.pk)
    )
    if assignment.revoked_at is not None:
        raise Refused(_("The role has been revoked already."))
    _revoke(person, [assignment], by, reason)


def end_roles(person: User, *, by: User, reason: str, unit: Unit | None = None) -> None:
    """End all roles of a person, or those at one unit: part of moving and deactivating. Raises `Refused`."""
    held = current(person)
    if unit is not None:
        held = held.filter(unit=unit)
    _revoke(person, list(held.select_for_update(of=("self",))), by, reason)


def current(person: User) -> QuerySet[RoleAssignment]:
    """The role assignments in force, as a query set with their units."""
    return RoleAssignment.objects.filter(user=person, revoked_at=None).select_related("unit")


def _revoke(person: User, assignments: list[RoleAssignment], by: User, reason: str) -> None:
    for assignment in assignments:
        _keep_one_security_administrator(assignment)
        assignment.revoked_at = timezone.now()
        assignment.revoked_by = by
        assignment.save(update_fields=["revoked_at", "revoked_by"])
        record(
            person,
            "role.revoked",
            by,
            role=assignment.role,
            unit=assignment.unit.code,
            reason=reason.strip()[:200],
        )


def _keep_apart(wanted: Role, held: list[str]) -> None:
    """三员分立: an administrator holds that one role and nothing else."""
    if wanted.administers and held:
        raise Refused(
            _("An administrator holds no other role; revoke the others first (separation of duties)."), "role"
        )
    if any(is_administrator(code) for code in held):
        raise Refused(_("An administrator cannot be given another role (separation of duties)."), "role")


def _keep_one_security_administrator(assignment: RoleAssignment) -> None:
    """Without one, nobody could grant a role again."""
    role = roles().get(assignment.role)
    if role is None or role.administers != SECURITY:
        return
    codes = [code for code, entry in roles().items() if entry.administers == SECURITY]
    others = (
        RoleAssignment.objects.select_for_update(of=("self",))
        .filter(
            role__in=codes, revoked_at=None, user__is_active=True, unit__district=assignment.unit.district_id
        )
        .order_by("pk")
    )
    if {entry.pk for entry in others} <= {assignment.pk}:
        raise Refused(_("This is the last security administrator; appoint another one first."))
