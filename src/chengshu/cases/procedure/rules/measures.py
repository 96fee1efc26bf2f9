"""Seizure and preservation are confirmed by the head of the authority himself (行政强制法 art. 18, 19)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _

from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.law.model import Citation

from .base import Problem, Weight, rule


def _provision(measure: Step) -> Citation | None:
    """What asks for the approval of a measure."""
    if measure.kind is K.PRESERVE:
        found = applicable.period_or_none("preservation_decision", measure.day)
        return found.citation if found else None
    needed = applicable.requirement("seizure_approval", measure.day)
    return needed.citation if needed else None


@rule("measure-confirmation", K.CONFIRM_MEASURE, article="seizure_approval", weight=Weight.GRAVE)
def measure_confirmation(file: CaseFile, step: Step) -> Iterator[Problem]:
    """There is a measure to confirm, and whoever was named as approving it confirms it."""
    if not file.unconfirmed:
        yield Problem(_("No seizure or preservation waits to be confirmed."))
        return
    measure = file.unconfirmed[0]
    named = measure.data.get("approver")
    if named and named != step.data.get("approver"):
        yield Problem(_("Another leader is named as having approved this measure."), "", _provision(measure))


@rule("confirmation-late", K.CONFIRM_MEASURE, refuses=False)
def confirmation_late(file: CaseFile, step: Step) -> Iterator[Problem]:
    """What was done on the spot is reported and approved within 24 hours (行政强制法 art. 19)."""
    if not file.unconfirmed or file.unconfirmed[0].data.get("emergency") is not True:
        return
    measure = file.unconfirmed[0]
    period = applicable.period("emergency_seizure_report", measure.day)
    if step.at - measure.at > timedelta(hours=period.n):
        yield Problem(
            _("A measure on the spot is confirmed within %(n)d hours.") % {"n": period.n},
            citation=period.citation,
        )


@rule("measure-unconfirmed", K.REPORT, K.APPROVE_DECISION, K.RELEASE_SEIZURE, refuses=False)
def measure_unconfirmed(file: CaseFile, step: Step) -> Iterator[Problem]:
    """That somebody else wrote down the approval does not show that it was given."""
    for measure in file.unconfirmed:
        yield Problem(
            _("No leader has confirmed the measure of %(day)s.") % {"day": measure.day},
            citation=_provision(measure),
        )
