"""Evidence (证据): taken in with its file, hash and circumstances; who looked at it later is kept too."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from chengshu.bureau.models import District, User
from chengshu.cases.models import Case, CustodyEntry, EvidenceItem, OffsiteDevice
from chengshu.cases.permissions import permission_for
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.services.devices import device_step_data
from chengshu.cases.services.simple import SimpleCase, decide_on_the_spot
from chengshu.cases.services.steps import already_taken, append_step, may_take
from chengshu.kernel import ledger
from chengshu.kernel.models import StoredFile

TAKEN_IN, VIEWED, DOWNLOADED = "taken_in", "viewed", "downloaded"


@dataclass(frozen=True)
class Circumstances:
    """取证情况: when, where, with what and by whom something was recorded.

    ``clock_offset``: seconds by which the device's clock was ahead; ``position`` in WGS 84 degrees.
    """

    captured_at: datetime | None = None
    place: str = ""
    position: tuple[float, float] | None = None
    device: str = ""
    operator: str = ""
    clock_offset: float | None = None

    def as_data(self) -> dict[str, Any]:
        """The particulars of the step."""
        return {
            "captured_at": self.captured_at.isoformat() if self.captured_at else "",
            "place": self.place,
            "position": list(self.position) if self.position else None,
            "device": self.device,
            "operator": self.operator,
            "clock_offset": self.clock_offset,
        }

    def at_device(self, device: OffsiteDevice) -> Circumstances:
        """The same, with what the register knows of the device where nothing else was entered."""
        offset = device.clock_offset if self.clock_offset is None else self.clock_offset
        return replace(
            self,
            device=str(device),
            place=self.place or device.place,
            position=self.position or device.position,
            clock_offset=offset,
        )


def take_in_evidence(
    case: Case,
    stored: StoredFile,
    *,
    by: User,
    officers: Sequence[User],
    type: str,
    title: str,
    circumstances: Circumstances | None = None,
    original: EvidenceItem | None = None,
    offsite: OffsiteDevice | None = None,
    client_id: uuid.UUID | None = None,
) -> EvidenceItem:
    """Take a kept file into the file of the case: item, custody and step in one transaction.

    ``original``: the item of which this is a copy; ``offsite``: the device that recorded it, whose record
    ``by`` has reviewed. The same ``client_id`` again returns the first item.
    Raises `StepRefused` by the rules and ``PermissionDenied`` outside the person's rights.
    """
    held = circumstances or Circumstances()
    if offsite is not None:
        held = held.at_device(offsite)
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=("self",)).select_related("district", "town")
        current = locked.get(pk=case.pk)
        if not may_take(by, current, StepKind.ADD_EVIDENCE):
            raise PermissionDenied(permission_for(StepKind.ADD_EVIDENCE))
        if done := already_taken(current, StepKind.ADD_EVIDENCE, client_id):
            return EvidenceItem.objects.get(case=current, seq=done.data["item"])
        place = current.evidence.count() + 1
        data = {"type": type, "title": title, "sha256": stored.sha256, "item": place, **held.as_data()}
        if original is not None:
            data |= {"derived": True, "original": original.sha256}
        if offsite is not None:
            recorded = timezone.localdate(held.captured_at or timezone.now())
            data |= device_step_data(offsite, by=by, on=recorded)
        append_step(current, StepKind.ADD_EVIDENCE, by=by, data=data, officers=officers, client_id=client_id)
        item = keep_item(current, place, stored, data, by, held, original)
    case.refresh_from_db()
    return item


def keep_item(
    case: Case,
    place: int,
    stored: StoredFile,
    data: Mapping[str, Any],
    by: User,
    held: Circumstances,
    original: EvidenceItem | None = None,
) -> EvidenceItem:
    """The row and the custody of an item whose step has been taken; only services of cases call it."""
    item = EvidenceItem.objects.create(
        case=case,
        seq=place,
        type=data["type"],
        title=str(data["title"])[:120],
        file=stored,
        sha256=stored.sha256,
        original=original,
        captured_at=held.captured_at,
        place=held.place[:200],
        position=held.position,
        device=held.device[:120],
        operator=held.operator[:60],
        clock_offset=held.clock_offset,
        by=by,
    )
    CustodyEntry.objects.create(item=item, action=TAKEN_IN, by=by)
    return item


def decide_with_photos(
    district: District,
    entered: SimpleCase,
    photos: Sequence[StoredFile],
    *,
    title: str,
    by: User,
    officers: Sequence[User],
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
) -> Case:
    """The simple procedure with the photos of the scene as items of evidence. Raises as `decide_on_the_spot`.

    ``at``: when it was decided, if not now (on a paper that is entered later). ``title`` names the photos;
    ``entered.evidence`` must list one step for each of them, in order.
    """
    held = Circumstances(at or timezone.now(), entered.address, entered.position, operator=by.full_name)
    with transaction.atomic():
        case = decide_on_the_spot(district, entered, by=by, officers=officers, at=at, client_id=client_id)
        if not case.evidence.exists():
            for place, (stored, data) in enumerate(zip(photos, entered.evidence, strict=True), start=1):
                keep_item(case, place, stored, {**data, "title": title}, by, held)
    return case


def note_look(item: EvidenceItem, by: User, *, download: bool) -> None:
    """Keep who saw an item: every download, and a view on a page once a day for each person."""
    if not download:
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        if item.custody.filter(by=by, action=VIEWED, at__gte=today).exists():
            return
    action = DOWNLOADED if download else VIEWED
    with transaction.atomic():
        CustodyEntry.objects.create(item=item, action=action, by=by)
        payload = {"item": item.seq, "sha256": item.sha256, "action": action}
        ledger.append(item.case.chain, "evidence.custody", payload, actor=by.username)
