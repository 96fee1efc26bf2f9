"""What is found out about an entry: surveys, findings, statutory steps, notes, photos, the case."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import User
from chengshu.cases.models import Case
from chengshu.kernel import exif, files
from chengshu.kernel.models import StoredFile
from chengshu.structures import settings
from chengshu.structures.lifecycle import Action, Finding, Method, Moment, Note, Status
from chengshu.structures.models import Step, Structure, StructureFinding, StructurePhoto, Survey
from chengshu.structures.places import geometry_of, metres_between
from chengshu.structures.queries import clocks, records

from . import bulk
from .base import (
    WORK,
    StructureProblem,
    areas_of,
    keep_photo,
    locked,
    moment,
    require,
    require_action,
    save,
    show,
    step,
    text,
)
from .entering import read_polygon

LARGEST_M2 = Decimal(1_000_000)
CENT = Decimal("0.01")
FILE_LIMIT = 20 << 20
Position = tuple[float, float]


@dataclass(frozen=True)
class Photo:
    """An opened picture; what the camera wrote into it counts where nothing else is stated."""

    content: BinaryIO
    name: str
    moment: str
    taken_at: datetime | None = None
    position: Position | None = None


@transaction.atomic
def survey(
    structure: Structure,
    area_m2: Decimal,
    method: str,
    *,
    by: User | None,
    at: datetime | None = None,
    storeys: int | None = None,
    height_m: Decimal | None = None,
    polygon: dict[str, Any] | None = None,
    note: str = "",
) -> Survey:
    """Measure it: the only way in which the area changes. m² and metres. Raises `StructureProblem`."""
    held = locked(structure.pk, by)
    require_action(held, Action.SURVEY)
    at = moment(at, held)
    if method not in Method.values:
        raise StructureProblem(_("Say how it was measured."), "method")
    area = Decimal(area_m2).quantize(CENT)
    if not area.is_finite() or not 0 < area < LARGEST_M2:
        raise StructureProblem(_("The area cannot be right."), "area_m2")
    outline = read_polygon(polygon)
    moved = _require_place(held, outline, by) if outline is not None else []
    made = Survey(
        structure=held, area_m2=area, method=method, storeys=storeys, height_m=height_m, at=at, by=by,
        polygon=mapping(outline) if outline is not None else None, note=note.strip()[:300],
    )  # fmt: skip
    bulk.insert(made)
    before, held.area_m2 = held.area_m2, area
    changed = ["area_m2"]
    for name, value in (("storeys", storeys), ("height_m", height_m)):
        if value is not None:
            setattr(held, name, value)
            changed.append(name)
    if outline is not None:
        inside = outline.representative_point()
        held.polygon, held.position = made.polygon, (round(inside.x, 7), round(inside.y, 7))
        changed += ["polygon", "position", *moved]
    step(held, Action.SURVEY, by=by, at=at, note=note, area=str(area), method=method,
         before=None if before is None else str(before))  # fmt: skip
    save(held, *changed)
    show(structure, held)
    return made


def _require_place(held: Structure, outline: BaseGeometry, by: User | None) -> list[str]:
    """An outline lies where the entry is; the columns of town and squad if it has them anew."""
    if held.status == Status.DEMOLISHED and held.polygon:
        raise StructureProblem(_("The outline from before the demolition stays."), "polygon")
    inside, before = outline.representative_point(), geometry_of(held)
    most = settings.rules().moved_most_m
    if before is not None and (metres := metres_between(outline, before)) > most:
        raise StructureProblem(
            _("The outline lies %(n)d m from the place of the entry; up to %(most)d m is possible.")
            % {"n": round(metres), "most": most},
            "polygon",
        )
    index = areas_of(held.district)
    place = index.place(inside.x, inside.y)
    if place.town is None:
        if index.towns is not None:
            raise StructureProblem(_("The position lies outside the district."), "position")
        return []
    if before is None and place.town != held.town_id:
        raise StructureProblem(_("The outline lies in another street or town."), "polygon")
    if (place.town, place.squad) == (held.town_id, held.squad_id):
        return []
    require(by, WORK, district_id=held.district_id, squad_id=place.squad)
    held.town_id, held.squad_id = place.town, place.squad
    return ["town", "squad"]


@transaction.atomic
def find(
    structure: Structure,
    result: str,
    *,
    by: User,
    number: str = "",
    at: datetime | None = None,
    note: str = "",
) -> StructureFinding:
    """The finding (认定). That it is legal or not there needs the reason. Raises `StructureProblem`."""
    held = locked(structure.pk, by)
    require_action(held, Action.FIND)
    at = moment(at, held)
    if result not in Finding.values:
        raise StructureProblem(_("Choose the result of the finding."), "result")
    if result != Finding.ILLEGAL:
        note = text(note, _("Say what the finding rests on."), "note")
    made = StructureFinding(
        structure=held, result=result, number=number.strip()[:80], at=at, by=by, note=note[:500]
    )
    bulk.insert(made)
    step(held, Action.FIND, by=by, at=at, note=note, number=made.number, result=result)
    save(held)
    return made


@transaction.atomic
def take_step(
    structure: Structure,
    code: str,
    *,
    by: User,
    number: str = "",
    deadline: date | None = None,
    at: datetime | None = None,
    note: str = "",
) -> Step:
    """A step of the statutory procedure (`data/procedure.yaml`), in its order and not before its time."""
    held = locked(structure.pk, by)
    require_action(held, Action.PROCEDURE)
    at = moment(at, held)
    rule = settings.steps().get(code)
    if rule is None:
        raise StructureProblem(_("The procedure has no such step."), "code")
    if why := clocks.why_not(held, rule, clocks.steps_of(held), at):
        raise StructureProblem(why, "code")
    if rule.number:
        number = text(number, _("Give the number of the document."), "number", 80)
    if rule.deadline and (deadline is None or deadline < timezone.localdate(at)):
        raise StructureProblem(_("Set a last day that does not lie before the step."), "deadline")
    if code == "notice" and deadline is not None:
        _require_whole_notice(held, at, deadline)
    made = step(held, Action.PROCEDURE, by=by, at=at, note=note, procedure=code, number=number.strip()[:80],
                deadline=deadline if rule.deadline else None)  # fmt: skip
    save(held)
    show(structure, held)
    return made


def _require_whole_notice(held: Structure, at: datetime, deadline: date) -> None:
    """A public notice stands for the least number of days that the rules demand."""
    on = timezone.localdate(at)
    for rule in settings.clocks():
        if rule.code == "notice" and rule.applies_to(building=held.building, day=on):
            least = clocks.last_day(rule, at)
            if deadline < least:
                raise StructureProblem(
                    _("The public notice stands until %(day)s at least.") % {"day": least}, "deadline"
                )


@transaction.atomic
def note_in_register(
    structure: Structure, state: str, *, by: User, number: str, at: datetime | None = None
) -> Structure:
    """注记 in the land register: recorded on a finding, released on proof that it is put right."""
    held = locked(structure.pk, by)
    require_action(held, Action.NOTE)
    at = moment(at, held)
    number = text(number, _("Give the number of the document."), "number", 80)
    if state == Note.RECORDED:
        if held.note_state == Note.RECORDED:
            raise StructureProblem(_("The note is recorded already."), "state")
        if clocks.last_finding(held) != Finding.ILLEGAL:
            raise StructureProblem(_("The note needs the finding that the structure is illegal."), "state")
        if held.written_off_at or held.status in (Status.LEGALISED, Status.FALSE):
            raise StructureProblem(_("What is put right gets no note."), "state")
    elif state == Note.RELEASED:
        if held.note_state != Note.RECORDED:
            raise StructureProblem(_("There is no note to release."), "state")
        if not held.written_off_at and held.status not in (Status.LEGALISED, Status.FALSE):
            raise StructureProblem(_("The note is released only once the structure is put right."), "state")
    else:
        raise StructureProblem(_("Say whether the note is recorded or released."), "state")
    held.note_state, held.note_number = state, number
    step(held, Action.NOTE, by=by, at=at, number=number, state=state)
    save(held, "note_state", "note_number")
    return held


@transaction.atomic
def add_photos(
    structure: Structure, photos: Sequence[Photo], *, by: User, at: datetime | None = None
) -> list[StructurePhoto]:
    """Photos with their moment; what one shows must agree with it. Raises `StructureProblem`."""
    held = locked(structure.pk, by)
    require_action(held, Action.PHOTO)
    if not photos:
        raise StructureProblem(_("Choose the photos first."), "photos")
    there = records.photos(held)
    if len(there) + len(photos) > settings.rules().most_photos * (held.relapses + 1):
        raise StructureProblem(_("That are more photos than an entry takes."), "photos")
    made = [_add(held, there, photo, by) for photo in photos]
    step(held, Action.PHOTO, by=by, at=moment(at, held),
         photos=[[one.moment, one.file.sha256] for one in made])  # fmt: skip
    save(held)
    return made


def _add(held: Structure, there: list[StructurePhoto], photo: Photo, by: User) -> StructurePhoto:
    if photo.moment not in Moment.values:
        raise StructureProblem(_("Say when the photo was taken: before or after demolition."), "moment")
    if photo.moment == Moment.AFTER and held.status != Status.DEMOLISHED:
        raise StructureProblem(_("Photos of after the demolition follow the demolition."), "moment")
    # in a batch the same picture is looked at and stored once
    key = _digest(photo.content) if bulk.current() else ""
    taken, position = bulk.once(("exif", key), lambda: exif.circumstances(photo.content))
    taken, position = photo.taken_at or taken, photo.position or position
    if held.demolished_on and photo.moment != Moment.OTHER:
        _require_moment(photo.moment, taken, held.demolished_on)
    stored = bulk.once(
        ("file", key),
        lambda: files.store(photo.content, name=photo.name, kind="photo", limit=FILE_LIMIT),
    )
    if photo.moment != Moment.OTHER:
        _require_fresh(held, there, photo.moment, stored)
    return keep_photo(
        held, there, photo.moment, stored,
        name=photo.name[:255], taken_at=taken, position=position, by=by,
    )  # fmt: skip


def _digest(content: BinaryIO) -> str:
    content.seek(0)
    return hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]


def _require_fresh(held: Structure, there: list[StructurePhoto], when: str, stored: StoredFile) -> None:
    """One picture shows one moment of one round."""
    shown = {
        (one.moment, one.round) for one in there if one.file_id == stored.pk and one.moment != Moment.OTHER
    }
    if shown - {(when, held.relapses)}:
        raise StructureProblem(_("The same picture is kept already for another moment."), "photos")


def _require_moment(when: str, taken: datetime | None, demolished_on: date) -> None:
    """After the demolition the camera's clock tells what a photo shows."""
    day = timezone.localdate(taken) if taken else None
    if when == Moment.BEFORE and (day is None or day > demolished_on):
        raise StructureProblem(
            _("The photo does not show that it was taken before the demolition."), "moment"
        )
    if when == Moment.AFTER and day is not None and day < demolished_on:
        raise StructureProblem(_("The photo was taken before the demolition."), "moment")


@transaction.atomic
def link_case(structure: Structure, case: Case, *, by: User) -> Structure:
    """The penalty case about it. Raises `StructureProblem` for a case of another district."""
    held = locked(structure.pk, by)
    require_action(held, Action.LINK_CASE)
    if case.district_id != held.district_id:
        raise StructureProblem(_("The case belongs to another district."), "case")
    if held.case_id != case.pk:
        held.case = case
        step(held, Action.LINK_CASE, by=by, at=timezone.now(), case=case.number, id=case.pk)
        save(held, "case")
    return held
