"""After the decision: service, payment, enforcement, closing, disclosure, file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.case_file import CaseFile, PartyView, party_of
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.kernel.workdays import add_period

from .base import Problem, Weight, late, rule

MODES = ("direct", "left", "posted", "public_notice", "electronic")


@rule("service-late", K.SERVE, weight=Weight.SLIGHT, refuses=False, whole=False)
def service_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The decision reaches the party on the spot or within seven days (art. 61)."""
    party, decision = party_of(file, step), file.decision
    if party is None or decision is None or step.data.get("document") != "decision":
        return
    first = party.served_on is None and step.data.get("mode") != "public_notice"
    if first and (problem := late("service", decision.day, step.day_of("served_on") or step.day)):
        yield problem


@rule("service-mode", K.SERVE, article="service", weight=Weight.GRAVE)
def service_mode(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Each way of service has its own proof (民事诉讼法 art. 88 to 95, 城管条例 art. 25)."""
    data, mode = step.data, step.data.get("mode")
    if mode not in MODES:
        yield Problem(_("This way of service is not known."))
    if data.get("result") != "served":
        return
    if mode == "direct" and not data.get("receiver"):
        yield Problem(_("Enter who received the document and in which capacity."))
    if mode == "left" and not (data.get("witness") or data.get("recording")):
        yield Problem(_("Leaving a document needs a witness, or photos or video of it."))
    if mode == "posted" and not data.get("receipt"):
        yield Problem(_("Service by post needs the receipt."))
    if mode == "electronic" and not data.get("consent"):
        yield Problem(_("Electronic service needs the party's signed consent."))
    if mode == "public_notice":
        yield from _public_notice(file, step)


def _public_notice(file: CaseFile, step: Step) -> Iterator[Problem]:
    published = step.day_of("published_on")
    if published is None:
        yield Problem(_("Enter when and where the public notice appeared."))
        return
    ends = applicable.due("public_notice_service", published)
    if (step.day_of("served_on") or step.day) < ends:
        yield Problem(
            _("A public notice counts as service from %(day)s.") % {"day": ends},
            citation=applicable.period("public_notice_service", published).citation,
        )


@rule("service-date", K.NOTICE, K.SERVE, article="service", weight=Weight.GRAVE)
def service_date(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A paper reaches nobody before it is there, and a service is recorded once it has happened.

    From this day the time for statement, hearing and payment runs.
    """
    served = step.day_of("served_on")
    if served is None:
        return
    if served > step.day:
        yield Problem(_("The day of service, %(day)s, lies after this step.") % {"day": served})
    party = party_of(file, step)
    paper = step if step.kind is K.NOTICE else _paper(file, party, str(step.data.get("document")))
    if paper is not None and served < paper.day:
        yield Problem(
            _("The day of service, %(served)s, lies before the document of %(day)s.")
            % {"served": served, "day": paper.day}
        )


def _paper(file: CaseFile, party: PartyView | None, document: str) -> Step | None:
    if document == "notice":
        return party.notice if party else None
    return file.decision if document == "decision" else None


@rule("cash-limit", K.PAY, weight=Weight.SERIOUS)
def cash_limit(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Cash on the spot only for small fines or where it could not be collected later (art. 68)."""
    if step.data.get("method") != "cash" or step.data.get("hard_to_collect"):
        return
    limit, party = applicable.threshold("cash_on_the_spot", step.day), party_of(file, step)
    if not file.simple and not file.partial:
        yield Problem(_("Cash is taken only on an on-the-spot decision."), citation=limit.citation)
    elif party and party.fine > limit.amount(party.kind):
        yield Problem(
            _("Cash may be taken on the spot up to %(limit)s yuan.") % {"limit": limit.amount(party.kind)},
            party.key,
            limit.citation,
        )


@rule("overpaid", K.PAY, whole=False)
def overpaid(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Nobody pays more than what was decided, and nothing is paid back this way."""
    party = party_of(file, step)
    if Decimal(str(step.data.get("amount") or 0)) <= 0 and not file.partial:
        yield Problem(_("The amount paid must be greater than zero."))
    if party is None:
        yield Problem(_("The decision names a party that the case does not have."))
        return
    paid = party.paid + Decimal(str(step.data.get("amount") or 0))
    if paid > party.owed:
        yield Problem(
            _("With this payment %(party)s would have paid %(paid)s yuan of %(owed)s.")
            % {"party": party.name, "paid": paid, "owed": party.owed},
            party.key,
        )


def pay_by(party: PartyView) -> date | None:
    """The last day for payment, None before service."""
    if party.pay_until:
        return party.pay_until
    return applicable.due("payment", party.served_on) if party.served_on else None


def accrued(party: PartyView, due: date, until: date) -> Decimal:
    """The late charge in yuan for the days after ``due``, each on what was still open then (art. 72).

    Never more than the fine; days of a pending review or suit do not count (2021 art. 73). A payment that
    came late ends the count and does not undo it.
    """
    rate = applicable.requirement("late_charge", until)
    stands = applicable.requirement("late_charge_stay", until)
    if rate is None or rate.n is None:
        return Decimal(0)
    total, day = Decimal(0), due + timedelta(days=1)
    while day <= until and total < party.fine:
        if not (stands and party.contested_on(day)):
            paid = sum((amount for paid_on, amount in party.payments if paid_on < day), Decimal(0))
            total += max(party.fine - paid, Decimal(0)) * rate.n / 100
        day += timedelta(days=1)
    return min(total, party.fine)


@rule("late-charge", K.LATE_CHARGE, article="late_charge", weight=Weight.GRAVE)
def late_charge(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Three per cent a day, never more than the fine (art. 72)."""
    party = party_of(file, step)
    due = pay_by(party) if party else None
    rate = applicable.requirement("late_charge", step.day)
    if party is None or rate is None or rate.n is None:
        return
    if due is None or step.day <= due:
        yield Problem(_("The time for payment has not run out."), party.key)
        return
    most = accrued(party, due or step.day, step.day)
    total = party.late_charge + Decimal(str(step.data.get("amount") or 0))
    if total > most:
        yield Problem(
            _("The late charge may be %(most)s yuan at most.") % {"most": most.quantize(Decimal("0.01"))},
            party.key,
        )


@rule("reminder-early", K.REMIND, article="reminder", weight=Weight.GRAVE)
def reminder_early(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Nobody is reminded of what is not due yet (行政强制法 art. 54)."""
    party = party_of(file, step)
    until = pay_by(party) if party else None
    if until is None:
        yield Problem(_("The decision has not been served."))
    elif step.day <= until:
        yield Problem(_("The party may perform the decision until %(day)s.") % {"day": until})


def _remedies_end(party: PartyView, served: date) -> date:
    """The last day for going to court: the period's, or when what the party had begun came to its end."""
    period = applicable.due("litigation", served)
    ended = [contest for contest in party.contests if contest.ended_on]
    last = ended[-1].ended_on if ended else None
    if last is None:
        return period
    withdrawn = ended[-1].ended is not None and ended[-1].ended.data.get("result") == "withdrawn"
    return max(period, last) if withdrawn else last


@rule("court-reminder", K.APPLY_TO_COURT, article="reminder", weight=Weight.GRAVE)
def court_reminder(file: CaseFile, step: Step) -> Iterator[Problem]:
    """First a reminder, then ten days, and only when the remedies have run out (行政强制法 art. 53, 54)."""
    party = party_of(file, step)
    if party is None or party.served_on is None:
        yield Problem(_("The decision has not been served."))
        return
    if party.reminded_on is None:
        yield Problem(_("The party must be reminded first."), party.key)
    elif step.day <= applicable.due("reminder_before_court", party.reminded_on):
        yield Problem(
            _("Ten days must pass after the reminder."),
            party.key,
            applicable.period("reminder_before_court", step.day).citation,
        )
    if party.pending:  # another rule's matter
        return
    remedies = _remedies_end(party, party.served_on)
    if step.day <= remedies:
        yield Problem(
            _("The party may still go to court until %(day)s.") % {"day": remedies},
            party.key,
            applicable.period("litigation", step.day).citation,
        )
    period = applicable.period("court_application", step.day)
    last = add_period(remedies, period.n, "month")
    if step.day > last:
        yield Problem(_("The application was due by %(day)s.") % {"day": last}, party.key, period.citation)


@rule("simple-record-late", K.SIMPLE_RECORD, weight=Weight.SLIGHT, refuses=False)
def simple_record_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The on-the-spot decision is filed with the authority in time (art. 52)."""
    if file.decision and (problem := late("simple_record", file.decision.day, step.day)):
        yield problem


@rule("close", K.CLOSE, article="closing", weight=Weight.GRAVE, whole=False)
def close(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A case is closed when everything decided has been done."""
    for party in file.parties.values():
        if party.served_on is None:
            yield Problem(_("The decision was not served on %(party)s.") % {"party": party.name}, party.key)
        owed = party.fine + party.late_charge
        if not file.partial:  # old tables do not say what became of confiscated gains
            owed += party.confiscated
        if party.paid > party.owed and not file.partial:
            yield Problem(
                _("%(amount)s yuan are to be refunded to %(party)s.")
                % {"party": party.name, "amount": party.paid - party.owed},
                party.key,
            )
        if party.paid < owed and not party.enforced:
            yield Problem(
                _("%(party)s has paid %(paid)s of %(owed)s yuan.")
                % {"party": party.name, "paid": party.paid, "owed": owed},
                party.key,
            )
    if any(seizure.released is None for seizure in file.seizures):
        yield Problem(_("Something is still seized."))
    if file.still_preserved:
        yield Problem(_("Something is still registered and preserved."))
    if file.simple and not file.partial and not file.done(K.SIMPLE_RECORD):
        yield Problem(_("The on-the-spot decision has not been filed with the authority."))


@rule("disclosure-late", K.DISCLOSE, weight=Weight.SLIGHT, refuses=False, whole=False)
def disclosure_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Within seven working days of the decision."""
    if (
        file.decision
        and not step.data.get("again")
        and (problem := late("disclosure", file.decision.day, step.day))
    ):
        yield problem


@rule("disclosure-masked", K.DISCLOSE, article="disclosure", weight=Weight.SERIOUS)
def disclosure_masked(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Natural persons are not named to the public."""
    if any(p.kind == "person" for p in file.parties.values()) and step.data.get("masked") is not True:
        yield Problem(_("The names of natural persons must be masked."))


@rule("disclosure-missing", K.ARCHIVE, article="disclosure", weight=Weight.SERIOUS, refuses=False)
def disclosure_missing(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A decision that was never disclosed."""
    if not file.done(K.DISCLOSE) and not file.last.get(K.CLOSE, step).data.get("not_disclosed_because"):
        yield Problem(_("The decision was never disclosed, and no reason is given."))


@rule("withdrawal-reason", K.WITHDRAW_DISCLOSURE, article="disclosure")
def withdrawal_reason(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Only what is disclosed can be withdrawn."""
    if file.disclosed_on is None:
        yield Problem(_("The decision is not disclosed."))


@rule("police-late", K.TRANSFER, weight=Weight.SERIOUS, refuses=False)
def police_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A suspected crime goes to the police within 24 hours of the decision to transfer (国务院令310)."""
    decided = step.data.get("decided_at")
    if step.data.get("to_kind") != "police" or not decided:
        return
    period = applicable.period("crime_transfer_handover", step.day)
    if step.at - datetime.fromisoformat(str(decided)) > timedelta(hours=period.n):
        yield Problem(
            _("The handover is due within %(n)d hours.") % {"n": period.n}, citation=period.citation
        )
