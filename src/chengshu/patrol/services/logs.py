"""勤务日志: opened for each due duty, signed by the officer, confirmed or returned by the squad leader.

Every change locks the log's row, so of two people at once the second meets what the first has done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import Level, RosterEntry, User
from chengshu.bureau.notices import notify, register_kind
from chengshu.kernel import ledger
from chengshu.patrol.log.composing import digest_of, with_line
from chengshu.patrol.log.judging import Fault, judged_at_confirming, judged_at_signing
from chengshu.patrol.log.lifecycle import TABLE, Action
from chengshu.patrol.log.rules import rules
from chengshu.patrol.models import DutyLog, DutyLogCorrection
from chengshu.patrol.refusing import PatrolProblem, require

from .log_contents import gather

WORK, CONFIRM = "patrol.work", "patrol.confirm"
RETURNED = "patrol.log_returned"
RELATED = ("user__unit", "squad", "duty", "district")
REASON_MOST = 300


def register() -> None:
    """Make the kind of notice known."""
    register_kind(RETURNED, gettext_lazy("A duty log was returned"))


# --- opening -------------------------------------------------------------------------------------------
def draft_of(duty: RosterEntry) -> DutyLog:
    """The log of a duty as it is opened, not saved. ``duty`` with its unit at hand."""
    return DutyLog(
        district_id=duty.unit.district_id,
        squad=duty.unit,
        user=duty.user,
        duty=duty,
        starts_at=duty.starts_at,
        ends_at=duty.ends_at,
        sign_by=rules().sign_by(duty.ends_at),
    )


def needs_log(duty: RosterEntry) -> bool:
    """Whether a log is kept of the duty."""
    return duty.duty in rules().duties


def open_due(now: datetime | None = None, since: datetime | None = None) -> int:
    """A log for every duty that has begun, needs one and has none; how many are new.

    ``since``: duties that began earlier are left alone, by default so many days ago as the rules say.
    """
    now = now or timezone.now()
    since = since or now - timedelta(days=rules().open_back_days)
    duties = RosterEntry.objects.filter(
        duty__in=sorted(rules().duties), starts_at__gte=since, starts_at__lte=now, log__isnull=True
    ).select_related("unit", "user")
    drafts = [draft_of(duty) for duty in duties.order_by("starts_at", "pk")]
    DutyLog.objects.bulk_create(drafts, ignore_conflicts=True, batch_size=1000)
    return len(drafts)


def log_of(duty: RosterEntry) -> DutyLog:
    """The duty's log, opened if there is none. Raises `PatrolProblem` for a duty without a log."""
    if not needs_log(duty):
        raise PatrolProblem(_("No log is kept of this kind of duty."))
    if duty.starts_at > timezone.now() + rules().start_margin:
        raise PatrolProblem(_("The duty has not begun."))
    DutyLog.objects.bulk_create([draft_of(duty)], ignore_conflicts=True)
    return DutyLog.objects.select_related(*RELATED).get(duty=duty.pk)


# --- start and end of the duty -------------------------------------------------------------------------
def duty_at(user: User, at: datetime) -> RosterEntry:
    """The person's duty at a moment, or the one around it within the margin. Raises `PatrolProblem`."""
    margin = rules().start_margin
    near = RosterEntry.objects.filter(user=user, starts_at__lte=at + margin, ends_at__gte=at - margin)
    found = sorted(
        near.select_related("unit", "user"),
        key=lambda duty: (not duty.starts_at <= at < duty.ends_at, abs(duty.starts_at - at)),
    )
    if not found:
        raise PatrolProblem(_("You are not on the roster at this time."))
    return found[0]


@transaction.atomic
def start_duty(user: User, at: datetime) -> DutyLog:
    """Keep when the duty began. The first time counts; said again after its end, the duty goes on."""
    held = _own(log_of(duty_at(user, at)), user)
    _require(Action.LINE, held)
    if held.started_at is None:
        held.started_at = at
        _save(held, "duty.started", user, at, "started_at")
    elif held.ended_at is not None and held.ended_at < at:
        held.ended_at = None
        _save(held, "duty.resumed", user, at, "ended_at")
    return held


