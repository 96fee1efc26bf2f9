"""Commit, draw, withdraw, open: `kernel.draw` for tasks.

What decides a draw is fixed and its hash published before the public values are known; the lists, the secret
and who the keys stand for lie sealed until the task is done.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.inspections import drawing_rules
from chengshu.inspections.lifecycle import DrawState, State, TaskAction, TaskState
from chengshu.inspections.models import (
    AnnualPlan,
    Draw,
    DrawSecret,
    Inspection,
    InspectionTask,
    PartnerOfficer,
)
from chengshu.kernel import draw as lot
from chengshu.kernel import files, secrets
from chengshu.kernel.models import StoredFile
from chengshu.kernel.privacy_masks import mask_text

from . import bulk, freezing, teams
from .base import InspectionProblem, locked_task, not_in_the_future, record, require, save, task_state_after
from .planning import required_reason

LARGEST_LIST = 1 << 30
LISTS = ("candidates", "officers")
SEALED = ("secret", *LISTS)


@transaction.atomic
def commit(
    task: InspectionTask,
    public_values: Sequence[Mapping[str, Any]],
    *,
    by: User,
    reason: str = "",
    at: datetime | None = None,
) -> Draw:
    """Freeze the lists and announce the draw: after this nothing can be chosen any more.

    ``public_values``: what will be mixed in, as `docs/draw-specification.md` describes it, due after now.
    ``reason``: why it is drawn again, where an earlier attempt was set aside. Raises `InspectionProblem`.
    """
    # one announcement at a time: the lists of the next must know what this one may draw
    district = District.objects.select_for_update(no_key=True).only("code").get(pk=task.district_id)
    bulk.settle()  # what was drawn before must be known
    current = locked_task(task.pk)
    current.district = district
    require(by, "inspections.draw", district_id=current.district_id)
    current.state = task_state_after(current, TaskAction.COMMIT)
    _require_no_other(current)
    drafts = AnnualPlan.objects.filter(state=AnnualPlan.State.DRAFT)
    if current.plan_id is not None and drafts.filter(pk=current.plan_id).exists():
        raise InspectionProblem(_("The plan of this task is not approved yet."), "plan")
    at = not_in_the_future(at)
    previous = current.draws.order_by("-attempt").first() if current.attempts else None
    secret, list_salt = lot.new_secret(), lot.new_secret()
    with translation.override(settings.LANGUAGE_CODE):  # what is announced is Chinese, whoever announces it
        frozen = freezing.freeze(current, list_salt, timezone.localdate(at))
        words = drawing_rules.in_words(drawing_rules.read(current.rules))
    _require_enough(frozen, current)
    rules = {
        "strata": frozen.strata,
        "team": frozen.team,
        "area_cap": drawing_rules.read(current.rules).area_cap,
        "text": words,
    }
    try:
        commitment = lot.commit(
            task=current.number,
            title=current.title,
            committed_at=at,
            candidates=frozen.candidates,
            officers=frozen.officers,
            rules=rules,
            secret=secret,
            public_values=public_values,
            attempt=current.attempts + 1,
            previous=previous.commitment_sha256 if previous else None,
            reason=_published_reason(reason or previous.abandoned_reason) if previous else "",
        )
        _require_known_beacons(commitment)
    except lot.DrawProblem as error:
        raise InspectionProblem(str(error), "public_values") from error
    made = Draw.objects.create(
        task=current,
        attempt=current.attempts + 1,
        commitment=commitment,
        commitment_sha256=lot.commitment_sha256(commitment),
        candidates=_keep(frozen.candidates, f"{current.number}-candidates.json"),
        officers=_keep(frozen.officers, f"{current.number}-officers.json"),
        committed_by=by,
        committed_at=at,
    )
    DrawSecret.objects.create(
        draw=made,
        secret=secrets.seal(secret.hex()),
        list_salt=secrets.seal(list_salt.hex()),
        object_ids=frozen.object_ids,
        people=frozen.people,
    )
    bulk.once(("draw", made.pk), lambda: made)
    current.attempts += 1
    if current.attempts == 1 and (batch := bulk.current()):
        batch.complete.add(current.pk)  # nothing was inspected before the first draw
    save(current, "state", "attempts")
    record(current, "commit", by=by, at=at, attempt=made.attempt, commitment=made.commitment_sha256)
    return made


def _published_reason(reason: str) -> str:
    """A reason as everybody reads it, masked for good: it stands in what is hashed."""
    return mask_text(required_reason(reason))


def _require_known_beacons(commitment: Mapping[str, Any]) -> None:
    """Of another chain nobody here can say whether the named round is known already."""
    for value in commitment["public_values"]:
        if value["kind"] == "beacon" and value["beacon"] not in lot.beacons():
            raise lot.DrawProblem(
                _("The times of the beacon %(code)s are not known here. Choose another.")
                % {"code": value["beacon"]}
            )


def _require_rounds(draw: Draw, values: Sequence[Mapping[str, Any]]) -> None:
    """A beacon's value comes with the round it is of, which `lot.draw` compares with the announced one."""
    for named, given in zip(draw.commitment["public_values"], values, strict=False):
        if named["kind"] == "beacon" and "round" not in given:
            raise InspectionProblem(
                _("Give the beacon's file: its round must be the announced one."), "values"
            )


