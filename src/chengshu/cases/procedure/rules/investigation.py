"""From the lead to the report: filing in time, orders, evidence, preservation and seizure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.case_file import CaseFile, party_of
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K

from .base import Problem, Weight, late, overdue, rule

ENDINGS = (K.REFUSE_FILING, K.WITHDRAW, K.END, K.TRANSFER)
OFFSITE_NEEDS = {
    "device": gettext_lazy("the device"),
    "certificate": gettext_lazy("a certificate of verification in force"),
    "legal_review": gettext_lazy("the legal review"),
    "technical_review": gettext_lazy("the technical review"),
    "published_at": gettext_lazy("the publication of its place"),
    "reviewed_by": gettext_lazy("whoever reviewed the record"),
}


SUBJECT = (K.PROPOSE_FILING, K.CHANGE_SUBJECT, K.SIMPLE_SCENE)


@rule("limitation", *SUBJECT, article="limitation", weight=Weight.GRAVE, whole=False)
def limitation(file: CaseFile, step: Step) -> Iterator[Problem]:
    """An act found only after two years (five where life, health or finance was harmed) is not punished."""
    lead = file.first.get(K.REGISTER_LEAD)
    found = (lead.day_of("found_on") or lead.day) if lead else (step.day_of("found_on") or step.day)
    end = step.day_of("act_until") or step.day_of("act_on")
    if end is None or end > step.day:  # a day to come is another rule's matter
        return
    grave = bool(step.data.get("harm_to_life_or_finance"))
    code = (
        "limitation_grave" if grave and applicable.period_or_none("limitation_grave", found) else "limitation"
    )
    if problem := late(code, end, found, on=found):
        yield Problem(
            _("The act ended on %(end)s and was found on %(found)s: too late for a penalty.")
            % {"end": end, "found": found},
            citation=problem.citation,
        )


@rule("act-after-step", *SUBJECT, whole=False)
def act_after_step(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The act lies before the day on which it is dealt with."""
    began, ended = step.day_of("act_on"), step.day_of("act_until")
    for day in (began, ended):
        if day and day > step.day:
            yield Problem(_("The date of the act, %(day)s, lies after this step.") % {"day": day})
    if began and ended and ended < began:
        yield Problem(_("The last day of the act lies before its first."))


