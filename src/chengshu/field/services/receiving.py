"""Records of the app: taken in exactly once, in the order in which the device made them.

Each record is a transaction of its own under the lock of its device's row. The number of the last record and
the record itself are written together, so that a phone which never heard the answer sends again and gets the
stored result. What a service refuses leaves nothing behind but the record, which says so.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.field import kinds, signatures
from chengshu.field.kinds import Done, Kind, Outcome, Sent
from chengshu.field.models import FieldDevice, FieldRecord, FieldUpload
from chengshu.field.services import telling
from chengshu.field.services.reading import Stated, Unreadable, read
from chengshu.field.settings import limits

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Signed:
    """A record as it came: the JSON text that was signed, and the signature."""

    text: str
    signature: str


@dataclass(frozen=True)
class Stopped:
    """Why the rest of the records waits; it is to be sent again once the reason is gone."""

    seq: int
    reason: str
    detail: str
    files: tuple[str, ...] = ()


@dataclass
class Answer:
    """What became of the records of one request, in their order, and the number of the last one kept."""

    results: list[FieldRecord] = field(default_factory=list)
    stopped: Stopped | None = None
    last_seq: int = 0


class Stop(Exception):
    """The record cannot be taken in now."""

    def __init__(self, reason: str, detail: str, *, seq: int = 0, files: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.stopped = Stopped(seq, reason, detail, files)


def receive(user: User, device_id: uuid.UUID, records: Sequence[Signed]) -> Answer:
    """Take records in, until one cannot be."""
    answer = Answer()
    for signed in records:
        try:
            answer.results.append(_take(user, device_id, signed))
        except Stop as stop:
            answer.stopped = stop.stopped
            break
    answer.last_seq = (
        FieldDevice.objects.filter(pk=device_id, user=user).values_list("last_seq", flat=True).first() or 0
    )
    return answer


def _take(user: User, device_id: uuid.UUID, signed: Signed) -> FieldRecord:
    """One record, in one transaction."""
    try:
        stated = read(signed.text)
    except Unreadable as problem:
        raise Stop("bad_signature", str(problem)) from problem
    try:
        with transaction.atomic():
            device = _device(user, device_id, stated)
            known = _known(device, stated, signed)
            return known or _keep(user, device, stated, signed)
    except Stop:
        raise
    except Exception as fault:  # of ours: nothing of the record is kept, and nothing after it may overtake
        logger.exception("field record %s of device %s", stated.id, device_id)
        _count_fault(user, device_id, stated, fault)
        detail = _("The server could not take the record in. It is tried again.")
        raise Stop("fault", detail, seq=stated.seq) from fault


def _count_fault(user: User, device_id: uuid.UUID, stated: Stated, fault: Exception) -> None:
    """Remember how often the record met a fault; a database that is busy or away is nothing of the record."""
    if isinstance(fault, OperationalError | InterfaceError):
        return
    with transaction.atomic():
        device = FieldDevice.objects.select_for_update().filter(pk=device_id, user=user).first()
        if device is not None:
            again = device.stuck_seq == stated.seq
            device.stuck_seq, device.stuck_times = stated.seq, device.stuck_times + 1 if again else 1
            device.save(update_fields=["stuck_seq", "stuck_times"])


def _set_aside(device: FieldDevice, stated: Stated) -> bool:
    """Whether the record met a fault so often that it is kept as refused, and what follows goes on."""
    return device.stuck_seq == stated.seq and device.stuck_times >= limits().fault_tries


def _device(user: User, device_id: uuid.UUID, stated: Stated) -> FieldDevice:
    device = FieldDevice.objects.select_for_update().filter(pk=device_id).first()
    if device is None or device.user_id != user.pk:
        raise Stop("unknown_device", _("This device is not registered to you. Sign in anew."), seq=stated.seq)
    if device.wiped_at is not None:
        raise Stop(
            "revoked", _("This device has been taken out of use. Speak to your leader."), seq=stated.seq
        )
    return device


def _known(device: FieldDevice, stated: Stated, signed: Signed) -> FieldRecord | None:
    """The record, if it came before. Raises `Stop` where the number belongs to something else."""
    known = FieldRecord.objects.filter(pk=stated.id).first()
    if known is None:
        return None
    if known.device_id != device.pk:
        raise Stop("unknown_device", _("This record belongs to another device."), seq=stated.seq)
    if (known.text_sha256 or digest(known.text)) != digest(signed.text):
        raise Stop("bad_signature", _("This record came before with other content."), seq=stated.seq)
    return known


def _keep(user: User, device: FieldDevice, stated: Stated, signed: Signed) -> FieldRecord:
    if not signatures.verify(device.public_key, signed.text, signed.signature):
        raise Stop(
            "bad_signature", _("The signature of the record is not that of the device."), seq=stated.seq
        )
    if stated.seq != device.last_seq + 1:
        raise Stop(
            "out_of_order",
            _("Record %(seq)d cannot follow record %(last)d.") % {"seq": stated.seq, "last": device.last_seq},
            seq=stated.seq,
        )
    received_at = timezone.now()
    uploads = {} if stated.problems else _uploads(user, stated)
    kind = kinds.kind(stated.kind)
    at, words = _moment(device, stated, received_at)
    back = _clock_back(device, at, kind)
    if back:
        words += (_("By the device this lies before an earlier record; its clock may have been set back."),)
    sent = Sent(
        id=stated.id,
        kind=stated.kind,
        user=user,
        device=device,
        at=at,
        received_at=received_at,
        clock_offset_s=stated.offset_s,
        position=stated.position,
        accuracy_m=stated.accuracy_m,
        data=stated.data,
        files={sha: upload.file for sha, upload in uploads.items() if upload.file is not None},
        file_notes=stated.files,
        files_refused={sha: upload.refused for sha, upload in uploads.items() if upload.refused},
        clock_back=back,
    )
    if device.revoked_at is not None:
        done = _refused(
            _("The device had been taken out of use. The record is kept for review, not applied.")
        )
    elif stated.problems:
        done = _refused(*stated.problems)
    elif _set_aside(device, stated):
        done = _refused(_("The server could not apply the record. It is kept; tell the administrator."))
    else:
        done = _carry_out(sent)
    if done.outcome == Outcome.REFUSED and kind is not None and kind.when_refused is not None:
        kind.when_refused(sent, " ".join(done.messages))
    fleeting = kind is not None and kind.fleeting
    record = FieldRecord.objects.create(
        id=stated.id,
        device=device,
        user=user,
        seq=stated.seq,
        kind=stated.kind,
        text="" if fleeting else signed.text,
        text_sha256=digest(signed.text) if fleeting else "",
        signature=signed.signature,
        recorded_at=at,
        clock_offset_s=stated.offset_s,
        position=None if fleeting else stated.position,
        received_at=received_at,
        outcome=done.outcome,
        messages=[*done.messages, *words],
        result=done.result,
    )
    device.last_seq, device.seen_at = stated.seq, received_at
    device.app_version = stated.app or device.app_version
    device.latest_at = max(at, device.latest_at or at)
    device.save(update_fields=["last_seq", "seen_at", "app_version", "latest_at"])
    telling.refused(record)
    return record


def digest(text: str) -> str:
    """SHA-256 of a signed text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _carry_out(sent: Sent) -> Done:
    """Do what the record says; a refusal leaves nothing of it."""
    kind = kinds.kind(sent.kind)
    if kind is None:
        return _refused(_("The server does not know this kind of record: %(kind)s") % {"kind": sent.kind})
    if sent.files_refused and not kind.whatever_files:
        return _refused(*(_file_words(sent, sha) for sha in sent.files_refused))
    try:
        if not (kind.whatever_rights or sent.user.may(kind.permission)):
            raise PermissionDenied(kind.permission)
        with transaction.atomic():
            return kind.carry_out(sent)
    except PermissionDenied:
        return _refused(_("Your role does not include this, or it lies outside your area."))
    except kinds.refusals() as problem:
        return _refused(str(problem))