def _require_no_other(task: InspectionTask) -> None:
    """Two announced draws over the same objects could take one twice: the first is drawn before the next."""
    others = InspectionTask.objects.filter(
        district=task.district_id, state=TaskState.COMMITTED, object_classes__overlap=task.object_classes
    ).exclude(pk=task.pk)
    if not others:
        return
    towns: dict[int, set[int]] = defaultdict(set)  # none: the whole district
    named = InspectionTask.towns.through._default_manager.filter(inspectiontask__in=[task, *others])
    for task_id, town_id in named.values_list("inspectiontask_id", "town_id"):
        towns[task_id].add(town_id)
    for other in others:
        mine, theirs = towns[task.pk], towns[other.pk]
        if not mine or not theirs or mine & theirs:
            raise InspectionProblem(
                _("%(task)s is announced over the same objects and not drawn yet. Draw it first.")
                % {"task": other.number}
            )


def _require_enough(frozen: freezing.Frozen, task: InspectionTask) -> None:
    rules = drawing_rules.read(task.rules)
    if not frozen.eligible or not any(stratum["quota"] for stratum in frozen.strata):
        raise InspectionProblem(_("No object fits these rules: nothing can be drawn."), "rules")
    if frozen.whole:
        raise InspectionProblem(
            _(
                "Every object of the part “%(part)s” would be drawn, so whoever reads the announcement would "
                "be warned. Draw fewer, divide less finely, or give the credit class a share of 100 %% if it "
                "is to be checked in full."
            )
            % {"part": frozen.whole[0]},
            "rules",
        )
    able = sum(officer[1] == freezing.OWN for officer in frozen.officers)
    if able < rules.officers:
        raise InspectionProblem(
            _("Only %(n)d officers have a certificate that is valid until the task is due.") % {"n": able},
            "squads",
        )


@transaction.atomic
def perform(
    draw: Draw, values: Sequence[Mapping[str, Any]], *, by: User, at: datetime | None = None
) -> list[Inspection]:
    """Draw with the public values as they came out, and give out the inspections.

    Only the hash of the opening is published now. Twice the same values: the inspections there are.
    """
    current = locked_task(draw.task_id)
    require(by, "inspections.draw", district_id=current.district_id)
    held = _with_secret(draw.pk)
    if held.state == DrawState.DRAWN and _same_values(held, values):
        bulk.settle()
        return list(held.inspections.all())
    if held.state != DrawState.COMMITTED:
        raise InspectionProblem(_("This attempt is not waiting for its draw."), "state")
    after = task_state_after(current, TaskAction.DRAW)
    at = not_in_the_future(at)
    _require_rounds(held, values)
    lists = _lists(held)
    try:
        proof = lot.draw(held.commitment, lists[0], lists[1], _secret(held), values, at)
    except lot.DrawProblem as error:
        raise InspectionProblem(str(error), "values") from error
    held.values, held.state = proof["values"], DrawState.DRAWN
    held.drawn_by, held.drawn_at = by, at
    held.opening_sha256 = lot.opening_sha256(proof)
    held.save(update_fields=["values", "state", "drawn_by", "drawn_at", "opening_sha256"])
    _keep_state(held, proof)
    made = teams.give_out(current, held, proof, _places(held, lists[0], proof), by=by, at=at)
    current.state, current.drawn_at, current.object_count = after, at, len(made)
    save(current, "state", "drawn_at", "object_count")
    record(current, "draw", by=by, at=at, attempt=held.attempt, opening=held.opening_sha256)
    return made


