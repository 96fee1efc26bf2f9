"""Before the decision: notice, statement and defence, hearing, legal review, group discussion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.case_file import CaseFile, PartyView, party_of
from chengshu.cases.procedure.particulars import listed
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.law.model import Citation, PartyKind

from .base import Problem, Weight, overdue, rule

NOTICE_CONTENTS = ("facts", "reasons", "basis", "rights", "proposal")
CHECKLIST = {
    "checked_authority": gettext_lazy("Competence, powers and officers are in order"),
    "checked_procedure": gettext_lazy("The procedure is lawful"),
    "checked_facts": gettext_lazy("Facts are clear, evidence is lawful and sufficient"),
    "checked_law": gettext_lazy("Provisions and discretion are applied rightly"),
    "checked_documents": gettext_lazy("Documents are complete and in form"),
    "checked_crime": gettext_lazy("It was asked whether it is a crime to be transferred"),
}
"""What the legal review looks at; the form asks for each."""
HEAVY = frozenset({"revoke_licence", "suspend_business", "downgrade", "close_down", "restrict_trade"})


def amount(outcome: Mapping[str, Any], key: str = "fine") -> Decimal:
    """An amount of an outcome or proposal in yuan."""
    return Decimal(str(outcome.get(key) or 0))


def reaches(code: str, on: date, party: PartyKind, value: Decimal) -> bool:
    """Whether an amount reaches a threshold for this kind of party."""
    threshold = applicable.threshold(code, on)
    limit = threshold.amount(party)
    return value > 0 and (value >= limit if threshold.inclusive else value > limit)


def hearing_due(outcome: Mapping[str, Any], party: PartyKind, on: date) -> bool:
    """Whether the party may ask for a hearing against such a penalty (art. 63)."""
    others = set(outcome.get("others") or ())
    return (
        reaches("hearing", on, party, amount(outcome))
        or reaches("hearing", on, party, amount(outcome, "confiscated"))
        or bool(others & HEAVY)
    )


def review_due(file: CaseFile, outcome: Mapping[str, Any], party: PartyKind, on: date) -> bool:
    """Whether the decision needs a legal review first (art. 58 and the city's list)."""
    others = set(outcome.get("others") or ())
    return (
        reaches("legal_review", on, party, amount(outcome))
        or reaches("legal_review", on, party, amount(outcome, "confiscated"))
        or bool(others & (HEAVY | {"demolish_completed"}))
        or bool(outcome.get("mitigated"))
        or file.hearing_held is not None
    )


def parties_decided(file: CaseFile, step: Step) -> Iterator[tuple[PartyView, Mapping[str, Any]]]:
    """Each party of a decision with what it gets."""
    for outcome in step.data.get("outcomes") or []:
        party = file.parties.get(str(outcome.get("party", "1")))
        if party is not None:
            yield party, outcome


@rule("notice-contents", K.NOTICE, article="notice")
def notice_contents(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Content, facts, reasons, basis and rights (art. 44)."""
    missing = [name for name in NOTICE_CONTENTS if name not in set(step.data.get("contents") or ())]
    if missing:
        yield Problem(_("The notice lacks: %(what)s.") % {"what": listed(missing)})


@rule("notice-hearing-right", K.NOTICE, article="hearing_on_request", weight=Weight.GRAVE)
def notice_hearing_right(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A heavy penalty is announced together with the right to a hearing (art. 63)."""
    party = party_of(file, step)
    proposal = step.data.get("proposal") or {}
    if party and hearing_due(proposal, party.kind, step.day) and not step.data.get("hearing_right"):
        yield Problem(_("For this penalty the notice must tell of the right to a hearing."))


@rule("hearing-notice-early", K.HEARING_NOTICE, K.HOLD_HEARING, article="hearing_on_request")
def hearing_notice_early(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Seven days before the hearing, which is not held before the day that was told (art. 64)."""
    if step.kind is K.HOLD_HEARING:
        told, earlier = file.last.get(K.HEARING_NOTICE), file.hearing_held
        if told is None or (earlier is not None and told.at < earlier.at):
            yield Problem(_("No notice of the hearing was given."))
        elif (day := told.day_of("hearing_on")) and step.day < day:
            yield Problem(_("The hearing was announced for %(day)s.") % {"day": day})
        return
    held = step.day_of("hearing_on")
    if held is None:
        return
    latest = applicable.due("hearing_notice", held, on=step.day, backwards=True)
    if step.day > latest:
        yield Problem(
            _("For a hearing on %(held)s the notice was due by %(day)s.") % {"held": held, "day": latest},
            citation=applicable.period("hearing_notice", step.day).citation,
        )


@rule("notice-missing", K.APPROVE_DECISION, article="notice", weight=Weight.GRAVE)
def notice_missing(file: CaseFile, step: Step) -> Iterator[Problem]:
    """No penalty without notice beforehand that has reached the party (art. 44, 62)."""
    for party, outcome in parties_decided(file, step):
        if outcome.get("type") == "no_penalty":
            continue
        if party.notice is None:
            yield Problem(_("%(party)s was given no notice.") % {"party": party.name}, party.key)
        elif party.notice_served_on is None:
            yield Problem(_("The notice to %(party)s was not served.") % {"party": party.name}, party.key)


@rule("statement-heard", K.APPROVE_DECISION, article="statement_heard", weight=Weight.GRAVE)
def statement_heard(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The party was heard, has waived it, or has let the time pass; what it said was reviewed (art. 45)."""
    for party, outcome in parties_decided(file, step):
        if outcome.get("type") == "no_penalty" or party.notice_served_on is None:
            continue
        said = party.statement.data if party.statement else {}
        if said.get("made") is not True and not said.get("waived"):
            due = heard_until(file, "statement", party.notice_served_on, step.day)
            if step.day <= due:
                yield Problem(
                    _("%(party)s may state its case until %(day)s.") % {"party": party.name, "day": due},
                    party.key,
                )
        elif said.get("made") is True and party.statement_review is None:
            yield Problem(
                _("What %(party)s said in its defence was not reviewed.") % {"party": party.name}, party.key
            )


@rule("heavier", K.NOTICE, K.APPROVE_DECISION, article="no_heavier_for_defence", weight=Weight.GRAVE)
def heavier(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Not more than the notice said: a defence must not make it worse (art. 45).

    Nor by a second notice after the defence, unless evidence has come in since.
    """
    if step.kind is K.NOTICE:
        party = party_of(file, step)
        defended = party.defended if party else None
        if party is None or defended is None or any(item.at > defended.at for item in file.evidence):
            return
        pairs = [(party, step.data.get("proposal") or {})]
    else:
        pairs = list(parties_decided(file, step))
    for party, outcome in pairs:
        noticed = party.notice or (party.former_notice if step.kind is K.NOTICE else None)
        if noticed is not None and outcome.get("type") != "no_penalty":
            yield from _heavier(party, noticed.data.get("proposal") or {}, outcome)


def _heavier(party: PartyView, noticed: Mapping[str, Any], outcome: Mapping[str, Any]) -> Iterator[Problem]:
    if amount(outcome) > amount(noticed):
        yield Problem(
            _("The fine of %(fine)s yuan is higher than the %(noticed)s yuan of the notice.")
            % {"fine": amount(outcome), "noticed": amount(noticed)},
            party.key,
        )
    more = set(outcome.get("others") or ()) - set(noticed.get("others") or ()) - {"warning"}
    if more or amount(outcome, "confiscated") > amount(noticed, "confiscated"):
        yield Problem(_("The notice did not announce all that is imposed here."), party.key)


def heard_until(file: CaseFile, code: str, served: date, on: date) -> date:
    """The last day on which a party may speak or ask for a hearing; days of suspension do not count."""
    return applicable.due(code, served) + timedelta(days=file.paused_days(served, on))


@rule("hearing", K.APPROVE_DECISION, article="hearing_on_request", weight=Weight.GRAVE)
def hearing(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Who may ask for a hearing has the time to do so, and gets it when asking in time (art. 63, 64)."""
    for party, outcome in parties_decided(file, step):
        served = party.notice_served_on
        if served is None or not hearing_due(outcome, party.kind, step.day):
            continue
        due = heard_until(file, "hearing_request", served, step.day)
        asked, held = party.hearing_request, file.hearing_held
        if asked is not None and asked.day <= due and (held is None or held.at < asked.at):
            yield Problem(_("%(party)s asked for a hearing.") % {"party": party.name}, party.key)
        if asked is None and not party.hearing_waived and step.day <= due:
            yield Problem(
                _("%(party)s may ask for a hearing until %(day)s.") % {"party": party.name, "day": due},
                party.key,
            )


@rule("legal-review", K.APPROVE_DECISION, article="legal_review", weight=Weight.GRAVE)
def legal_review(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Not reviewed or not passed: no decision (art. 58)."""
    for party, outcome in parties_decided(file, step):
        if outcome.get("type") == "no_penalty" or not review_due(file, outcome, party.kind, step.day):
            continue
        review = file.last.get(K.LEGAL_REVIEW)
        if review is None:
            yield Problem(_("This decision needs a legal review first."), party.key)
        elif (report := file.last.get(K.REPORT)) is not None and review.at < report.at:
            yield Problem(_("The case was reported anew, so the legal review must be made again."), party.key)
        elif review.data.get("opinion") != "agree":
            yield Problem(_("The legal review did not agree."), party.key)
        elif file.hearing_held is not None and review.at < file.hearing_held.at:
            yield Problem(_("After the hearing the legal review must be made again."), party.key)


@rule("review-checklist", K.LEGAL_REVIEW, article="legal_review")
def review_checklist(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Who agrees has looked at each of the points (art. 58)."""
    missing = [label for name, label in CHECKLIST.items() if step.data.get(name) is not True]
    if step.data.get("opinion") == "agree" and missing:
        points = _("; ").join(str(label) for label in missing)
        yield Problem(_("The review agrees without having confirmed: %(points)s.") % {"points": points})


@rule("discussion", K.APPROVE_DECISION, article="group_discussion", weight=Weight.GRAVE)
def discussion(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Complex cases and heavy penalties are discussed by the leaders together (art. 57)."""
    report = file.last.get(K.REPORT)
    complex_case = bool(report and report.data.get("complex"))
    heavy = any(
        hearing_due(outcome, party.kind, step.day) or outcome.get("mitigated")
        for party, outcome in parties_decided(file, step)
    )
    talk = file.last.get(K.DISCUSS)
    if (complex_case or heavy) and talk is None:
        yield Problem(_("A complex case or heavy penalty is first discussed by the leaders together."))
    elif (complex_case or heavy) and talk and report and talk.at < report.at:
        yield Problem(_("The case was reported anew, so the leaders must discuss it again."))
    if talk is not None and len(talk.data.get("participants") or ()) < 2:
        yield Problem(_("A group discussion needs at least two leaders."))


@rule("hearing-request-late", K.REQUEST_HEARING, article="hearing_on_request")
def hearing_request_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A request after the period gives no right to a hearing; it is answered, not filed as one (art. 64)."""
    party = party_of(file, step)
    if party is None or party.notice_served_on is None:
        yield Problem(_("The party has not been given notice yet."))
        return
    until = heard_until(file, "hearing_request", party.notice_served_on, step.day)
    citation = applicable.period("hearing_request", party.notice_served_on).citation
    yield from overdue(until, step.day, citation)


def authority_citation(file: CaseFile, on: date) -> Citation | None:
    """Where it stands in whose name one decides."""
    found = applicable.authority(file.area, on)
    return found.citation
