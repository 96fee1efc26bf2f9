"""Inspections made from a draw's result, and their officers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import (
    OBJECT_REASONS,
    OFFICER_REASONS,
    Action,
    Kind,
    State,
    Withdrawal,
)
from chengshu.inspections.models import (
    Draw,
    Inspection,
    InspectionOfficer,
    InspectionStep,
    InspectionTask,
    PartnerOfficer,
)
from chengshu.kernel import draw as lot
from chengshu.kernel import ledger, secrets
from chengshu.kernel.numbers import take_numbers
from chengshu.registry.models import RegulatedObject

from . import bulk
from .arranging import LETTER
from .base import InspectionProblem, locked, require_action, save, step
from .freezing import object_identity


def give_out(
    task: InspectionTask,
    draw: Draw,
    proof: Mapping[str, Any],
    objects: Mapping[str, int],
    *,
    by: User | None,
    at: datetime,
) -> list[Inspection]:
    """One inspection for each row of the proof's final list, with its team. A few statements for all."""
    rows: Sequence[Sequence[Any]] = proof["final"]
    found = RegulatedObject.objects.select_related("object_class").in_bulk(list(objects.values()))
    first = take_numbers(
        f"inspections/{LETTER[Kind.RANDOM]}{task.year}", max(1, len(rows)), district_id=task.district_id
    )
    people = draw.secret.people
    units = _units(people)
    made, salt = [], bytes.fromhex(secrets.unseal(draw.secret.list_salt))
    for place, (key, _stratum, team) in enumerate(rows):
        target = found[objects[key]]
        identity = object_identity(task.district.code, target.pk)
        made.append(
            Inspection(
                district_id=task.district_id,
                squad_id=next((units[k] for k in team if units.get(k)), target.squad_id),
                town_id=target.town_id,
                number=f"{task.year}{LETTER[Kind.RANDOM]}{first + place:05d}",
                kind=Kind.RANDOM,
                task=task,
                draw=draw,
                draw_key=key,
                draw_salt=lot.salt_for(salt, identity),
                draw_place=place,
                object=target,
                object_class=target.object_class.code,
                starts_on=task.starts_on,
                due_on=task.due_on,
                created_by=by,
            )
        )
    if (batch := bulk.current()) is not None:
        batch.bear(made)
    else:
        Inspection.objects.bulk_create(made, batch_size=2000)
    _give_teams(made, rows, people)
    _record_assignments(made, rows, by=by, at=at)
    return made