def _refused(*sentences: str) -> Done:
    return Done(Outcome.REFUSED, sentences)


def _file_words(sent: Sent, sha: str) -> str:
    note = sent.file_notes.get(sha)
    return _("%(name)s was not accepted: %(why)s") % {
        "name": note.name if note else sha[:12],
        "why": sent.files_refused[sha],
    }


def _uploads(user: User, stated: Stated) -> Mapping[str, FieldUpload]:
    """The files that the record names, by SHA-256. Raises `Stop` while one of them is not here yet."""
    if not stated.files:
        return {}
    rows = FieldUpload.objects.select_related("file").filter(user=user, sha256__in=list(stated.files))
    found = {row.sha256: row for row in rows}
    missing = tuple(sha for sha in stated.files if sha not in found or not found[sha].complete)
    if missing:
        detail = _("%(count)d files of the record have not arrived yet.") % {"count": len(missing)}
        raise Stop("missing_file", detail, seq=stated.seq, files=missing)
    return found


def _clock_back(device: FieldDevice, at: datetime, kind: Kind | None) -> bool:
    """Whether the time lies before that of an earlier record, as after a clock was set back."""
    if device.latest_at is None or (kind is not None and kind.dated):
        return False
    return at < device.latest_at - limits().clock_tolerance


def _moment(device: FieldDevice, stated: Stated, received_at: datetime) -> tuple[datetime, tuple[str, ...]]:
    """When it happened, by the device's clock less its offset, never in the future; and words about it."""
    offset = stated.offset_s or 0.0
    rules = limits()
    if stated.at is None:
        return received_at, ()
    at = stated.at - timedelta(seconds=offset)
    words: tuple[str, ...] = ()
    if at > received_at + rules.clock_tolerance:
        words = (_("By the device this lies in the future; the time of arrival is kept instead."),)
    elif at < device.registered_at - rules.clock_before:  # a clock that began anew, its offset unknown
        text = _("By the device this lies before its registration; the time of arrival is kept instead.")
        return received_at, (text,)
    elif abs(offset) >= rules.clock_wrong.total_seconds():
        minutes = max(1, round(abs(offset) / 60))
        text = _("The clock of the device is %(minutes)d minutes wrong; the time has been corrected.")
        words = (text % {"minutes": minutes},)
    return min(at, received_at), words