@rule("party-key", K.CHANGE_SUBJECT, weight=Weight.GRAVE)
def party_key(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A key names one party for ever: papers and payments hang on it."""
    held, seen = {**file.former_parties, **file.parties}, set[str]()
    for raw in step.data.get("parties") or ():
        key = str(raw.get("key", "1"))
        if key in seen or (key in held and not held[key].is_named_by(raw)):
            yield Problem(_("The parties of the case are mixed up: name each of them once."), key)
        seen.add(key)


@rule("party-kind", *SUBJECT, weight=Weight.GRAVE, whole=False)
def party_kind(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The offence is on the list for the day of the act, and can be committed by this kind of party."""
    cause = str(step.data.get("cause") or "")
    day = step.day_of("act_until") or step.day_of("act_on")
    if day is None:
        return
    try:
        law = applicable.rule_for(cause, act_on=day, decided_on=step.day)
    except applicable.LawProblem as problem:
        yield Problem(str(problem))
        return
    for raw in step.data.get("parties") or [step.data.get("party") or {}]:
        kind = raw.get("kind", "person") if isinstance(raw, dict) else "person"
        if kind not in law.rule.parties:
            yield Problem(
                _("This offence cannot be committed by this kind of party."), citation=law.rule.penalty
            )


@rule("lead-late", K.PROPOSE_FILING, K.REFUSE_FILING, weight=Weight.SLIGHT, refuses=False)
def lead_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A lead is verified and filed or not within its period (15 days, once extended)."""
    lead = file.first.get(K.REGISTER_LEAD)
    if lead is None:
        return
    period = applicable.period_or_none("lead_verification", lead.day)
    if period is None:
        return
    extended = bool(step.data.get("extended") or (file.last.get(K.CHECK) or step).data.get("extended"))
    due = applicable.due("lead_verification", lead.day, extended=extended)
    if step.day > due:
        yield Problem(
            _("Due by %(due)s, done on %(done)s.") % {"due": due, "done": step.day}, citation=period.citation
        )


@rule("rectify-early", K.ORDER_RECTIFY, K.RECTIFY_RESULT, article="order_first", weight=Weight.GRAVE)
def rectify_early(file: CaseFile, step: Step) -> Iterator[Problem]:
    """An order leaves the time that it names; before that has run out nothing is overdue."""
    if step.kind is K.ORDER_RECTIFY:
        until = step.day_of("due_on")
        if until and until < step.day:
            yield Problem(_("The time for putting it right ends before the order is given."))
        return
    party = party_of(file, step)
    if party is None:
        return
    if not party.ordered:
        yield Problem(_("No order to rectify was given to %(party)s.") % {"party": party.name}, party.key)
    elif step.data.get("result") == "overdue":
        until = party.ordered[-1].day_of("due_on")
        if until and step.day <= until:
            yield Problem(_("The party has until %(day)s to put it right.") % {"day": until}, party.key)


@rule("evidence-missing", K.REPORT, K.SIMPLE_DECISION, article="evidence", weight=Weight.GRAVE)
def evidence_missing(file: CaseFile, step: Step) -> Iterator[Problem]:
    """No facts without evidence (art. 40, 46).

    Device records may have been taken in before the cause was known, so they are judged here again.
    """
    cause = file.cause or str(step.data.get("cause") or "")
    devices_count = bool(cause) and applicable.known(cause) and applicable.cause(cause).offsite_allowed
    if not file.evidence:
        yield Problem(_("There is no evidence in the file yet."))
    elif not devices_count and all(item.data.get("offsite") for item in file.evidence):
        yield Problem(_("The file holds device records only, which are leads for this cause of action."))


@rule("evidence-original", K.ADD_EVIDENCE, article="evidence")
def evidence_original(file: CaseFile, step: Step) -> Iterator[Problem]:
    """What is taken in has a hash; a copy names its original."""
    if len(str(step.data.get("sha256", ""))) != 64:
        yield Problem(_("Evidence needs the hash of its original file."))
    if step.data.get("derived") and not step.data.get("original"):
        yield Problem(_("A copy must name the original it was made from."))


@rule("offsite-evidence", K.ADD_EVIDENCE, article="e_evidence_review", weight=Weight.GRAVE)
def offsite_evidence(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Records of fixed devices count only under art. 41, and only for causes switched on for it."""
    if not step.data.get("offsite"):
        return
    missing = [str(label) for name, label in OFFSITE_NEEDS.items() if not step.data.get(name)]
    if missing:
        yield Problem(
            _("The device record lacks: %(what)s. Without these it is a lead only.")
            % {"what": _(", ").join(missing)}
        )
    if file.cause and not applicable.cause(file.cause).offsite_allowed:
        yield Problem(
            _("Device records are not admitted as evidence for this cause of action: it is a lead only.")
        )


@rule("preserve-late", K.DISPOSE_PRESERVED, weight=Weight.SLIGHT, refuses=False)
def preserve_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """What is preserved is disposed of within seven days, the oldest first (art. 56)."""
    held = file.still_preserved
    if held and (problem := late("preservation_decision", held[0].day, step.day)):
        yield problem


@rule("nothing-held", K.DISPOSE_PRESERVED, K.RELEASE_SEIZURE)
def nothing_held(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Only what is held can be given back."""
    if step.kind is K.DISPOSE_PRESERVED and not file.still_preserved:
        yield Problem(_("Nothing is preserved in this case."))
    if step.kind is K.RELEASE_SEIZURE and not any(s.released is None for s in file.seizures):
        yield Problem(_("Nothing is seized in this case."))


@rule("things-held", *ENDINGS, article="seizure_release", weight=Weight.GRAVE)
def things_held(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Nobody's things stay behind when a case ends: given back or handed over first (行政强制法 art. 28)."""
    if any(seizure.released is None for seizure in file.seizures):
        yield Problem(_("Something is still seized."))
    if file.still_preserved:
        yield Problem(_("Something is still registered and preserved."))


@rule("seizure-approval", K.SEIZE, article="seizure_approval", weight=Weight.GRAVE)
def seizure_approval(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Approved before, or reported within 24 hours where it could not wait (行政强制法 art. 18, 19)."""
    if step.data.get("approver"):
        return
    reported = step.data.get("reported_at")
    if not step.data.get("emergency") or not reported:
        yield Problem(_("A seizure needs the approval of the head of the authority beforehand."))
        return

    period = applicable.period("emergency_seizure_report", step.day)
    if datetime.fromisoformat(str(reported)) - step.at > timedelta(hours=period.n):
        yield Problem(
            _("An emergency seizure is reported within %(n)d hours.") % {"n": period.n},
            citation=period.citation,
        )


@rule("seizure-basis", K.SEIZE, weight=Weight.GRAVE)
def seizure_basis(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Only where the provision on the offence allows it, so the offence must be known."""
    if not file.cause:
        yield Problem(_("Enter the cause of action first: a seizure needs its provision."))
        return
    law = applicable.rule_or_none(file.cause, file.act_end or step.day, step.day)
    if law and not any(measure.startswith("seize") for measure in law.coercive):
        yield Problem(_("No provision allows a seizure for this cause of action."), citation=law.penalty)


@rule("seizure-list", K.SEIZE, article="seizure_list")
def seizure_list(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A list of the things is made on the spot and handed over (行政强制法 art. 24)."""
    if not step.data.get("items"):
        yield Problem(_("The list of seized things is empty."))


@rule("seizure-extension", K.EXTEND_SEIZURE, weight=Weight.GRAVE)
def seizure_extension(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Thirty days, once extended by at most thirty (行政强制法 art. 25)."""
    held = [seizure for seizure in file.seizures if seizure.released is None]
    if not held:
        yield Problem(_("Nothing is seized in this case."))
        return
    start, until = held[-1].step.day, step.day_of("until")
    period = applicable.period("seizure", start)
    if held[-1].extended:
        yield Problem(_("A seizure is extended only once."), citation=period.citation)
    limit = applicable.due("seizure", start, extended=True)
    if until and until > limit:
        yield Problem(_("It may last until %(day)s at most.") % {"day": limit}, citation=period.citation)
    if step.day > applicable.due("seizure", start):
        yield Problem(_("The seizure had already run out."), citation=period.citation)


@rule("seizure-late", K.RELEASE_SEIZURE, weight=Weight.SERIOUS, refuses=False)
def seizure_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """It ends with its period at the latest."""
    held = [seizure for seizure in file.seizures if seizure.released is None]
    if not held:
        return
    start = held[-1].step.day
    end = applicable.due("seizure", start)
    if held[-1].refused:
        end = held[-1].refused.day
    elif held[-1].extended:
        end = held[-1].extended.day_of("until") or end
    yield from overdue(end, step.day, applicable.period("seizure", start).citation)