def _units(people: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The squad of each officer's key; partners have none."""
    own = {key: person["user"] for key, person in people.items() if person["user"]}
    units = dict(User.objects.filter(pk__in=own.values()).values_list("pk", "unit_id"))
    return {key: units[user] for key, user in own.items()}


def _give_teams(
    made: Sequence[Inspection], rows: Sequence[Sequence[Any]], people: Mapping[str, Mapping[str, Any]]
) -> None:
    bulk.keep(
        [
            InspectionOfficer(
                inspection=inspection,
                user_id=people[key]["user"],
                partner_id=people[key]["partner"],
                certificate=people[key]["certificate"],
                draw_key=key,
            )
            for inspection, (_key, _stratum, team) in zip(made, rows, strict=True)
            for key in team
        ]
    )


def _record_assignments(
    made: Sequence[Inspection], rows: Sequence[Sequence[Any]], *, by: User | None, at: datetime
) -> None:
    bulk.keep(
        [
            InspectionStep(inspection=one, seq=1, action=Action.ASSIGN, at=at, by=by, data={"team": row[2]})
            for one, row in zip(made, rows, strict=True)
        ]
    )
    drafts = [
        ledger.Draft(one.chain, Action.ASSIGN, {"number": one.number, "key": one.draw_key, "team": row[2]})
        for one, row in zip(made, rows, strict=True)
    ]
    ledger.append_many(drafts, actor=by.username if by else "system", at=at)


def own_officers(inspection: Inspection) -> list[int]:
    """The accounts of the bureau's officers who inspect now, in the order of the draw."""
    if file := bulk.file_of(inspection):
        return [one.user_id for one in file.team if one.user_id is not None and one.replaced_at is None]
    now = inspection.team.filter(user__isnull=False, replaced_at=None)
    return [one for one in now.values_list("user_id", flat=True) if one is not None]


def require_withdrawing(inspection: Inspection, by: User) -> None:
    """A squad's leader asks for it, whoever draws does it: both may, an officer of the team may not."""
    if inspection.team.filter(user=by, replaced_at=None).exists():
        raise InspectionProblem(_("Somebody outside the team decides whether it is withdrawn."))
    if not any(
        by.scope_for(way).covers(district_id=inspection.district_id, squad_id=inspection.squad_id)
        for way in ("inspections.draw", "inspections.assign")
    ):
        raise PermissionDenied("inspections.draw")


def checked_code(code: str, officer: User | PartnerOfficer | None) -> str:
    """The public word for a withdrawal. Raises `InspectionProblem`."""
    allowed = OFFICER_REASONS if officer is not None else OBJECT_REASONS
    if code not in allowed:
        raise InspectionProblem(_("Choose a reason from the list."), "code")
    return str(Withdrawal(code).value)


def officer_key(inspection: Inspection, officer: User | PartnerOfficer) -> str:
    """The key of an officer of the team, own or of another department. Raises `InspectionProblem`."""
    one = {"partner": officer} if isinstance(officer, PartnerOfficer) else {"user": officer}
    member = inspection.team.filter(replaced_at=None, **one).first()
    if member is None or not member.draw_key:
        name = officer.name if isinstance(officer, PartnerOfficer) else officer.full_name
        raise InspectionProblem(_("%(name)s is not of the team.") % {"name": name}, "officer")
    return member.draw_key


def replace(
    inspection: Inspection,
    draw: Draw,
    proof: Mapping[str, Any],
    code: str,
    *,
    by: User,
    note: str,
    at: datetime,
) -> Inspection:
    """Take out of the team whom the proof no longer names, and put in whom it names now."""
    current = locked(inspection.pk)
    require_action(current, Action.REPLACE)
    team = next(row[2] for row in proof["final"] if row[0] == current.draw_key)
    file = bulk.file_of(current)
    members = file.team if file else current.team.filter(replaced_at=None)
    held = {member.draw_key: member for member in members if member.replaced_at is None}
    leaving = [member for key, member in held.items() if key not in team]
    for member in leaving:
        member.replaced_at, member.replaced_for = at, code
        member.save(update_fields=["replaced_at", "replaced_for"])
    coming = [key for key in team if key not in held]
    people = draw.secret.people
    _give_teams([current], [(current.draw_key, "", coming)], people)
    units = _units(people)
    current.squad_id = next((units[key] for key in team if units.get(key)), current.squad_id)
    save(current, "squad")
    step(
        current,
        Action.REPLACE,
        by=by,
        at=at,
        note=note,
        code=code,
        coming=coming,
        leaving=[m.draw_key for m in leaving],
    )
    return current


def take_back(inspection: Inspection, code: str, *, by: User | None, note: str, at: datetime) -> Inspection:
    """A drawn object is not inspected after all."""
    current = locked(inspection.pk)
    require_action(current, Action.WITHDRAW)
    current.state, current.withdrawn_for, current.withdrawn_at = State.WITHDRAWN, code, at
    save(current, "state", "withdrawn_for", "withdrawn_at")
    step(current, Action.WITHDRAW, by=by, at=at, note=note, code=code)
    return current


def take_back_all(draw: Draw, *, by: User, at: datetime, note: str) -> None:
    """The whole attempt is set aside."""
    for inspection in draw.inspections.exclude(state=State.WITHDRAWN):
        take_back(inspection, Withdrawal.FORCE, by=by, note=note, at=at)
