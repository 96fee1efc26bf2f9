"""The decision itself: competence, range, tier, procedure, exemption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.case_file import CaseFile, Elsewhere, PartyView
from chengshu.cases.procedure.particulars import listed
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.law.words import PENALTIES

from .base import Problem, Weight, rule
from .hearing import amount, authority_citation, parties_decided

DECISIONS = (K.APPROVE_DECISION, K.SIMPLE_DECISION)
OUTCOMES = ("penalty", "no_penalty")
CONTENTS = ("party", "facts", "basis", "performance", "remedies", "authority")


def _number(value: object) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


@rule("outcome-missing", *DECISIONS, weight=Weight.GRAVE, whole=False)
def outcome_missing(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Every party gets its own outcome, once."""
    named = [str(outcome.get("party", "1")) for outcome in step.data.get("outcomes") or []]
    for key, party in file.parties.items():
        if named.count(key) == 0:
            yield Problem(_("Nothing is decided on %(party)s.") % {"party": party.name}, key)
    for party, outcome in parties_decided(file, step):
        imposed = amount(outcome) or amount(outcome, "confiscated") or outcome.get("others")
        if outcome.get("type") not in (None, *OUTCOMES) or (
            outcome.get("type") != "no_penalty" and not imposed
        ):
            yield Problem(_("Nothing is imposed on %(party)s.") % {"party": party.name}, party.key)
    for key in set(named) - set(file.parties):
        yield Problem(_("The decision names a party that the case does not have."), key)


@rule("one-fine", *DECISIONS, article="one_fine", weight=Weight.GRAVE, whole=False)
def one_fine(file: CaseFile, step: Step) -> Iterator[Problem]:
    """For one act at most one fine (art. 29)."""
    for party, outcome in parties_decided(file, step):
        named = [str(o.get("party", "1")) for o in step.data.get("outcomes") or [] if amount(o) > 0]
        if named.count(party.key) > 1 or (amount(outcome) > 0 and outcome.get("fined_before")):
            yield Problem(_("%(party)s is already fined for this act.") % {"party": party.name}, party.key)


def _fined_elsewhere(file: CaseFile, step: Step) -> Iterator[tuple[PartyView, Elsewhere]]:
    """The parties to be fined here with the fines in other cases for acts of the same days."""
    if file.act_on is None or file.act_end is None:
        return
    planned = step.data.get("outcomes") or step.data.get("proposals") or []
    fined = {str(outcome.get("party", "1")) for outcome in planned if amount(outcome) > 0}
    for other in file.elsewhere:
        overlap = other.act_on <= file.act_end and file.act_on <= other.act_until
        if overlap and other.party in fined & set(file.parties):
            yield file.parties[other.party], other


@rule("fined-elsewhere", K.PROPOSE_DECISION, *DECISIONS, article="one_fine", weight=Weight.GRAVE)
def fined_elsewhere(file: CaseFile, step: Step) -> Iterator[Problem]:
    """No second fine for the same act in another case, unless the record says why it is another (art. 29)."""
    proposed = file.last.get(K.PROPOSE_DECISION, step)
    if str(step.data.get("another_act") or proposed.data.get("another_act") or "").strip():
        return
    for party, other in _fined_elsewhere(file, step):
        if other.cause == file.cause:
            yield Problem(
                _("%(party)s was fined %(fine)s yuan for this act in case %(case)s; say why this is another.")
                % {"party": party.name, "fine": other.fine, "case": other.number or "—"},
                party.key,
            )


@rule("fined-otherwise", K.PROPOSE_DECISION, *DECISIONS, article="one_fine", refuses=False)
def fined_otherwise(file: CaseFile, step: Step) -> Iterator[Problem]:
    """One act against several provisions is fined once, by the one with the higher fine (art. 29)."""
    for party, other in _fined_elsewhere(file, step):
        if other.cause != file.cause and applicable.known(other.cause):
            yield Problem(
                _("%(party)s was fined %(fine)s yuan for “%(cause)s” in case %(case)s: the higher counts.")
                % {
                    "party": party.name,
                    "fine": other.fine,
                    "cause": applicable.cause(other.cause).name,
                    "case": other.number or "—",
                },
                party.key,
            )


