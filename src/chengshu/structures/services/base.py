"""What every service of the ledger needs: refusing with a sentence, reach, the record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.bureau.scope import require as require
from chengshu.bureau.services import areas
from chengshu.bureau.services.areas import AreaIndex
from chengshu.kernel import ledger
from chengshu.kernel.models import StoredFile
from chengshu.structures.lifecycle import BEFORE_WRITE_OFF, TABLE, Action, Status
from chengshu.structures.models import Step, Structure, StructurePhoto
from chengshu.structures.queries import clocks, records

from . import bulk

WORK, APPROVE, MANAGE, CHECK = (
    "structures.work", "structures.approve", "structures.manage", "structures.check",
)  # fmt: skip
TEXT_MOST = 500


class StructureProblem(Exception):
    """What was asked for cannot be done; one translated sentence, and the field of the form, if any."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        bulk.refuse()


def locked(structure_id: int, by: User | None, permission: str = WORK) -> Structure:
    """The entry as it stands, locked until the caller's transaction ends, if the person may do this there."""
    held = bulk.held(structure_id)
    if held is None:
        rows = Structure.objects.select_for_update(of=("self",)).select_related("district")
        held = rows.get(pk=structure_id)
    require(by, permission, district_id=held.district_id, squad_id=held.squad_id)
    return held


def show(structure: Structure, held: Structure) -> None:
    """Bring the caller's object to what stands now; ``held`` is the entry that was changed."""
    if bulk.held(held.pk) is None:
        structure.refresh_from_db()
    elif structure is not held:
        for field in held._meta.concrete_fields:  # by name, so that a town or squad known before is forgotten
            setattr(structure, field.attname, held.__dict__[field.attname])


def areas_of(district: District) -> AreaIndex:
    """The district's towns and squads; in a batch as they are at its first question."""
    return bulk.once(("areas", district.pk), lambda: areas.area_index(district))


def require_action(structure: Structure, action: Action) -> None:
    """Raise `StructureProblem` unless the table allows the action now."""
    status = Status(structure.status)
    if status not in TABLE[action]:
        raise StructureProblem(
            _("“%(action)s” is not possible while the structure is “%(state)s”.")
            % {"action": action.label, "state": status.label},
            "state",
        )
    if structure.written_off_at and action in BEFORE_WRITE_OFF:
        raise StructureProblem(_("The structure is written off: what that rests on stays as it is."), "state")


def require_undecided(structure: Structure) -> None:
    """Nothing changes the state while a proposal waits: whoever decides must decide on what was proposed."""
    if any(one.decided_at is None for one in records.proposals(structure)):
        raise StructureProblem(_("A proposed disposal is waiting. Decide on it first."), "state")


def step(
    structure: Structure,
    action: Action,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    procedure: str = "",
    number: str = "",
    deadline: Any = None,
    **data: Any,
) -> Step:
    """Record what happened to a locked entry: its step and the ledger's entry."""
    seq = records.step_count(structure) + 1
    made = Step(
        structure=structure, seq=seq, action=action, procedure=procedure, number=number, deadline=deadline,
        at=at, by=by, note=note[:TEXT_MOST], data=data,
    )  # fmt: skip
    bulk.insert(made)
    payload = {
        "seq": seq, "number": structure.number, "status": structure.status, "procedure": procedure,
        "document": number, "deadline": deadline, "note": note[:TEXT_MOST], **data,
    }  # fmt: skip
    ledger.append(structure.chain, action, payload, actor=by.username if by else "system", at=at)
    return made


def save(structure: Structure, *changed: str) -> None:
    """Write the named columns, the next clock, and raise the version."""
    structure.due_at = clocks.next_due(structure)
    structure.version += 1
    bulk.update(structure, *changed, "due_at", "version")


def keep_photo(
    structure: Structure, there: list[StructurePhoto], when: str, file: StoredFile, **said: Any
) -> StructurePhoto:
    """A photo of a locked entry; the same picture of the same moment and round is kept once.

    ``there``: the photos it has; the new one is added to them.
    """
    known = (when, structure.relapses, file.pk)
    for one in there:
        if (one.moment, one.round, one.file_id) == known:
            return one
    made = StructurePhoto(structure=structure, moment=when, round=structure.relapses, file=file, **said)
    bulk.insert(made)
    there.append(made)
    return made


def moment(at: datetime | None, structure: Structure | None = None) -> datetime:
    """When it happened: now unless said; neither in the future nor before the structure was found."""
    now = timezone.now()
    if at is not None and at > now:
        raise StructureProblem(_("A step cannot be dated in the future."), "at")
    if at is not None and structure is not None and at < structure.found_at:
        raise StructureProblem(_("That was before the structure was found."), "at")
    return at or now


def text(value: str, message: str, field: str, most: int = TEXT_MOST) -> str:
    """A text that must be there. Raises `StructureProblem` with the message."""
    value = " ".join(value.replace("\0", " ").split())
    if not value:
        raise StructureProblem(message, field)
    return value[:most]
