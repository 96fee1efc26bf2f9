"""How a rule is written: a function over the file so far and a step that says in sentences what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _

from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.steps import Step, StepKind
from chengshu.law.model import Citation


class Weight(StrEnum):
    """分量: what a finding means for the file."""

    GRAVE = "grave"  # the decision would not stand
    SERIOUS = "serious"  # a step was not done as the law asks
    SLIGHT = "slight"  # late or incomplete, to be explained


@dataclass(frozen=True)
class Problem:
    """What one rule has to say about one step; ``citation`` where it differs from the rule's own."""

    text: str
    party: str = ""
    citation: Citation | None = None


@dataclass(frozen=True)
class Finding:
    """评查问题: a problem with its rule, its weight and the provision it offends against."""

    rule: str
    weight: Weight
    text: str
    citation: Citation | None
    step: int
    party: str = ""
    refuses: bool = True


Check = Callable[[CaseFile, Step], Iterable[Problem]]


@dataclass(frozen=True)
class Rule:
    """规则. ``refuses``: the step is not taken; otherwise it is recorded and the finding stands.

    ``article``: code of the requirement (``law/data/procedure.yaml``) whose provision the rule applies.
    ``whole``: needs to know how steps were done and does not judge files that are rows of a table.
    """

    code: str
    weight: Weight
    kinds: frozenset[StepKind]
    article: str
    check: Check
    refuses: bool = True
    whole: bool = True

    def findings(self, file: CaseFile, step: Step) -> Iterator[Finding]:
        """What the rule finds in taking ``step`` after ``file``."""
        for problem in self._problems(file, step):
            yield Finding(
                rule=self.code,
                weight=self.weight,
                text=problem.text,
                citation=problem.citation or self.citation(step),
                step=len(file.steps),
                party=problem.party,
                refuses=self.refuses,
            )

    def _problems(self, file: CaseFile, step: Step) -> Iterator[Problem]:
        """What the check says; where the law has no answer to its question, that is the problem."""
        try:
            yield from self.check(file, step)
        except applicable.LawProblem as problem:
            yield Problem(str(problem))

    def citation(self, step: Step) -> Citation | None:
        """The provision in force on the day of the step."""
        found = applicable.requirement(self.article, step.day) if self.article else None
        return found.citation if found else None


RULES: dict[str, Rule] = {}
BY_KIND: dict[StepKind, list[Rule]] = {kind: [] for kind in StepKind}


def rule(
    code: str,
    *kinds: StepKind,
    article: str = "",
    weight: Weight = Weight.SERIOUS,
    refuses: bool = True,
    whole: bool = True,
) -> Callable[[Check], Check]:
    """Register a check for some kinds of step."""

    def register(check: Check) -> Check:
        if code in RULES:
            raise ValueError(f"rule {code} is there twice")
        made = Rule(code, weight, frozenset(kinds), article, check, refuses, whole)
        RULES[code] = made
        for kind in kinds:
            BY_KIND[kind].append(made)
        return check

    return register


def overdue(due: date, done: date, citation: Citation | None) -> Iterator[Problem]:
    """A problem when something was done after its last day."""
    if done > due:
        yield Problem(_("Due by %(due)s, done on %(done)s.") % {"due": due, "done": done}, citation=citation)


def late(code: str, start: date | None, done: date | None, *, on: date | None = None) -> Problem | None:
    """The same by the code of a period; nothing where that period does not apply on the day."""
    period = applicable.period_or_none(code, on or start) if start and done else None
    if period is None or start is None or done is None:
        return None
    try:
        due = applicable.due(code, start, on=on)
    except applicable.LawProblem:  # holidays not known yet: then nobody can be called late
        return None
    return next(overdue(due, done, period.citation), None)
