"""The statutory clocks of an entry, and which statutory step may be taken now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.kernel.workdays import DayUnit, add_hours, add_period, is_public_holiday
from chengshu.leads.models.reporters import LeadReporter
from chengshu.structures import settings
from chengshu.structures.lifecycle import STANDING, Action, Finding, Source, Status
from chengshu.structures.models import Step, Structure
from chengshu.structures.queries import records
from chengshu.structures.settings import ClockRule, StepRule

DEMOLISHED = "demolished"


@dataclass(frozen=True)
class Clock:
    """One clock of an entry. ``ends`` is the first moment after it; ``done_at`` when it was answered."""

    rule: ClockRule
    started: datetime
    ends: datetime
    done_at: datetime | None = None

    def late(self, now: datetime) -> bool:
        """Whether what was due came too late, or has not come."""
        return self.rule.kind != "wait" and (self.done_at or now) > self.ends

    @property
    def last_day(self) -> date:
        """The last day that lies inside, as documents name it."""
        return timezone.localdate(self.ends - timedelta(microseconds=1))


def steps_of(structure: Structure) -> list[Step]:
    """The steps since it was entered, or built again: what was done before that binds nobody any more."""
    rows = records.steps(structure)
    last = max((n for n, row in enumerate(rows) if row.action == Action.RELAPSE), default=-1)
    return rows[last + 1 :]


def taken(steps: Sequence[Step], at: datetime | None = None) -> dict[str, Step]:
    """The statutory steps that stand at a moment; None: of all that are recorded.

    Of a document that can be issued anew the newest stands, and what followed from the one before falls with
    it. Of every other step the one recorded first stands: a second record moves no period.
    """
    found: dict[str, Step] = {}
    for code, rule in settings.steps().items():  # what a step needs stands above it in the data
        rows = [row for row in steps if row.procedure == code and (at is None or row.at <= at)]
        rows = [row for row in rows if _carried(rule, row, found)]
        if rows:
            found[code] = max(rows, key=lambda row: (row.at, row.seq)) if rule.anew else rows[0]
    return found


def _carried(rule: StepRule, row: Step, found: dict[str, Step]) -> bool:
    """Whether what the step needs stands, and was there before it."""
    there = {code for code, step in found.items() if step.at <= row.at}
    return set(rule.needs) <= there and (not rule.needs_any or bool(there & set(rule.needs_any)))


def _under_way(rule: StepRule, steps: Sequence[Step], at: datetime) -> bool:
    """Whether something has begun, and not ended, during which the step may not be taken."""
    if not rule.not_while:
        return False
    begun, over = rule.not_while
    base = taken(steps, at)
    if begun not in base:
        return False
    since = max(base[need].at for need in settings.steps()[begun].needs)
    rows = [row for row in steps if row.procedure in (begun, over) and since <= row.at <= at]
    return max(rows, key=lambda row: (row.at, row.seq)).procedure == begun


def end_of(day: date) -> datetime:
    """The moment at which a day is over."""
    return datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())


def clocks_of(
    structure: Structure, steps: Sequence[Step] | None = None, at: datetime | None = None
) -> list[Clock]:
    """All clocks that have begun (with ``at``: by the steps until then), in the order of the data."""
    done = taken(steps_of(structure) if steps is None else steps, at)
    found: list[Clock] = []
    for rule in settings.clocks():
        if structure.source in rule.not_of and not structure.relapses:
            continue  # when it was found stands in another ledger; that clock was over there
        if rule.reported and not _has_complainant(structure):
            continue
        if clock := _clock(structure, rule, done):
            found.append(clock)
    return found


def _has_complainant(structure: Structure) -> bool:
    """Whether somebody reported it and waits for an answer: not so where it was seen from the air."""
    if structure.source != Source.LEAD:
        return False
    return LeadReporter.objects.filter(lead=structure.lead_id, wants_answer=True).exists()


def _clock(structure: Structure, rule: ClockRule, done: dict[str, Step]) -> Clock | None:
    begun, own_deadline = _start(structure, rule, done)
    if begun is None or not rule.applies_to(building=structure.building, day=timezone.localdate(begun)):
        return None
    if rule.kind == "set":
        if own_deadline is None:
            return None
        ends = end_of(own_deadline)
    else:
        ends = _counted(rule, begun)
        if rule.kind == "wait" and own_deadline is not None:
            ends = max(ends, end_of(own_deadline))
    return Clock(rule, begun, ends, _answered(structure, rule, done))


def _start(
    structure: Structure, rule: ClockRule, done: dict[str, Step]
) -> tuple[datetime | None, date | None]:
    if rule.start == ("found",):
        return structure.found_at, None
    for name in rule.start:
        if name not in done:
            continue
        row = done[name]
        if name == "notice" and rule.code != "notice":  # a public notice is served when its term is over
            return _notice_over(structure, row), None
        return row.at, row.deadline
    return None, None


def _notice_over(structure: Structure, row: Step) -> datetime:
    days = [clock for clock in settings.clocks() if clock.code == "notice"]
    on = timezone.localdate(row.at)
    ends = [_counted(r, row.at) for r in days if r.applies_to(building=structure.building, day=on)]
    if row.deadline:
        ends.append(end_of(row.deadline))
    return max(ends, default=row.at) - timedelta(microseconds=1)


def _counted(rule: ClockRule, begun: datetime) -> datetime:
    n = rule.n or 0
    if rule.unit == "hour":
        return add_hours(begun, n)
    unit: DayUnit = rule.unit  # type: ignore[assignment]
    return end_of(add_period(timezone.localdate(begun), n, unit))


def last_day(rule: ClockRule, begun: datetime) -> date:
    """The last day of a clock's own length, counted from a moment."""
    return timezone.localdate(_counted(rule, begun) - timedelta(microseconds=1))


