"""A decision served without a network and taken in as it was served: what was irregular about its record.

Such a decision stands until it is annulled or changed, so it is taken in whatever the rules say. What they
say by themselves they say again whenever the file is reviewed; what only the moment of taking in could show
(whose block a number was from, whether a signature came along) is kept in the step (``noted``) and spoken
about here.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K

from .base import Problem, Weight, rule

NUMBER: dict[str, str | Promise] = {
    "number-none": _("The paper that was served bears no number."),
    "number-unknown": _("The number %(number)s lies in no block that was leased."),
    "number-used": _("The number %(number)s is borne by another decision already."),
    "number-closed": _("The block of the number %(number)s was closed before it came in."),
    "number-expired": _("The number %(number)s was given after the lease of its block had run out."),
    "number-other-officer": _("The number %(number)s is from the block of another officer."),
    "number-other-authority": _("The number %(number)s is of another authority or year."),
}
SIGNATURES: dict[str, str | Promise] = {
    "officer-unsigned": _("The decision does not bear the signatures of both officers."),
    "party-unsigned": _("The party neither signed nor is recorded to have refused."),
}
SCENE: dict[str, str | Promise] = {
    "no-photo": _("No photo of the scene came with the decision."),
    "file-refused": _("The content of a photo or signature could not be accepted."),
    "lead-unseen": _("The lead named is not one that the sender sees; its photos were left out."),
    "party-id": _("The number of the party's paper is not a possible one."),
    "not-acting": _("Whoever sent the decision is not one of its two officers."),
    "not-entitled": _("When the decision came in, its sender no longer had the right to handle cases."),
}
PLACE: dict[str, str | Promise] = {
    "outside-area": _("The place lies outside the area of the officer."),
    "other-town": _("The place lies in the area of another authority than the one whose number was given."),
}
AUTHORITY: dict[str, str | Promise] = {
    "authority-other": _("The paper names another authority than its number and place do."),
}
CLOCK: dict[str, str | Promise] = {
    "clock-ahead": _("The device's clock was ahead; the decision is dated by when it came in."),
}
KNOWN = frozenset({*NUMBER, *SIGNATURES, *SCENE, *PLACE, *AUTHORITY, *CLOCK})
"""Every code that may be noted."""


def _said(step: Step, known: dict[str, str | Promise]) -> Iterator[Problem]:
    said = {"number": step.data.get("number") or ""}
    for code in step.data.get("noted") or ():
        if code in known:
            yield Problem(str(known[code]) % said)


@rule("number-block", K.SIMPLE_DECISION, article="decision_content")
def number_block(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A number without a network comes from one's own open block, once."""
    yield from _said(step, NUMBER)


@rule("served-signatures", K.SIMPLE_DECISION, article="simple_on_the_spot")
def served_signatures(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Both officers sign the decision, the party its receipt (art. 52)."""
    yield from _said(step, SIGNATURES)


@rule("served-scene", K.SIMPLE_DECISION, article="simple_on_the_spot")
def served_scene(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The scene is shown, by those who acted there."""
    yield from _said(step, SCENE)


@rule("served-place", K.SIMPLE_DECISION, article="simple_on_the_spot")
def served_place(file: CaseFile, step: Step) -> Iterator[Problem]:
    """Officers act in their own area."""
    yield from _said(step, PLACE)


@rule("served-authority", K.SIMPLE_DECISION, article="decision_content")
def served_authority(file: CaseFile, step: Step) -> Iterator[Problem]:
    """The paper speaks in the name of the authority that decides (art. 52); not a matter of form."""
    yield from _said(step, AUTHORITY)


@rule("served-clock", K.SIMPLE_DECISION, weight=Weight.SLIGHT)
def served_clock(file: CaseFile, step: Step) -> Iterator[Problem]:
    """A decision is dated by a clock that goes right."""
    yield from _said(step, CLOCK)