@rule("fine-range", *DECISIONS, weight=Weight.GRAVE, whole=False)
def fine_range(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Inside the range of the law of the act's day, or the newer one where that is milder."""
    for party, outcome in parties_decided(file, step):
        fine = amount(outcome)
        if outcome.get("type") == "no_penalty" or file.act_end is None:
            continue
        try:
            yield from _range_problems(file, file.act_end, step, party, outcome, fine)
        except applicable.LawProblem as problem:
            yield Problem(str(problem), party.key)


def _range_problems(
    file: CaseFile, act_end: date, step: Step, party: PartyView, outcome: Mapping[str, Any], fine: Decimal
) -> Iterator[Problem]:
    law = applicable.rule_for(file.cause, act_on=act_end, decided_on=step.day, party=party.kind)
    cited, others = law.rule.penalty, set(outcome.get("others") or ())
    if unknown := others - set(law.rule.other_penalties) - {"demolish_completed"}:
        yield Problem(
            _("The provision does not know this penalty: %(what)s.")
            % {"what": _(", ").join(str(PENALTIES.get(code, code)) for code in sorted(unknown))},
            party.key,
            cited,
        )
    # Since 2021 the law on penalties itself confiscates gains, before only where the provision says so.
    general = applicable.requirement("gains_confiscated", act_end)
    if amount(outcome, "confiscated") and not general and "confiscate_gain" not in law.rule.other_penalties:
        yield Problem(_("No provision allows gains to be confiscated for this act."), party.key, cited)
    if law.rule.fine_for(party.kind) is None:
        if fine > 0:
            yield Problem(_("The provision knows no fine for this kind of party."), party.key, cited)
        return
    span = applicable.fine_range(
        law.rule,
        party.kind,
        quantity=_number(outcome.get("quantity")),
        base_value=_number(outcome.get("base_value")),
        grave=bool(outcome.get("grave")),
    )
    if fine == 0:
        if not span.optional and not others:
            yield Problem(_("The provision demands a fine."), party.key, cited)
    elif fine > span.max:
        yield Problem(
            _("The fine of %(fine)s yuan exceeds the range of %(min)s to %(max)s yuan.")
            % {"fine": fine, "min": span.min, "max": span.max},
            party.key,
            cited,
        )
    elif fine < span.min and not outcome.get("mitigated"):
        yield Problem(
            _("The fine of %(fine)s yuan is below the range of %(min)s to %(max)s yuan.")
            % {"fine": fine, "min": span.min, "max": span.max},
            party.key,
            cited,
        )


@rule("offence-ended", *DECISIONS, weight=Weight.SERIOUS, refuses=False)
def offence_ended(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Where no rule follows that of the act's day, it must be shown that it is still an offence (art. 37)."""
    for party, outcome in parties_decided(file, step):
        if outcome.get("type") == "no_penalty" or file.act_end is None or not applicable.known(file.cause):
            continue
        law = applicable.rule_for(file.cause, act_on=file.act_end, decided_on=step.day, party=party.kind)
        if law.ended:
            yield Problem(law.reason, party.key, law.rule.penalty)


@rule("tier", *DECISIONS, weight=Weight.SERIOUS, whole=False)
def tier(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The fine lies in the discretion tier (裁量档次) that the decision names."""
    for party, outcome in parties_decided(file, step):
        code = outcome.get("tier")
        law = applicable.rule_or_none(file.cause, file.act_end, step.day, party.kind)
        if not code or law is None or outcome.get("type") == "no_penalty":
            continue
        try:
            span = applicable.tier_range(
                law,
                party.kind,
                str(code),
                quantity=_number(outcome.get("quantity")),
                base_value=_number(outcome.get("base_value")),
            )
        except applicable.LawProblem as problem:
            yield Problem(str(problem), party.key, law.penalty)
            continue
        if not span.contains(amount(outcome)) and not outcome.get("mitigated"):
            yield Problem(
                _("The fine lies outside the tier, %(min)s to %(max)s yuan.")
                % {"min": span.min, "max": span.max},
                party.key,
                law.penalty,
            )


@rule("mitigation-ground", *DECISIONS, article="mitigation", weight=Weight.GRAVE)
def mitigation_ground(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Below the range only for a ground that the law names (art. 32)."""
    for party, outcome in parties_decided(file, step):
        if outcome.get("mitigated") and not str(outcome.get("mitigation_ground") or "").strip():
            yield Problem(_("A penalty below the range needs its ground."), party.key)


@rule("order-first", *DECISIONS, article="order_first", weight=Weight.GRAVE)
def order_first(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Where the provision wants an order first, a fine follows only when that was not obeyed."""
    for party, outcome in parties_decided(file, step):
        law = applicable.rule_or_none(file.cause, file.act_end, step.day, party.kind)
        if amount(outcome) == 0 or law is None or law.mode != "after_order":
            continue
        if not party.ordered:
            yield Problem(_("This offence is fined only after an order to rectify."), party.key, law.penalty)
        elif party.rectified not in ("refused", "overdue"):
            yield Problem(_("The order to rectify was not refused or left undone."), party.key, law.penalty)


@rule("minor", *DECISIONS, article="minor_under_14", weight=Weight.GRAVE)
def minor(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Under 14 no penalty, from 14 to 18 a lighter one (art. 30)."""
    for party, outcome in parties_decided(file, step):
        age = party.age_on(file.act_end or step.day) if party.kind == "person" else None
        if age is None or outcome.get("type") == "no_penalty":
            continue
        child = applicable.requirement("minor_under_14", step.day)
        young = applicable.requirement("minor_14_18", step.day)
        if child and child.n and age < child.n:
            yield Problem(_("A child under 14 is not punished."), party.key)
        elif young and young.n and age < young.n and not (outcome.get("mitigated") or outcome.get("lighter")):
            yield Problem(
                _("From 14 to 18 the penalty must be lighter or below the range."),
                party.key,
                young.citation,
            )


@rule("simple-limit", K.SIMPLE_DECISION, weight=Weight.GRAVE, whole=False)
def simple_limit(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The simple procedure has a limit, by the law of the day of the decision (art. 51)."""
    limit = applicable.threshold("simple_procedure", step.day)
    for party, outcome in parties_decided(file, step):
        if amount(outcome) > limit.amount(party.kind):
            yield Problem(
                _("By the simple procedure at most %(limit)s yuan may be fined; this is %(fine)s.")
                % {"limit": limit.amount(party.kind), "fine": amount(outcome)},
                party.key,
                limit.citation,
            )
        if amount(outcome, "confiscated") or set(outcome.get("others") or ()) - {"warning"}:
            yield Problem(_("The simple procedure knows only fines and warnings."), party.key, limit.citation)


@rule("simple-heard", K.SIMPLE_DECISION, article="simple_on_the_spot", weight=Weight.GRAVE)
def simple_heard(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Facts, ground and rights were told and the party heard before the decision (art. 44, 51, 52)."""
    scene = file.last.get(K.SIMPLE_SCENE)
    if scene is None or scene.data.get("told") is not True:
        yield Problem(_("The party must first be told facts, ground and rights."))
    if scene is not None and scene.data.get("heard") is not True:
        yield Problem(_("The party's statement must be heard, or its waiver recorded."))


@rule("contents", *DECISIONS, article="decision_content", weight=Weight.SERIOUS)
def contents(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The parts that a decision must have (art. 52, 59)."""
    missing = [name for name in CONTENTS if name not in set(step.data.get("contents") or ())]
    if missing:
        yield Problem(_("The decision lacks: %(what)s.") % {"what": listed(missing)})


@rule("number-missing", *DECISIONS, article="decision_content", weight=Weight.SERIOUS, whole=False)
def number_missing(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Each decision has its number."""
    numbers = [
        outcome.get("number") or step.data.get("number") for outcome in step.data.get("outcomes") or []
    ]
    if not numbers or not all(numbers):
        yield Problem(_("The decision has no number."))


@rule("authority", *DECISIONS, weight=Weight.GRAVE, whole=False)
def authority(file: CaseFile, step: Step) -> Iterator[Problem]:
    """In the name of whoever was competent in this kind of town on the day."""
    kind = step.data.get("authority_kind")
    law = applicable.authority(file.area, step.day)
    if kind and kind != law.authority:
        yield Problem(
            _("On %(day)s another authority decided here.") % {"day": step.day},
            citation=authority_citation(file, step.day),
        )


@rule("decision-late", K.APPROVE_DECISION, weight=Weight.SLIGHT, refuses=False, whole=False)
def decision_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Ninety days from filing, suspensions not counted (art. 60)."""
    filed = file.period_start
    period = applicable.period_or_none("decision_after_filing", step.day)
    if filed is None or period is None or filed < period.valid_from:
        return
    due = applicable.due("decision_after_filing", filed, extended=bool(step.data.get("extended")))
    taken = (step.day - due).days - file.paused_days(filed, step.day)
    if taken > 0:
        yield Problem(
            _("Due by %(due)s, done on %(done)s.") % {"due": due, "done": step.day}, citation=period.citation
        )


def _reason_known(code: str, on: date) -> bool:
    try:
        return applicable.exemption_reason(code, on) is not None
    except applicable.LawProblem:
        return False


def _would_be_problems(
    file: CaseFile, act_end: date, step: Step, party: PartyView, outcome: Mapping[str, Any]
) -> Iterator[Problem]:
    """The fine that was forgone is one that the provision knows."""
    law = applicable.rule_for(file.cause, act_on=act_end, decided_on=step.day, party=party.kind).rule
    would_be = amount(outcome, "would_be")
    if law.fine_for(party.kind) is None:
        low, high = Decimal(0), Decimal(0)
    else:
        span = applicable.fine_range(
            law,
            party.kind,
            quantity=_number(outcome.get("quantity")),
            base_value=_number(outcome.get("base_value")),
            grave=bool(outcome.get("grave")),
        )
        low, high = (Decimal(0) if span.optional else span.min), span.max
    if not low <= would_be <= high:
        yield Problem(
            _("The fine that would have applied lies outside the range of %(min)s to %(max)s yuan.")
            % {"min": low, "max": high},
            party.key,
            law.penalty,
        )


@rule("exemption", *DECISIONS, article="exemption_education", weight=Weight.SERIOUS)
def exemption(file: CaseFile, step: Step) -> Iterator[Problem]:
    """No penalty needs a reason of the law, the education given, and the fine that would have applied."""
    for party, outcome in parties_decided(file, step):
        if outcome.get("type") != "no_penalty":
            continue
        if not _reason_known(str(outcome.get("reason", "")), step.day):
            yield Problem(_("The law of that day does not know this reason for no penalty."), party.key)
            continue
        if not outcome.get("education"):
            yield Problem(_("The education given to the party must be recorded."), party.key)
        if outcome.get("would_be") in (None, ""):
            yield Problem(_("Enter the fine that would have applied."), party.key)
        elif file.act_end is not None:
            yield from _would_be_problems(file, file.act_end, step, party, outcome)
        if amount(outcome):
            yield Problem(_("No penalty and a fine exclude each other."), party.key)