@transaction.atomic
def abandon(draw: Draw, reason: str, *, by: User, at: datetime | None = None) -> Draw:
    """Set an attempt aside, with a reason that is published; the task can be announced again.

    Refused once a result of it is reported: what was inspected stays.
    """
    bulk.settle()
    current = locked_task(draw.task_id)
    require(by, "inspections.draw", district_id=current.district_id)
    held = Draw.objects.select_for_update(of=("self",)).get(pk=draw.pk)
    if held.state not in (DrawState.COMMITTED, DrawState.DRAWN):
        raise InspectionProblem(_("This attempt is over already."), "state")
    if held.inspections.filter(done_at__isnull=False).exists():
        raise InspectionProblem(_("Results are reported already. The draw stands."), "state")
    current.state = task_state_after(current, TaskAction.ABANDON)
    at = not_in_the_future(at)
    held.state, held.abandoned_at = DrawState.ABANDONED, at
    held.abandoned_reason = _published_reason(reason)
    held.save(update_fields=["state", "abandoned_at", "abandoned_reason"])
    bulk.forget()
    teams.take_back_all(held, by=by, at=at, note=held.abandoned_reason)
    current.object_count = current.done_count = current.problem_count = 0
    save(current, "state", "object_count", "done_count", "problem_count")
    record(current, "abandon", by=by, at=at, attempt=held.attempt, reason=held.abandoned_reason)
    return held


