"""判定: one verdict a suspect, at the pace of a keyboard; samples are read by a second person."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.sensing.lifecycle import VERDICTS, Role, SecondState, SuspectState
from chengshu.sensing.models import Decision, Suspect
from chengshu.sensing.refusing import DECIDE, SETTLE, SensingProblem, require
from chengshu.sensing.rules import rules

State = SuspectState


def lock(suspect_id: int) -> Suspect:
    """The suspect as it stands now, locked until the caller's transaction ends."""
    return Suspect.objects.select_for_update(of=("self",)).select_related("comparison").get(pk=suspect_id)


@transaction.atomic
def decide(
    suspect: Suspect,
    verdict: str,
    *,
    by: User,
    request_key: str = "",
    under_construction: bool = False,
    note: str = "",
) -> Suspect:
    """Give a verdict on an open suspect. The same ``request_key`` again, or the same verdict by the same
    person, changes nothing. Raises `SensingProblem`, PermissionDenied.
    """
    held = lock(suspect.pk)
    require(by, DECIDE, district_id=held.district_id, squad_id=held.squad_id)
    _check_verdict(verdict)
    if request_key and (known := Decision.objects.filter(request_key=request_key).first()):
        if (known.suspect_id, known.verdict, known.by_id) != (held.pk, verdict, by.pk):
            raise SensingProblem(_("This request key was used for another decision."), "request_key")
        return held
    if held.state != State.OPEN:
        if held.decided_by_id == by.pk and held.state == verdict:
            return held
        raise SensingProblem(
            _("The suspect is decided already: %(state)s.") % {"state": State(held.state).label}, "state"
        )
    held.state, held.decided_by, held.decided_at = verdict, by, timezone.now()
    held.under_construction = under_construction and verdict == State.LEAD
    held.second = SecondState.DUE if is_sample(held) else SecondState.NONE
    held.save(update_fields=["state", "decided_by", "decided_at", "under_construction", "second"])
    _note(held, Role.FIRST, verdict, by, note, request_key)
    return held


def is_sample(suspect: Suspect) -> bool:
    """Whether a second person reads this one: drawn by the comparison's seed, the same each time."""
    drawn = hashlib.sha256(f"{suspect.comparison.seed}:{suspect.number}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") / 2**64 < rules().second_reader_share


@transaction.atomic
def undo(suspect: Suspect, *, by: User) -> Suspect:
    """Take one's own verdict back until it is sent or read a second time; or one that a permit gave.

    Raises `SensingProblem`, PermissionDenied.
    """
    held = lock(suspect.pk)
    require(by, DECIDE, district_id=held.district_id, squad_id=held.squad_id)
    if held.state == State.OPEN:
        return held
    if held.lead_id is not None:
        raise SensingProblem(_("The suspect was sent as a lead; it ends there."), "state")
    if held.second not in (SecondState.NONE, SecondState.DUE):
        raise SensingProblem(_("A second reader has looked at it already."), "state")
    if held.decided_by_id not in (by.pk, None):
        raise SensingProblem(_("Only whoever decided may take it back."), "state")
    held.state, held.decided_by, held.decided_at = State.OPEN, None, None
    held.footprint, held.second, held.under_construction = None, SecondState.NONE, False
    held.save(
        update_fields=["state", "decided_by", "decided_at", "footprint", "second", "under_construction"]
    )
    _note(held, Role.UNDO, State.OPEN, by)
    return held


@transaction.atomic
def second_read(suspect: Suspect, verdict: str, *, by: User, note: str = "") -> Suspect:
    """The verdict of the second reader of a sample, who is another person.

    Where both disagree the suspect waits to be settled. Raises `SensingProblem`, PermissionDenied.
    """
    held = lock(suspect.pk)
    require(by, DECIDE, district_id=held.district_id, squad_id=held.squad_id)
    _check_verdict(verdict)
    if held.second != SecondState.DUE:
        raise SensingProblem(_("No second reading is due here."), "state")
    if held.decided_by_id == by.pk:
        raise SensingProblem(_("The second reader is another person than the first."), "state")
    held.second = SecondState.AGREED if verdict == held.state else SecondState.DISAGREED
    held.save(update_fields=["second"])
    _note(held, Role.SECOND, verdict, by, note)
    return held


@transaction.atomic
def settle(suspect: Suspect, verdict: str, *, by: User, note: str) -> Suspect:
    """End a disagreement between two readers, by a third person with a reason.

    Raises `SensingProblem`, PermissionDenied.
    """
    held = lock(suspect.pk)
    require(by, SETTLE, district_id=held.district_id, squad_id=held.squad_id)
    _check_verdict(verdict)
    if held.second != SecondState.DISAGREED:
        raise SensingProblem(_("The readers do not disagree here."), "state")
    if not note.strip():
        raise SensingProblem(_("Say why."), "note")
    readers = held.decisions.filter(role__in=(Role.FIRST, Role.SECOND)).values_list("by", flat=True)
    if by.pk in set(readers):
        raise SensingProblem(_("Whoever read it may not settle it."), "state")
    if held.lead_id is not None and verdict != State.LEAD:
        raise SensingProblem(_("The suspect was sent as a lead; it ends there."), "state")
    held.state, held.second = verdict, SecondState.SETTLED
    held.under_construction = held.under_construction and verdict == State.LEAD
    held.save(update_fields=["state", "second", "under_construction"])
    _note(held, Role.SETTLE, verdict, by, note)
    return held


def _check_verdict(verdict: str) -> None:
    if verdict not in {str(one) for one in VERDICTS}:
        raise SensingProblem(_("There is no such verdict."), "verdict")


def _note(
    suspect: Suspect, role: Role, verdict: str, by: User, note: str = "", request_key: str = ""
) -> Decision:
    return Decision.objects.create(
        suspect=suspect, role=role, verdict=verdict, by=by, at=timezone.now(), note=note.strip()[:300],
        score=suspect.score, request_key=request_key or None,
    )  # fmt: skip