def _answered(structure: Structure, rule: ClockRule, done: dict[str, Step]) -> datetime | None:
    if rule.until == DEMOLISHED:
        return end_of(structure.demolished_on) - timedelta(days=1) if structure.demolished_on else None
    return done[rule.until].at if rule.until in done else None


def next_due(structure: Structure) -> datetime | None:
    """The end of the clock that ends first of those not answered.

    Once it is disposed of only those go on that outlive it: the complainant still waits for an answer.
    """
    if structure.pk is None:
        return None
    standing = structure.status in STANDING and structure.status != Status.DEFERRED
    ends = [
        clock.ends
        for clock in clocks_of(structure)
        if clock.rule.kind != "wait" and clock.done_at is None and (standing or clock.rule.outlives)
    ]
    return min(ends, default=None)


# --- steps ------------------------------------------------------------------------------------------
def why_not(structure: Structure, rule: StepRule, steps: Sequence[Step], at: datetime) -> str:
    """Why the statutory step cannot be taken at the moment, in one sentence; empty if it can."""
    done, known = taken(steps, at), settings.steps()
    if structure.status not in STANDING and not rule.after:
        return _("“%(step)s” is possible only while the structure stands.") % {"step": rule.label}
    if rule.applies == "building" and not structure.building:
        return _("“%(step)s” is for structures being built.") % {"step": rule.label}
    if rule.owner == "known" and not structure.owner_known:
        return _("Nobody is known who could be served: use the public notice.")
    if rule.finding and last_finding(structure, at) != Finding.ILLEGAL:
        return _("“%(step)s” needs the finding that the structure is illegal.") % {"step": rule.label}
    for need in rule.needs:
        if need not in done:
            return _("“%(step)s” needs “%(before)s” first.") % {
                "step": rule.label, "before": known[need].label,
            }  # fmt: skip
    if rule.needs_any and not any(need in done for need in rule.needs_any):
        names = "／".join(known[need].label for need in rule.needs_any)
        return _("“%(step)s” needs “%(before)s” first.") % {"step": rule.label, "before": names}
    if _under_way(rule, steps, at):
        return _("“%(step)s” waits: “%(begun)s”.") % {
            "step": rule.label, "begun": known[rule.not_while[0]].label,
        }  # fmt: skip
    for clock in clocks_of(structure, steps, at):
        if clock.rule.code in rule.only_after and at < clock.ends:
            return _("“%(step)s” is possible only after “%(clock)s” ends on %(day)s.") % {
                "step": rule.label, "clock": clock.rule.label, "day": clock.last_day,
            }  # fmt: skip
    return ""


def may_force(structure: Structure, steps: Sequence[Step], at: datetime) -> str:
    """Why it cannot be demolished by force at the moment; empty if it can (rules art. 10 and 11)."""
    done = taken(steps, at)
    if last_finding(structure, at) != Finding.ILLEGAL:
        return _("Force needs the finding that the structure is illegal.")
    if structure.building and {"stop_order", "refused"} <= done.keys():
        return ""
    if not {"forced_decision", "decision_served"} <= done.keys():
        if structure.building:
            return _("Force needs the order to stop building and the refusal, or the government's decision.")
        return _("Force needs the government's decision on forced demolition, served on the party.")
    if _under_way(settings.steps()["forced_decision"], steps, at):
        return _("Force waits until the review or the suit of the party is over.")
    return ""


def at_rest(structure: Structure, at: datetime) -> bool:
    """Whether it is night or a public holiday, when nobody is compelled (compulsion law art. 43).

    What is being built comes down at once (rules art. 11); a year whose holidays are not known has none.
    """
    if structure.building:
        return False
    local, rest = timezone.localtime(at), settings.rest_hours()
    night = local.hour >= rest.night_from or local.hour < rest.night_to
    return night or is_public_holiday(local.date())


def last_finding(structure: Structure, at: datetime | None = None) -> str:
    """The result of the last finding since it was entered or built again, made by then; empty without one."""
    since = structure.relapsed_at
    rows = [
        row
        for row in records.findings(structure)
        if (at is None or row.at <= at) and (since is None or row.at >= since)
    ]
    return rows[-1].result if rows else ""
