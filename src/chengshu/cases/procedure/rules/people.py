"""Who acts: two certified officers who show who they are and have no stake in the case."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K

from .base import Problem, Weight, rule

BEFORE_THE_PARTY = (K.INQUIRE, K.SEIZE, K.PRESERVE, K.SIMPLE_SCENE, K.SIMPLE_DECISION)
BY_OFFICERS = (*BEFORE_THE_PARTY, K.CHECK, K.PROPOSE_FILING, K.ASSIGN, K.ORDER_RECTIFY)
APPROVALS = (
    K.APPROVE_FILING, K.CHANGE_SUBJECT, K.SEND_BACK, K.APPROVE_DECISION, K.REFUSE_FILING, K.WITHDRAW,
    K.SUSPEND, K.END, K.TRANSFER,
    K.PRESERVE, K.SEIZE, K.EXTEND_SEIZURE, K.ALLOW_LATER_PAYMENT, K.REOPEN, K.CONFIRM_MEASURE, K.CLOSE,
)  # fmt: skip
ACTING = ("approver", "reviewer", "chair")


@rule(
    "two-officers", *BEFORE_THE_PARTY, K.PROPOSE_FILING, K.ASSIGN, article="two_officers", weight=Weight.GRAVE
)
def two_officers(file: CaseFile, step: Step) -> Iterator[Problem]:
    """行政处罚法 (2021) art. 42: not fewer than two officers."""
    needed = applicable.requirement("two_officers", step.day)
    if needed and len({officer.id for officer in step.officers}) < (needed.n or 2):
        yield Problem(_("At least %(n)d officers must act; enter the second one.") % {"n": needed.n or 2})


@rule("certificate", *BY_OFFICERS, article="certificate", weight=Weight.GRAVE)
def certificate(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Only officers with a certificate valid on the day."""
    for officer in step.officers:
        if not officer.certified(step.day):
            yield Problem(
                _("%(name)s has no enforcement certificate that is valid on %(day)s.")
                % {"name": officer.name, "day": step.day}
            )


@rule("recusal", *K, article="recusal", weight=Weight.GRAVE)
def recusal(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Who has been recused takes no part any more, in whatever role (art. 43)."""
    if not file.recused:
        return
    names = {officer.id: officer.name for officer in (*file.officers, *step.officers)}
    acting = {*(officer.id for officer in step.officers), step.by, *(str(step.data.get(k)) for k in ACTING)}
    for person in sorted(acting & file.recused):
        yield Problem(_("%(name)s has been recused from this case.") % {"name": names.get(person, person)})


def _investigated(file: CaseFile, person: object) -> bool:
    """Whether somebody is or was an officer of the case; giving it away does not undo that."""
    return str(person) in file.investigators or str(person) in {officer.id for officer in file.officers}


@rule("show-id", K.INQUIRE, K.SIMPLE_SCENE, article="show_id")
def show_id(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Officers show their certificates first; else the party may refuse (art. 55)."""
    if step.data.get("id_shown") is not True:
        yield Problem(_("It must be recorded that the officers showed their certificates."))


@rule("own-approval", *APPROVALS, article="head_decides", weight=Weight.GRAVE)
def own_approval(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Who investigates does not decide: the head of the authority or a deputy does (art. 57)."""
    approver = step.data.get("approver")
    if _investigated(file, approver) or str(approver) in {officer.id for officer in step.officers}:
        yield Problem(_("The officers of the case cannot approve it themselves."))


@rule("own-review", K.LEGAL_REVIEW, article="legal_review", weight=Weight.GRAVE)
def own_review(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The legal reviewer is not one of the investigators and is qualified (art. 58)."""
    if _investigated(file, step.data.get("reviewer")):
        yield Problem(_("The legal reviewer must not be an officer of the case."))
    if step.data.get("qualified") is not True:
        yield Problem(_("The legal reviewer needs the legal profession qualification."))


@rule("chair", K.HEARING_NOTICE, K.HOLD_HEARING, article="hearing_on_request", weight=Weight.GRAVE)
def chair(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The hearing is chaired by somebody who did not investigate (art. 64)."""
    if _investigated(file, step.data.get("chair")):
        yield Problem(_("The hearing must be chaired by somebody who did not investigate the case."))