@transaction.atomic
def withdraw(
    inspection: Inspection,
    code: str,
    *,
    by: User,
    officer: User | PartnerOfficer | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Inspection | None:
    """Withdraw a drawn object, or an officer from it (also another department's); the next in
    line follows by the same proof.

    Returns the inspection that took its place (of an object; None where the line has ended), or the one
    that has a new officer. The note stays inside the bureau. Raises `InspectionProblem`.
    """
    if inspection.draw_id is None or inspection.task_id is None:
        raise InspectionProblem(_("This inspection did not come out of a draw."))
    bulk.settle()
    current = locked_task(inspection.task_id)
    teams.require_withdrawing(inspection, by)
    held = _with_secret(inspection.draw_id)
    if held.state != DrawState.DRAWN:
        raise InspectionProblem(_("The proof of this draw is open: nothing is withdrawn any more."), "state")
    at = not_in_the_future(at)
    before = proof_of(held)
    key = teams.officer_key(inspection, officer) if officer else None
    try:
        proof = lot.withdraw(before, inspection.draw_key, key, teams.checked_code(code, officer), at)
    except lot.DrawProblem as error:
        raise InspectionProblem(str(error), "code") from error
    held.withdrawal_count = len(proof["withdrawals"])
    held.save(update_fields=["withdrawal_count"])
    _keep_state(held, proof)
    hash_now = lot.final_sha256(proof)
    record(current, "withdraw", by=by, at=at, attempt=held.attempt, code=code, final=hash_now)
    if officer is not None:
        return teams.replace(inspection, held, proof, code, by=by, note=note, at=at)
    teams.take_back(inspection, code, by=by, note=note, at=at)
    new = {row[0] for row in proof["final"]} - {row[0] for row in before["final"]}
    followers = []
    if new:
        rows = [row for row in proof["final"] if row[0] in new]
        part = {**proof, "final": rows}
        followers = teams.give_out(
            current, held, part, _places(held, proof["candidates"], part), by=by, at=at
        )
    from .counting import recount

    recount(current, by=by, at=at)
    return followers[0] if followers else None


def open_proof(task: InspectionTask, *, by: User | None, at: datetime) -> Draw:
    """Publish the whole proof: the task is done, nobody is warned any more.

    With it open the proofs of the attempts that were drawn and set aside: whether a draw was repeated until
    it suited is seen only there. They stay set aside. Returns the attempt that counts.
    """
    closed = Draw.objects.filter(task=task, proof=None).exclude(drawn_at=None).order_by("attempt")
    if bulk.current():
        drawn = [_with_secret(pk) for pk in closed.values_list("pk", flat=True)]
    else:
        drawn = list(closed.select_related(*SEALED))
    held = next(draw for draw in drawn if draw.state == DrawState.DRAWN)
    for draw in drawn:
        draw.task = task
        if draw.pk != held.pk:
            _publish_proof(draw, by=by, at=at)
    held.state = DrawState.OPENED
    _publish_proof(held, by=by, at=at)
    return held


def _publish_proof(draw: Draw, *, by: User | None, at: datetime) -> None:
    proof = proof_of(draw)
    name = f"{draw.task.number}-{draw.attempt}-proof.json"
    draw.proof = files.store(io.BytesIO(lot.canonical(proof)), name=name, kind="any", limit=LARGEST_LIST)
    draw.proof_sha256 = draw.proof.sha256  # what `lot.proof_sha256` says
    draw.opened_at = at
    draw.save(update_fields=["proof", "proof_sha256", "state", "opened_at"])
    record(draw.task, "open", by=by, at=at, attempt=draw.attempt, proof=draw.proof_sha256)


def proof_of(draw: Draw) -> dict[str, Any]:
    """The proof of a draw as it stands now, with its lists. For services and whoever may see it already."""
    candidates, officers = _lists(draw)
    state: dict[str, Any] = draw.secret.state
    if not state:
        raise InspectionProblem(_("This attempt is not drawn yet."), "state")
    return {**state, "candidates": candidates, "officers": officers, "secret": _secret(draw).hex()}


def salt_of(draw: Draw, identity: str) -> str:
    """The salt by which one object (or officer) can prove its own key; given to nobody else."""
    return lot.salt_for(bytes.fromhex(secrets.unseal(draw.secret.list_salt)), identity)


def _with_secret(draw_id: int) -> Draw:
    """An attempt with what is kept of it beside; a batch keeps the one it has made."""
    rows = Draw.objects.select_related(*SEALED)
    return bulk.once(("draw", draw_id), lambda: rows.get(pk=draw_id))


def _secret(draw: Draw) -> bytes:
    return bytes.fromhex(secrets.unseal(draw.secret.secret))


def _keep_state(draw: Draw, proof: Mapping[str, Any]) -> None:
    """What of the proof is not kept elsewhere; the secret only sealed."""
    draw.secret.state = {name: part for name, part in proof.items() if name not in (*LISTS, "secret")}
    draw.secret.save(update_fields=["state"])


def _keep(rows: list[list[Any]], name: str) -> StoredFile:
    return files.store(io.BytesIO(lot.canonical(rows)), name=name, kind="any", limit=LARGEST_LIST)


def _lists(draw: Draw) -> tuple[list[Any], list[Any]]:
    return bulk.once(("lists", draw.pk), lambda: _read_lists(draw))


def _read_lists(draw: Draw) -> tuple[list[Any], list[Any]]:
    read = []
    for name in LISTS:
        with files.open_verified(getattr(draw, name)) as content:
            read.append(json.load(content))
    return read[0], read[1]


def _places(draw: Draw, candidates: Sequence[Sequence[Any]], proof: Mapping[str, Any]) -> dict[str, int]:
    """The object of each key in the proof's final list."""
    wanted = {row[0] for row in proof["final"]}
    ids = np.frombuffer(bytes(draw.secret.object_ids), dtype="<i8")
    return {row[0]: int(ids[place]) for place, row in enumerate(candidates) if row[0] in wanted}


def _same_values(draw: Draw, values: Sequence[Mapping[str, Any]]) -> bool:
    given = [value.get("value") for value in values]
    return given == [value["value"] for value in draw.values or []]


def live(task: InspectionTask) -> Draw | None:
    """The attempt that counts now."""
    return task.draws.exclude(state=DrawState.ABANDONED).first()


def finished(task: InspectionTask) -> bool:
    """Whether every drawn object is inspected and settled."""
    open_ones = Inspection.objects.filter(task=task).exclude(state__in=[State.CLOSED, State.WITHDRAWN])
    return not open_ones.exists()
