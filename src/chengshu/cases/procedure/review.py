"""One set of rules, two uses: a step before it is taken, and a whole file afterwards (案卷评查)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from .case_file import CaseFile, apply
from .particulars import listed
from .party_view import Elsewhere
from .rules import BY_KIND, Finding, Weight
from .steps import Step
from .transitions import REQUIRED, STATE_LABELS, STEP_LABELS, after


def findings(file: CaseFile, step: Step) -> Iterator[Finding]:
    """Everything that speaks against taking ``step`` after ``file``, and what must be noted about it."""
    place = len(file.steps)
    if after(file.state, step.kind, file.before_suspension) is None:
        text = _("“%(step)s” is not possible while the case is “%(state)s”.") % {
            "step": STEP_LABELS[step.kind],
            "state": STATE_LABELS[file.state],
        }
        yield Finding("order", Weight.GRAVE, text, None, place)
    missing = [name for name in REQUIRED[step.kind] if step.data.get(name) in (None, "", [], {})]
    if missing and not file.partial:
        text = _("“%(step)s” lacks: %(what)s.") % {
            "step": STEP_LABELS[step.kind],
            "what": listed(missing),
        }
        yield Finding("particulars", Weight.SERIOUS, text, None, place)
        return
    if file.steps and step.at < file.steps[-1].at:
        text = _("“%(step)s” is dated before the step that precedes it.") % {"step": STEP_LABELS[step.kind]}
        yield Finding("dates", Weight.SERIOUS, text, None, place)
    for rule in BY_KIND[step.kind]:
        if not (file.partial and rule.whole):
            yield from rule.findings(file, step)


def review(
    steps: Iterable[Step], *, partial: bool = False, elsewhere: Sequence[Elsewhere] = ()
) -> tuple[CaseFile, list[Finding]]:
    """Go through a file from its first step: what it adds up to, and every finding on the way.

    ``elsewhere``: what its parties were fined in other cases (`chengshu.cases.elsewhere`).
    """
    file = CaseFile(partial=partial, elsewhere=elsewhere)
    found: list[Finding] = []
    for step in steps:
        found.extend(findings(file, step))
        apply(file, step)
    return file, found