@transaction.atomic
def end_duty(user: User, at: datetime) -> DutyLog:
    """Keep when the duty ended; said again, the later moment counts. Raises `PatrolProblem`."""
    margin = rules().start_margin
    running = DutyLog.objects.filter(
        user=user, started_at__lte=at, starts_at__lte=at + margin, ends_at__gte=at - margin
    ).select_related(*RELATED)
    held = _own(running.order_by("-started_at").first() or log_of(duty_at(user, at)), user)
    _require(Action.LINE, held)
    if held.ended_at is None or held.ended_at < at:
        held.ended_at = at
        _save(held, "duty.ended", user, at, "ended_at")
    return held


# --- the officer ---------------------------------------------------------------------------------------
@transaction.atomic
def write_line(log: DutyLog, line: str, *, by: User) -> DutyLog:
    """What the officer adds; only before signing. Raises `PatrolProblem`, PermissionDenied."""
    held = _own(log, by)
    _require(Action.LINE, held)
    line = _plain(line)
    if len(line) > rules().line_most:
        raise PatrolProblem(
            _("Write at most %(n)s signs.") % {"n": rules().line_most},
            "line",
        )
    if line != held.line:
        held.line = line
        _save(held, Action.LINE, by, None, "line", length=len(line))
    return held


@transaction.atomic
def sign(log: DutyLog, *, by: User, digest: str, at: datetime | None = None, name: str = "") -> DutyLog:
    """Freeze the log and judge it. ``digest`` is that of what the officer saw (`composing.digest_of` of the
    content without the line). Raises `PatrolProblem`, PermissionDenied."""
    at, held = _moment(at), _own(log, by)
    _require(Action.SIGN, held)
    if held.ended_at is None and at < rules().signing_opens(held.ends_at):
        raise PatrolProblem(_("The duty has not ended. End it first, or sign later."))
    if name.strip() and name.strip() != by.full_name:
        raise PatrolProblem(_("The name is not yours."), "name")
    content = gather(held)
    if digest_of(content) != digest:
        raise PatrolProblem(_("Something was added since. Look at the log again, then sign."), "digest")
    content = with_line(content, held.line)
    held.content, held.digest = content, digest_of(content)
    held.state, held.signed_at, held.confirm_by = DutyLog.State.SIGNED, at, rules().confirm_by(at)
    held.faults = judged_at_signing(content, rules(), signed_at=at, sign_by=held.sign_by)
    held.valid, held.returned_because = not held.faults, ""
    _save(
        held, Action.SIGN, by, at,
        "content", "digest", "state", "signed_at", "confirm_by", "faults", "valid", "returned_because",
        digest=held.digest, faults=held.faults,
    )  # fmt: skip
    return held


# --- the squad leader ----------------------------------------------------------------------------------
@transaction.atomic
def confirm(log: DutyLog, *, by: User, digest: str, at: datetime | None = None) -> DutyLog:
    """Confirm what was signed. ``digest``: that of the log as the leader saw it. Raises `PatrolProblem`."""
    at, held = _moment(at), _led(log, by)
    _require(Action.CONFIRM, held)
    if digest != held.digest:
        raise PatrolProblem(_("The log was signed anew in the meantime. Look at it again."))
    held.state, held.confirmed_at, held.confirmed_by = DutyLog.State.CONFIRMED, at, by
    held.faults = judged_at_confirming(held.faults, confirmed_at=at, confirm_by=held.confirm_by or at)
    held.valid = not held.faults
    _save(
        held, Action.CONFIRM, by, at, "state", "confirmed_at", "confirmed_by", "faults", "valid",
        digest=held.digest, faults=held.faults,
    )  # fmt: skip
    return held


@dataclass(frozen=True)
class Confirmed:
    """What became of confirming several: how many, and a sentence about each that was not."""

    done: int
    problems: tuple[str, ...]


