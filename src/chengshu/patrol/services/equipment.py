"""装备与车辆: kept by a squad, taken along, brought back, handed over; one person has a thing at a time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import Unit, User
from chengshu.kernel import ledger
from chengshu.patrol.models import Equipment, EquipmentUse
from chengshu.patrol.refusing import PatrolProblem, require

WORK, LEAD, CONFIGURE = "patrol.work", "patrol.confirm", "patrol.configure"
NOTE_MOST = 200
TERMINAL_MOST = 20


@transaction.atomic
def save_equipment(
    squad: Unit,
    *,
    by: User | None,
    code: str,
    kind: str,
    name: str,
    terminal: str = "",
    identity: str | None = None,
    active: bool = True,
    equipment: Equipment | None = None,
) -> Equipment:
    """Add a thing or change one. ``identity``: of the terminal; None leaves it, "" lets the next register.

    Raises `PatrolProblem`, PermissionDenied.
    """
    require(by, CONFIGURE, district_id=squad.district_id, squad_id=squad.pk)
    held = equipment or Equipment(squad=squad)
    if held.pk:
        held = Equipment.objects.select_for_update(of=("self",)).select_related("squad").get(pk=held.pk)
        require(by, CONFIGURE, district_id=held.squad.district_id, squad_id=held.squad_id)
    held.squad, held.kind, held.active = squad, kind, active
    held.code, held.name, held.terminal = code.strip()[:40], name.strip()[:80], terminal.strip()
    if identity is not None:
        held.identity = identity.strip()[:30]
    _check(held)
    held.save()
    _record(
        held, "equipment", by, None, code=held.code, kind=kind, name=held.name, terminal=held.terminal,
        identity=held.identity, squad=squad.pk, active=active,
    )  # fmt: skip
    return held


def _check(held: Equipment) -> None:
    others = Equipment.objects.exclude(pk=held.pk)
    if held.kind not in Equipment.Kind.values:
        raise PatrolProblem(_("There is no such kind of equipment."), "kind")
    if not held.code or not held.name:
        raise PatrolProblem(_("Give a number and a name."), "code")
    if others.filter(squad=held.squad, code=held.code).exists():
        raise PatrolProblem(_("Another thing of the squad has this number."), "code")
    terminal = held.terminal
    if terminal and (not terminal.isascii() or not terminal.isdigit() or len(terminal) > TERMINAL_MOST):
        raise PatrolProblem(_("The number of a terminal consists of up to 20 digits."), "terminal")
    if terminal and others.filter(terminal=terminal).exists():
        raise PatrolProblem(_("Another thing reports under this number."), "terminal")
    if not held.active and held.pk and held.uses.filter(returned_at=None).exists():
        raise PatrolProblem(_("Somebody still has it. It must be brought back first."), "active")


@transaction.atomic
def bind_terminal(number: str, identity: str) -> bool:
    """Fix that the number is this terminal's, unless it is another's; whether it is this one's now.

    ``number`` without leading zeros. It is on record in the ledger; the desk changes it where the terminal
    is exchanged.
    """
    found = Equipment.objects.select_for_update().filter(active=True, terminal__regex=f"^0*{number}$")
    held = found.first()
    if held is None or held.identity not in ("", identity):
        return False
    if not held.identity:
        held.identity = identity
        held.save(update_fields=["identity"])
        _record(held, "terminal", None, None, terminal=held.terminal, identity=identity)
    return True


@transaction.atomic
def take(equipment: Equipment, *, by: User, at: datetime | None = None, note: str = "") -> EquipmentUse:
    """Take a thing of the own squad along. Had already, nothing changes. Raises `PatrolProblem`."""
    at, held = _moment(at), _locked(equipment)
    _require_user(held, by)
    use = _current(held)
    if use is not None and use.user_id == by.pk:
        return use
    if use is not None:
        raise PatrolProblem(_("%(who)s has it.") % {"who": use.user.full_name})
    if not held.active:
        raise PatrolProblem(_("It is out of use."))
    return _begin(held, by, at, by, "take", note)


@transaction.atomic
def give_back(equipment: Equipment, *, by: User, at: datetime | None = None, note: str = "") -> EquipmentUse:
    """Bring a thing back; also the squad's leader for somebody who forgot. Raises `PatrolProblem`."""
    at, held = _moment(at), _locked(equipment)
    use = _used_by(held, by)
    _end(use, at, note)
    _record(held, "return", by, at, person=use.user.username, note=use.note)
    return use


@transaction.atomic
def hand_over(
    equipment: Equipment, to: User, *, by: User, at: datetime | None = None, note: str = ""
) -> EquipmentUse:
    """Hand a thing to a colleague of the squad, who has it from then on. Raises `PatrolProblem`."""
    at, held = _moment(at), _locked(equipment)
    use = _used_by(held, by)
    if to.pk == use.user_id:
        raise PatrolProblem(_("%(who)s has it.") % {"who": to.full_name}, "to")
    if not to.is_active or to.unit_id != held.squad_id:
        raise PatrolProblem(_("%(who)s does not belong to the squad.") % {"who": to.full_name}, "to")
    use.handed_to = to
    _end(use, at, note)
    return _begin(held, to, at, by, "hand_over", note, giver=use.user.username)


# --- shared --------------------------------------------------------------------------------------------
def _locked(equipment: Equipment) -> Equipment:
    rows = Equipment.objects.select_for_update(of=("self",)).select_related("squad")
    held: Equipment = rows.get(pk=equipment.pk)
    return held


def _current(held: Equipment) -> EquipmentUse | None:
    found: EquipmentUse | None = held.uses.filter(returned_at=None).select_related("user").first()
    return found


def _require_user(held: Equipment, by: User) -> None:
    require(by, WORK, district_id=held.squad.district_id, squad_id=held.squad_id)
    if by.unit_id != held.squad_id:
        raise PatrolProblem(_("It belongs to another squad."))


def _used_by(held: Equipment, by: User) -> EquipmentUse:
    """The present use, if the person has the thing or leads the squad."""
    use = _current(held)
    if use is None:
        raise PatrolProblem(_("Nobody has it."))
    if use.user_id != by.pk:
        require(by, LEAD, district_id=held.squad.district_id, squad_id=held.squad_id)
    return use


def _begin(
    held: Equipment, user: User, at: datetime, by: User, action: str, note: str, **payload: str
) -> EquipmentUse:
    if held.uses.filter(returned_at__gt=at).exists():
        raise PatrolProblem(_("Somebody else had it at that time."))
    note = note.strip()[:NOTE_MOST]
    made = EquipmentUse.objects.create(equipment=held, user=user, taken_at=at, note=note)
    _record(held, action, by, at, person=user.username, note=note, **payload)
    return made


def _end(use: EquipmentUse, at: datetime, note: str) -> None:
    if at < use.taken_at:
        raise PatrolProblem(_("It was taken along after that time."))
    use.returned_at, use.note = at, note.strip()[:NOTE_MOST] or use.note
    use.save(update_fields=["returned_at", "handed_to", "note"])


def _record(held: Equipment, action: str, by: User | None, at: datetime | None, **payload: object) -> None:
    actor = by.username if by else "system"
    ledger.append(f"patrol.equipment:{held.pk}", action, payload, actor=actor, at=at)


def _moment(at: datetime | None) -> datetime:
    now = timezone.now()
    if at is not None and at > now:
        raise PatrolProblem(_("The time lies in the future."))
    return at or now
