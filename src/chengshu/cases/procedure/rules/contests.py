"""When a party goes to review or court (复议、诉讼): what stands still, what follows from the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from chengshu.cases.procedure.case_file import ANNULLED, CaseFile, party_of
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K

from .base import Problem, Weight, late, rule

REMEDIES = ("reconsideration", "litigation", "own_motion")
"""The last: the authority finds its own error and puts it right of itself (2021 art. 75 para. 2)."""
RESULTS = ("upheld", "changed", "annulled", "unlawful", "void", "rejected", "withdrawn")


@rule("contest", K.CONTEST, K.CONTEST_ANSWER, K.CONTEST_RESULT, weight=Weight.GRAVE)
def contest(file: CaseFile, step: Step) -> Iterator[Problem]:
    """One after the other, against a decision that there is, each ended before the next."""
    party = party_of(file, step)
    if party is None or file.decision is None or not party.outcome:
        yield Problem(_("There is no decision on this party."))
    elif step.kind is K.CONTEST:
        if step.data.get("remedy") not in REMEDIES:
            yield Problem(
                _("Enter whether it is an administrative review, a suit or the authority's own correction."),
                party.key,
            )
        if party.pending:
            yield Problem(_("A review or suit of this party is pending."), party.key)
        begun = step.day_of("begun_on")
        if begun and (begun > step.day or begun < file.decision.day):
            yield Problem(_("It can only have begun between the decision and today."), party.key)
    elif party.pending is None:
        yield Problem(_("No review or suit of this party is pending."), party.key)


@rule("contest-result", K.CONTEST_RESULT, article="no_heavier_in_review", weight=Weight.GRAVE)
def contest_result(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A change says what is left, and is not heavier for the party who went there (复议法 63, 行诉法 77)."""
    party, result, on = party_of(file, step), step.data.get("result"), step.day_of("effective_on")
    if party is None or party.pending is None:
        return
    if result not in RESULTS:
        yield Problem(_("This outcome is not known."), party.key)
    if on and (on > step.day or on < party.pending.begun_on):
        yield Problem(_("It can only have taken effect between its beginning and today."), party.key)
    if result != "changed":
        return
    if step.data.get("fine") in (None, ""):
        yield Problem(_("Enter the fine as it was changed, 0 if none is left."), party.key)
    fine, gains = (Decimal(str(step.data.get(name) or 0)) for name in ("fine", "confiscated"))
    heavier = fine > party.fine or gains > party.confiscated
    if heavier and step.data.get("counter_request") is not True:
        yield Problem(_("Review and suit do not make it worse for whoever went there."), party.key)


@rule(
    "execution-stayed", K.LATE_CHARGE, K.REMIND, K.APPLY_TO_COURT, K.ENFORCED,
    article="stay_of_execution", weight=Weight.GRAVE,
)  # fmt: skip
def execution_stayed(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Where execution stands still nothing is enforced; the court is asked only when all is over."""
    party = party_of(file, step)
    if party is None or party.pending is None:
        return
    if party.stayed:
        yield Problem(_("The execution of this decision is suspended."), party.key)
    elif step.kind is K.APPLY_TO_COURT:
        yield Problem(_("A review or suit of this party is pending."), party.key)


@rule("refund", K.REFUND, weight=Weight.SERIOUS)
def refund(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Paid back is what was paid too much."""
    party, amount = party_of(file, step), Decimal(str(step.data.get("amount") or 0))
    most = party.paid - party.owed if party else Decimal(0)
    if amount <= 0 or amount > most:
        yield Problem(_("At most %(most)s yuan can be refunded.") % {"most": max(most, Decimal(0))})


@rule("reopen", K.REOPEN, weight=Weight.GRAVE)
def reopen(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Taken up again only where the decision was annulled as a whole and a new one was ordered."""
    if file.simple:
        yield Problem(_("An on-the-spot decision is not taken up again: open a new case."))
        return
    for party in file.parties.values():
        ended = [one.ended for one in party.contests if one.ended is not None]
        last = ended[-1].data if ended else {}
        if last.get("result") not in ANNULLED:
            yield Problem(_("The decision on %(party)s stands.") % {"party": party.name}, party.key)
        elif last.get("again") is not True:
            yield Problem(_("No new decision on %(party)s was ordered.") % {"party": party.name}, party.key)


@rule("withdrawal-late", K.WITHDRAW_DISCLOSURE, weight=Weight.SERIOUS, refuses=False)
def withdrawal_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """What was changed or annulled is withdrawn within three days (2021 art. 48)."""
    if file.undone_on and (problem := late("disclosure_withdrawal", file.undone_on, step.day)):
        yield problem


@rule("withdrawal-missing", K.REOPEN, K.CLOSE, K.ARCHIVE, article="disclosure", refuses=False)
def withdrawal_missing(file: CaseFile, step: Step) -> Iterator[Problem]:
    """What is not as disclosed any more does not stay disclosed."""
    if file.undone_on:
        yield Problem(_("The decision was changed or annulled and is still disclosed."))


@rule("disclosure-undone", K.DISCLOSE, article="disclosure", weight=Weight.GRAVE)
def disclosure_undone(file: CaseFile, step: Step) -> Iterator[Problem]:
    """An annulled decision is not disclosed."""
    outcomes = [party.outcome for party in file.parties.values()]
    if outcomes and all(outcome.get("type") == "annulled" for outcome in outcomes):
        yield Problem(_("The decision was annulled: there is nothing to disclose."))