def confirm_many(seen: Iterable[tuple[int, str]], *, by: User) -> Confirmed:
    """Confirm several logs, each for itself; ``seen``: ids and digests as they were shown."""
    done, problems = 0, []
    wanted = dict(seen)
    rows = DutyLog.objects.visible_to(by, CONFIRM).filter(pk__in=wanted).select_related(*RELATED)
    for log in rows.order_by("pk"):
        try:
            confirm(log, by=by, digest=wanted[log.pk])
            done += 1
        except PatrolProblem as problem:
            day = f"{timezone.localtime(log.starts_at):%m-%d}"
            problems.append(f"{log.user.full_name} {day}: {problem}")
    return Confirmed(done, tuple(problems))


@transaction.atomic
def send_back(log: DutyLog, reason: str, *, by: User, at: datetime | None = None) -> DutyLog:
    """Return a signed log with a reason; the officer signs again. Raises `PatrolProblem`."""
    at, held = _moment(at), _led(log, by)
    _require(Action.RETURN, held)
    reason = _plain(reason)[:REASON_MOST]
    if not reason:
        raise PatrolProblem(_("Give a reason."), "reason")
    if Fault.SIGNED_LATE not in held.faults:  # whoever signed late at first does not gain time by a return
        held.sign_by = max(held.sign_by, rules().sign_again_by(at))
    held.state, held.returned_at, held.returned_because = DutyLog.State.RETURNED, at, reason
    held.valid, held.faults = None, []
    _save(
        held, Action.RETURN, by, at,
        "state", "returned_at", "returned_because", "sign_by", "valid", "faults", reason=reason,
    )  # fmt: skip
    day = f"{timezone.localtime(held.starts_at):%Y-%m-%d}"
    notify(
        [held.user],
        RETURNED,
        lambda: _("Your duty log of %(day)s was returned") % {"day": day},
        key=f"{RETURNED}:{held.pk}:{held.version}",
        url=reverse("patrol:log", args=[held.pk]),
        level=Level.WARN,
        text=reason,
    )
    return held


@transaction.atomic
def correct(log: DutyLog, text: str, *, by: User, at: datetime | None = None) -> DutyLogCorrection:
    """Say beside a confirmed log what was wrong; the log itself stays. By its officer or a leader."""
    at = _moment(at)
    held = _own(log, by) if by.pk == log.user_id else _led(log, by)
    _require(Action.CORRECT, held)
    text = _plain(text)[:500]
    if not text:
        raise PatrolProblem(_("Say what is to be corrected."), "text")
    made = DutyLogCorrection.objects.create(
        log=held, seq=held.corrections.count() + 1, text=text, by=by, at=at
    )
    _save(held, Action.CORRECT, by, at, text=text, seq=made.seq)
    return made


# --- shared --------------------------------------------------------------------------------------------
def _locked(log: DutyLog) -> DutyLog:
    held: DutyLog = DutyLog.objects.select_for_update(of=("self",)).select_related(*RELATED).get(pk=log.pk)
    return held


def _own(log: DutyLog, by: User) -> DutyLog:
    """The log, locked, if it is the person's own."""
    if by.pk != log.user_id or not by.may(WORK):
        raise PermissionDenied(WORK)
    return _locked(log)


def _led(log: DutyLog, by: User) -> DutyLog:
    """The log, locked, if it is of a squad that the person leads and not the person's own."""
    require(by, CONFIRM, district_id=log.district_id, squad_id=log.squad_id)
    if by.pk == log.user_id:
        raise PatrolProblem(_("Nobody confirms his or her own log."))
    return _locked(log)


def _require(action: Action, held: DutyLog) -> None:
    if held.state not in TABLE[action]:
        raise PatrolProblem(
            _("The log is in the state “%(state)s”; this is not possible now.")
            % {"state": DutyLog.State(held.state).label}
        )


def _save(held: DutyLog, action: str, by: User, at: datetime | None, *fields: str, **payload: Any) -> None:
    held.version += 1
    held.save(update_fields=[*fields, "version"])
    ledger.append(held.chain, str(action), {"version": held.version, **payload}, actor=by.username, at=at)


def _moment(at: datetime | None) -> datetime:
    now = timezone.now()
    if at is not None and at > now:
        raise PatrolProblem(_("The time lies in the future."))
    return at or now


def _plain(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())
