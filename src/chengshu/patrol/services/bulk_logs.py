"""Many duty logs of the past at once: composed, judged and recorded as those that people sign one by one.

The caller vouches for the signatures. What is told in the app of a duty stands in its log; these duties have
none yet, so each log spans the duty as rostered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chengshu.bureau.deeds import Span, deeds_in
from chengshu.bureau.models import RosterEntry, User
from chengshu.kernel import ledger
from chengshu.kernel.ledger import Draft
from chengshu.patrol.log.composing import Carried, Content, compose, digest_of, with_line
from chengshu.patrol.log.judging import judged_at_confirming, judged_at_signing
from chengshu.patrol.log.lifecycle import Action
from chengshu.patrol.log.rules import rules
from chengshu.patrol.models import DutyLog
from chengshu.patrol.refusing import PatrolProblem, require
from chengshu.patrol.services.log_contents import carried, duty_of, walk
from chengshu.patrol.services.logs import CONFIRM, WORK, draft_of, needs_log

BATCH = 500


@dataclass(frozen=True)
class Told:
    """A duty with its log: never signed, signed, or confirmed too. ``duty`` with user and unit at hand."""

    duty: RosterEntry
    line: str = ""
    signed_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: User | None = None


@transaction.atomic
def keep_many(told: Sequence[Told]) -> int:
    """Write the logs of duties that have none yet, all or none; how many.

    Raises `PatrolProblem` and PermissionDenied as signing and confirming do.
    """
    now = timezone.now()
    by_user: dict[User, list[Told]] = defaultdict(list)
    for one in told:
        _require_order(one, now)
        by_user[one.duty.user].append(one)
    for by, squad, district in {
        (one.confirmed_by, one.duty.unit_id, one.duty.unit.district_id) for one in told if one.confirmed_by
    }:
        require(by, CONFIRM, district_id=district, squad_id=squad)
    rows: list[tuple[Told, DutyLog]] = []
    with translation.override(settings.LANGUAGE_CODE):
        for user, several in by_user.items():
            if not user.may(WORK):
                raise PermissionDenied(WORK)
            rows += _logs_of(user, several)
    made = DutyLog.objects.bulk_create([log for _one, log in rows], batch_size=BATCH)
    ledger.append_many([entry for one, log in rows for entry in _entries(one, log)], actor="system")
    return len(made)


def _require_order(one: Told, now: datetime) -> None:
    if not needs_log(one.duty):
        raise PatrolProblem(_("No log is kept of this kind of duty."))
    moments = [one.duty.ends_at, one.signed_at, one.confirmed_at, now]
    known = [moment for moment in moments if moment is not None]
    if known != sorted(known) or (one.confirmed_at and not (one.signed_at and one.confirmed_by)):
        raise PatrolProblem(
            _("A duty ends, then its log is signed, then confirmed, none of it in the future.")
        )
    if one.confirmed_by is not None and one.confirmed_by.pk == one.duty.user_id:
        raise PatrolProblem(_("Nobody confirms his or her own log."))


def _logs_of(user: User, told: Sequence[Told]) -> list[tuple[Told, DutyLog]]:
    """The logs of one officer, not saved: what is on record is asked for once for all duties together."""
    spans = [_span(one) for one in told if one.signed_at is not None]
    if not spans:
        return [(one, draft_of(one.duty)) for one in told]
    first, last = min(start for start, _end in spans), max(end for _start, end in spans)
    done = iter(deeds_in(user, spans))
    things = carried(user.pk, first, last)
    walked = walk(user.pk, first, last) is not None
    made = []
    for one in told:
        log, (start, end) = draft_of(one.duty), _span(one)
        if one.signed_at is not None:
            had = [thing for thing in things if _had(thing, start, end)]
            content = compose(duty_of(log), next(done), had, walk(user.pk, start, end) if walked else None)
            _sign(log, one, content, one.signed_at)
        made.append((one, log))
    return made


def _span(one: Told) -> Span:
    return one.duty.starts_at, one.duty.ends_at


def _had(thing: Carried, start: datetime, end: datetime) -> bool:
    return thing.taken_at < end and (thing.returned_at is None or thing.returned_at > start)


def _sign(log: DutyLog, one: Told, content: Content, at: datetime) -> None:
    log.line = one.line
    log.content = with_line(content, one.line)
    log.digest = digest_of(log.content)
    log.state, log.signed_at, log.confirm_by = DutyLog.State.SIGNED, at, rules().confirm_by(at)
    log.faults = judged_at_signing(log.content, rules(), signed_at=at, sign_by=log.sign_by)
    log.version += 1 + bool(one.line)
    if one.confirmed_at is not None:
        log.state, log.confirmed_at = DutyLog.State.CONFIRMED, one.confirmed_at
        log.confirmed_by = one.confirmed_by
        log.faults = judged_at_confirming(
            log.faults, confirmed_at=one.confirmed_at, confirm_by=log.confirm_by
        )
        log.version += 1
    log.valid = not log.faults


def _entries(one: Told, log: DutyLog) -> list[Draft]:
    """What the ledger would hold of it: line, signature, confirmation."""
    if one.signed_at is None:
        return []
    confirmed = one.confirmed_at is not None
    signed = log.version - confirmed
    officer, found = one.duty.user.username, {"digest": log.digest, "faults": log.faults}
    entries = []
    if one.line:
        line = {"version": signed - 1, "length": len(one.line)}
        entries.append(Draft(log.chain, str(Action.LINE), line, officer, one.signed_at))
    entries.append(Draft(log.chain, str(Action.SIGN), {"version": signed, **found}, officer, one.signed_at))
    if one.confirmed_by is not None and confirmed:
        payload = {"version": log.version, **found}
        leader = one.confirmed_by.username
        entries.append(Draft(log.chain, str(Action.CONFIRM), payload, leader, one.confirmed_at))
    return entries
