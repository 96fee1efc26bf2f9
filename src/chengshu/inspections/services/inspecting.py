"""The inspection itself: arriving, reporting, correcting, re-checking, handing over."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

import orjson
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import (
    HANDED_OVER,
    OPEN,
    PROBLEM,
    Action,
    Kind,
    Result,
    State,
)
from chengshu.inspections.models import (
    Checklist,
    Inspection,
    InspectionPhoto,
    InspectionReport,
)
from chengshu.kernel import files

from . import bulk, counting, handing_over, publishing
from .base import (
    InspectionProblem,
    locked,
    locked_task,
    not_in_the_future,
    require_action,
    save,
    step,
)

FOUND = ("yes", "no", "not_applicable")
Signing = InspectionReport.Signing


@dataclass(frozen=True)
class Answer:
    """What was found for one entry of the checklist: a problem, none, or does not apply."""

    code: str
    found: str
    note: str = ""


@dataclass(frozen=True)
class Report:
    """What an officer records on site. ``client_id`` is made once by the device: a retry counts once."""

    result: int
    answers: Sequence[Answer]
    signing: str
    client_id: uuid.UUID = field(default_factory=uuid.uuid4)
    note: str = ""
    corrected: bool = False
    rectify_by: date | None = None
    position: tuple[float, float] | None = None
    party_name: str = ""
    signature: BinaryIO | None = None
    signature_name: str = "signature.png"
    unsigned_because: str = ""
    correction_reason: str = ""


@dataclass(frozen=True)
class Photo:
    """A photo with where and when it was taken; ``entry`` is the code of an entry of the checklist."""

    content: BinaryIO
    name: str
    entry: str = ""
    taken_at: datetime | None = None
    position: tuple[float, float] | None = None


@transaction.atomic
def start(
    inspection: Inspection, *, by: User, at: datetime | None = None, client_id: uuid.UUID | None = None
) -> Inspection:
    """Arrive on site. From here on the checklist that was in force on the day is fixed."""
    current = locked(inspection.pk)
    require_of_team(current, by)
    if taken(current, Action.START, client_id):
        return current
    require_action(current, Action.START)
    at = _not_before(current, not_in_the_future(at))
    current.state, current.started_at = State.STARTED, at
    current.checklist = current.checklist or checklist_on(current, timezone.localdate(at))
    save(current, "state", "started_at", "checklist")
    step(current, Action.START, by=by, at=at, **asked_by(client_id))
    return current


@transaction.atomic
def report(
    inspection: Inspection,
    stated: Report,
    *,
    by: User,
    photos: Sequence[Photo] = (),
    at: datetime | None = None,
    expected_version: int | None = None,
) -> Inspection:
    """Report the result: every entry answered, signed or said why not, photos where the entry asks for them.

    A result that says more follows (8, and 3 and 6) hands a lead over in the same transaction.
    Raises `InspectionProblem`, `FileProblem`; PermissionDenied for whoever is not of the team.
    """
    if known := _reported(inspection, stated.client_id):
        return known
    current = locked(inspection.pk, expected_version=expected_version)
    if known := _reported(inspection, stated.client_id):  # by the same request a moment ago
        return known
    require_of_team(current, by)
    require_action(current, Action.REPORT)
    at = _not_before(current, not_in_the_future(at))
    current.checklist = current.checklist or checklist_on(current, timezone.localdate(at))
    _add_photos(current, photos, by)
    first = current.done_at is None
    _keep(current, stated, by, at)
    if first:
        current.done_at = at
    save(current, "done_at", "checklist", *_SUMMARY)
    data = {"result": stated.result, "problems": current.problem_count, "corrected": stated.corrected}
    step(current, Action.REPORT, by=by, at=at, note=stated.note, **data)
    if stated.result in HANDED_OVER:
        handing_over.as_lead(current, by=by, at=at)
    _count(current, by=by, at=at)
    return current


@transaction.atomic
def correct(
    inspection: Inspection,
    stated: Report,
    *,
    by: User,
    photos: Sequence[Photo] = (),
    at: datetime | None = None,
) -> Inspection:
    """Correct a reported result by a further report that says why; the earlier one stays.

    What was published of it must be withdrawn and published anew: `publishing` sees to that.
    """
    if known := _reported(inspection, stated.client_id):
        return known
    current = locked(inspection.pk)
    require_of_team(current, by)
    require_action(current, Action.CORRECT)
    if not stated.correction_reason.strip():
        raise InspectionProblem(_("Say why the result is corrected."), "correction_reason")
    at = not_in_the_future(at)
    _add_photos(current, photos, by)
    ordered = current.result == Result.ORDERED and not current.corrected
    settled_at = current.closed_at if ordered else None  # re-checked or handed over already
    _keep(current, stated, by, at)
    if settled_at is not None and current.state == State.ORDERED:
        current.state, current.closed_at = State.CLOSED, settled_at
    save(current, *_SUMMARY)
    step(current, Action.CORRECT, by=by, at=at, note=stated.correction_reason, result=stated.result)
    if stated.result in HANDED_OVER and current.lead_id is None:
        handing_over.as_lead(current, by=by, at=at)
    _count(current, by=by, at=at)
    return current


@transaction.atomic
def recheck(
    inspection: Inspection,
    *,
    complied: bool,
    by: User,
    note: str = "",
    rectify_by: date | None = None,
    photos: Sequence[Photo] = (),
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
) -> Inspection:
    """Look whether an order to rectify was followed. Not followed: a lead follows, or a later date is set."""
    current = locked(inspection.pk)
    require_of_team(current, by)
    if taken(current, Action.RECHECK, client_id):
        return current
    at = not_in_the_future(at)
    require_action(current, Action.RECHECK)
    if current.done_at is not None and at < current.done_at:
        raise InspectionProblem(_("The re-check cannot come before the inspection."), "at")
    _add_photos(current, photos, by)
    if not complied and rectify_by is not None:
        if rectify_by <= timezone.localdate(at):
            raise InspectionProblem(_("The new date lies in the past."), "rectify_by")
        current.rectify_by = rectify_by
        save(current, "rectify_by")
        said = {"complied": False, "rectify_by": str(rectify_by), **asked_by(client_id)}
        step(current, Action.RECHECK, by=by, at=at, note=note, **said)
        publishing.publish_recheck(current, by=by, at=at)
        return current
    current.state, current.closed_at = State.CLOSED, at
    save(current, "state", "closed_at")
    step(current, Action.RECHECK, by=by, at=at, note=note, complied=complied, **asked_by(client_id))
    publishing.publish_recheck(current, by=by, at=at)
    if not complied:
        handing_over.as_lead(current, by=by, at=at, refused=True)
    _count(current, by=by, at=at)
    return current


@transaction.atomic
def hand_over(inspection: Inspection, *, by: User, at: datetime | None = None) -> Inspection:
    """Make a lead of what was found, with everything that was recorded; nothing is typed again."""
    current = locked(inspection.pk)
    require_of_team(current, by)
    require_action(current, Action.HAND_OVER)
    if current.lead_id is None and current.result not in PROBLEM:
        raise InspectionProblem(_("No problem was found: there is nothing to hand over."))
    at = not_in_the_future(at)
    handing_over.as_lead(current, by=by, at=at)
    _count(current, by=by, at=at)
    return current


@transaction.atomic
def add_photos(inspection: Inspection, photos: Sequence[Photo], *, by: User) -> list[InspectionPhoto]:
    """Keep photos before the result is reported (the phone sends them one by one); each file once."""
    current = locked(inspection.pk)
    require_of_team(current, by)
    if current.state not in OPEN:
        raise InspectionProblem(_("The inspection is finished. Correct the result to add photos."), "state")
    return _add_photos(current, photos, by)


def taken(inspection: Inspection, action: Action, client_id: uuid.UUID | None) -> bool:
    """Whether this very request has been carried out: a retry counts once."""
    if client_id is None:
        return False
    if file := bulk.file_of(inspection):
        return any((one.action, one.data.get("client_id")) == (action, str(client_id)) for one in file.steps)
    return inspection.steps.filter(action=action, data__client_id=str(client_id)).exists()


def asked_by(client_id: uuid.UUID | None) -> dict[str, str]:
    """What a step keeps of the request, for `taken`."""
    return {} if client_id is None else {"client_id": str(client_id)}


def require_of_team(inspection: Inspection, by: User) -> None:
    """One of the drawn officers records; nobody else, whatever the rank (handbook 6: results are locked)."""
    if not by.may("inspections.work") or not _of_team(inspection, by):
        raise PermissionDenied("inspections.work")


def _of_team(inspection: Inspection, by: User) -> bool:
    if file := bulk.file_of(inspection):
        return any(one.user_id == by.pk and one.replaced_at is None for one in file.team)
    return inspection.team.filter(user=by, replaced_at=None).exists()


def checklist_on(inspection: Inspection, day: date) -> Checklist:
    """The newest checklist of the class that is valid on the day. Raises `InspectionProblem`."""
    mine = {"district": inspection.district_id, "object_class": inspection.object_class}
    rows = Checklist.objects.filter(**mine).order_by("-valid_from", "-version")
    if bulk.current():
        known = bulk.once(("checklists", *mine.values()), lambda: list(rows))
        found = next((one for one in known if one.valid_from <= day), None)
    else:
        found = rows.filter(valid_from__lte=day).first()
    if found is None:
        raise InspectionProblem(
            _("There is no checklist for this class of objects on that day."), "checklist"
        )
    return found


_SUMMARY = ("state", "result", "problem_count", "corrected", "rectify_by", "closed_at")


def _reported(inspection: Inspection, client_id: uuid.UUID) -> Inspection | None:
    batch, file = bulk.current(), bulk.file_of(inspection)
    row = batch.reported(client_id) if batch else None
    if row is None and not (file and file.new):  # of a new one the database is asked when it is written
        row = InspectionReport.objects.filter(client_id=client_id).only("inspection_id").first()
    if row is None:
        return None
    if row.inspection_id != inspection.pk:
        raise InspectionProblem(_("This record belongs to another inspection."), "client_id")
    return locked(inspection.pk) if batch else Inspection.objects.get(pk=inspection.pk)


def _not_before(inspection: Inspection, at: datetime) -> datetime:
    """The moment, which lies after the draw, the arrival and the first day. Raises `InspectionProblem`."""
    first = [inspection.started_at, inspection.draw.drawn_at if inspection.draw else None]
    if any(moment is not None and at < moment for moment in first):
        raise InspectionProblem(_("That lies before the draw or the arrival on site."), "at")
    if inspection.draw_id is None and timezone.localdate(at) < inspection.starts_on:
        raise InspectionProblem(_("That lies before the first day of the inspection."), "at")
    return at


def _keep(inspection: Inspection, stated: Report, by: User, at: datetime) -> InspectionReport:
    """Check what was stated, keep it as a report, and set the summary on the inspection."""
    answers = _checked_answers(inspection, stated)
    problems = [answer for answer in answers if answer["found"] == "yes"]
    _check_result(stated, len(problems), timezone.localdate(inspection.done_at or at))
    signature = _signature(stated)
    file = bulk.file_of(inspection)
    known = len(file.reports) if file else InspectionReport.objects.filter(inspection=inspection).count()
    made = InspectionReport(
        inspection=inspection,
        seq=known + 1,
        client_id=stated.client_id,
        at=at,
        by=by,
        result=stated.result,
        answers=answers,
        note=stated.note.strip()[:1000],
        corrected=stated.corrected,
        rectify_by=stated.rectify_by,
        position=stated.position,
        party_name=stated.party_name.strip()[:60],
        signing=stated.signing,
        signature=signature,
        unsigned_because=stated.unsigned_because.strip()[:200],
        correction_reason=stated.correction_reason.strip()[:300],
    )
    made.digest = report_digest(made)
    bulk.keep([made])
    record_of = {"report": made.seq, "digest": made.digest}
    from chengshu.kernel import ledger

    ledger.append(inspection.chain, "result", record_of, actor=by.username, at=at)
    running = stated.result == Result.ORDERED and not stated.corrected
    inspection.state = State.ORDERED if running else State.CLOSED
    inspection.result, inspection.problem_count = stated.result, len(problems)
    inspection.corrected, inspection.rectify_by = stated.corrected, stated.rectify_by
    inspection.closed_at = None if running else at
    return made


def report_digest(made: InspectionReport) -> str:
    """SHA-256 over what the report says, as the ledger names it."""
    columns: Mapping[str, Any] = {
        "inspection": made.inspection_id,
        "seq": made.seq,
        "client_id": str(made.client_id),
        "at": made.at.isoformat(),
        "by": made.by_id,
        "result": int(made.result),
        "answers": made.answers,
        "note": made.note,
        "corrected": made.corrected,
        "rectify_by": str(made.rectify_by or ""),
        "position": [f"{part:.7f}" for part in made.position] if made.position else None,
        "party_name": made.party_name,
        "signing": made.signing,
        "signature": made.signature.sha256 if made.signature else "",
        "unsigned_because": made.unsigned_because,
        "correction_reason": made.correction_reason,
    }
    return hashlib.sha256(orjson.dumps(columns, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _checked_answers(inspection: Inspection, stated: Report) -> list[dict[str, str]]:
    if inspection.checklist is None:
        raise InspectionProblem(
            _("There is no checklist for this class of objects on that day."), "checklist"
        )
    entries = {entry["code"]: entry for entry in inspection.checklist.entries}
    given = {answer.code: answer for answer in stated.answers}
    if unknown := given.keys() - entries.keys():
        raise InspectionProblem(
            _("The checklist has no entry %(code)s.") % {"code": sorted(unknown)[0]}, "answers"
        )
    file = bulk.file_of(inspection)
    photos = (one.entry for one in file.photos) if file else inspection.photos.values_list("entry", flat=True)
    with_photo = set(photos)
    answers = []
    nothing_there = stated.result in (Result.NOT_REACHABLE, Result.NO_ACTIVITY)
    for code, entry in entries.items():
        answer = given.get(code) or (Answer(code, "not_applicable") if nothing_there else None)
        if answer is None or answer.found not in FOUND:
            raise InspectionProblem(
                _("Entry %(n)s “%(entry)s” is not answered yet.") % {"n": code, "entry": entry["zh"]},
                "answers",
            )
        if answer.found == "yes" and entry.get("photo") and code not in with_photo:
            raise InspectionProblem(
                _("A problem at “%(entry)s” needs a photo.") % {"entry": entry["zh"]}, "photos"
            )
        answers.append({"code": code, "found": answer.found, "note": answer.note.strip()[:500]})
    return answers


def _check_result(stated: Report, problems: int, day: date) -> None:
    if stated.result not in Result.values:
        raise InspectionProblem(_("Choose one of the eight results."), "result")
    if stated.result in (Result.ORDERED, Result.PENDING) and not problems:
        raise InspectionProblem(_("The result says a problem was found, but no entry does."), "result")
    if stated.result not in PROBLEM and problems:
        raise InspectionProblem(_("Entries say a problem was found, but the result does not."), "result")
    if stated.result == Result.ORDERED and not stated.corrected:
        if stated.rectify_by is None:
            raise InspectionProblem(_("Set the day by which it is to be put right."), "rectify_by")
        if stated.rectify_by < day:
            raise InspectionProblem(
                _("The day by which it is to be put right lies in the past."), "rectify_by"
            )
    if stated.result != Result.ORDERED and (stated.corrected or stated.rectify_by):
        raise InspectionProblem(_("Only an ordered correction is put right or has a date."), "result")


def _signature(stated: Report) -> Any:
    if stated.signing not in Signing.values:
        raise InspectionProblem(_("Say whether the party signed."), "signing")
    if stated.signing == Signing.SIGNED:
        if stated.signature is None or not stated.party_name.strip():
            raise InspectionProblem(_("The party's name and signature are missing."), "signature")
        return files.store(stated.signature, name=stated.signature_name, kind="photo")
    if not stated.unsigned_because.strip():
        raise InspectionProblem(
            _("Say why the party did not sign, and who witnessed it."), "unsigned_because"
        )
    return None


def _add_photos(inspection: Inspection, photos: Sequence[Photo], by: User) -> list[InspectionPhoto]:
    _require_known_entries(inspection, photos)
    kept = []
    for photo in photos:
        stored = files.store(photo.content, name=photo.name, kind="photo")
        one = {"inspection": inspection, "entry": photo.entry, "file": stored}
        defaults = {
            "name": files.clean_name(photo.name),
            "taken_at": photo.taken_at,
            "position": photo.position,
            "by": by,
        }
        if file := bulk.file_of(inspection):
            known = (row for row in file.photos if (row.entry, row.file_id) == (photo.entry, stored.pk))
            if (made := next(known, None)) is None:
                bulk.keep([made := InspectionPhoto(**one, **defaults)])
        else:
            made, _created = InspectionPhoto.objects.get_or_create(**one, defaults=defaults)
        kept.append(made)
    return kept


def _require_known_entries(inspection: Inspection, photos: Sequence[Photo]) -> None:
    named = {photo.entry for photo in photos if photo.entry}
    if not named:
        return
    checklist = inspection.checklist or checklist_on(inspection, timezone.localdate())
    if unknown := named - {entry["code"] for entry in checklist.entries}:
        raise InspectionProblem(
            _("The checklist has no entry %(code)s.") % {"code": sorted(unknown)[0]}, "entry"
        )


def _count(inspection: Inspection, *, by: User | None, at: datetime) -> None:
    """Keep the task's figures, and finish it with its last inspection."""
    if inspection.kind != Kind.RANDOM or inspection.task_id is None:
        return
    counting.recount(locked_task(inspection.task_id), by=by, at=at)
