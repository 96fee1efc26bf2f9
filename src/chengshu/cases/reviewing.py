"""File review (案卷评查) over many cases: the rules that guard each step, run over whole files.

There is no second set of rules: `procedure.review.review` is what the services ask too. Cases are read in
batches of five queries, so that a year of a district is a matter of minutes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from chengshu.bureau.models import District, Unit, User
from chengshu.cases.elsewhere import fined_elsewhere
from chengshu.cases.models import Case, CaseStep
from chengshu.cases.procedure import law
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.review import review
from chengshu.cases.procedure.rules import Finding, Weight
from chengshu.cases.procedure.steps import Step, StepKind
from chengshu.cases.procedure.transitions import STEP_LABELS
from chengshu.cases.rule_names import rule_name, weight_name
from chengshu.cases.stored import officers_from_json
from chengshu.kernel.privacy_masks import mask_name

PERMISSION = "cases.audit"
BATCH = 500
ORDER = {weight: place for place, weight in enumerate(Weight)}
Listener = Callable[[int, int], None]


@dataclass(frozen=True)
class Chosen:
    """Which cases are reviewed: of a year (of the decision), a squad; all, or a sample drawn with a seed."""

    year: int | None = None
    squad: str = ""
    sample: int | None = None
    seed: str = ""


@dataclass(frozen=True)
class FoundInFile:
    """One finding as it is listed: where, against which provision, how grave. Persons are masked."""

    case: int
    number: str
    step: int
    step_name: str
    rule: str
    weight: str
    provision: str
    text: str


@dataclass
class RuleCount:
    """How often a rule was broken, and in how many files."""

    rule: str
    name: str
    weight: str
    weight_name: str
    provisions: list[str] = field(default_factory=list)
    findings: int = 0
    files: int = 0


@dataclass
class ReviewReport:
    """What a review found. ``findings`` keeps at most ``most``, the grave ones; all are counted."""

    files: int = 0
    with_findings: int = 0
    found: int = 0
    by_weight: Counter[str] = field(default_factory=Counter)
    rules: dict[str, RuleCount] = field(default_factory=dict)
    findings: list[FoundInFile] = field(default_factory=list)
    most: int = 100_000

    def add(self, found: Sequence[FoundInFile]) -> None:
        """Count the findings of one file."""
        self.files += 1
        self.with_findings += bool(found)
        self.found += len(found)
        for one in found:
            self.by_weight[one.weight] += 1
            count = self.rules.setdefault(
                one.rule, RuleCount(one.rule, rule_name(one.rule), one.weight, weight_name(one.weight))
            )
            count.findings += 1
            if one.provision and one.provision not in count.provisions:
                count.provisions.append(one.provision)
        for rule in {one.rule for one in found}:
            self.rules[rule].files += 1
        self.findings.extend(found)
        if len(self.findings) > 2 * self.most:
            self._cut()

    def _cut(self) -> None:
        self.findings.sort(key=lambda one: ORDER[Weight(one.weight)])
        del self.findings[self.most :]

    def ordered(self) -> list[RuleCount]:
        """The rules that were broken, the gravest and then the most frequent first."""
        return sorted(self.rules.values(), key=lambda c: (ORDER[Weight(c.weight)], -c.findings, c.rule))

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        self._cut()
        self.findings.sort(key=lambda one: (one.case, one.step, one.rule))
        return {
            "files": self.files,
            "with_findings": self.with_findings,
            "found": self.found,
            "by_weight": {weight.value: self.by_weight[weight] for weight in Weight},
            "rules": [asdict(count) for count in self.ordered()],
            "findings": [asdict(one) for one in self.findings],
        }


def choose(cases: QuerySet[Case], chosen: Chosen) -> list[int]:
    """The ids of the cases to review, in order.

    A sample are the cases with the smallest SHA-256 of ``seed/id``: whoever knows the seed draws the same
    files again, and a file more in the pool changes at most one of them.
    """
    if chosen.year is not None:
        cases = cases.filter(decided_on__year=chosen.year)
    if chosen.squad:
        cases = cases.filter(squad__code=chosen.squad)
    ids = list(cases.order_by("id").values_list("id", flat=True))
    if chosen.sample is not None and chosen.sample < len(ids):
        ids = sorted(sorted(ids, key=lambda pk: _lot(chosen.seed, pk))[: chosen.sample])
    return ids


def _lot(seed: str, pk: int) -> bytes:
    return hashlib.sha256(f"{seed}/{pk}".encode()).digest()


def of_person(user: User) -> QuerySet[Case]:
    """The cases that a person may review."""
    return Case.objects.visible_to(user, PERMISSION)


def of_district(district: District) -> QuerySet[Case]:
    """All cases of a district."""
    return Case.objects.filter(district=district)


def squads_of(user: User) -> QuerySet[Unit]:
    """The squads whose cases a person may review."""
    kinds = (Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD)
    theirs = of_person(user).order_by().values("squad").distinct()
    return Unit.objects.filter(kind__in=kinds, pk__in=theirs)


def review_cases(
    ids: Sequence[int], *, most: int = 100_000, listener: Listener | None = None
) -> ReviewReport:
    """Review these cases; ``listener(done, total)`` is called after each batch and may raise to stop."""
    report = ReviewReport(most=most)
    for start in range(0, len(ids), BATCH):
        for head, file, found in reviewed(ids[start : start + BATCH]):
            report.add([listed(head, file, one) for one in found])
        if listener is not None:
            listener(min(start + BATCH, len(ids)), len(ids))
    return report


@dataclass(frozen=True)
class Head:
    """What is needed of a case's row."""

    id: int
    number: str
    imported: bool


def reviewed(ids: Sequence[int]) -> Iterator[tuple[Head, CaseFile, list[Finding]]]:
    """Each case with what its steps add up to and what the rules say of them; a few queries for all."""
    rows = Case.objects.filter(pk__in=ids).values_list("id", "number", "imported")
    heads = {pk: Head(pk, number, imported) for pk, number, imported in rows}
    columns = ("case_id", "kind", "at", "by__username", "officers", "data")
    steps = CaseStep.objects.filter(case_id__in=ids).order_by("case_id", "seq").values_list(*columns)
    fines = fined_elsewhere(ids)
    zone = timezone.get_current_timezone()
    for pk, group in groupby(steps.iterator(chunk_size=5_000), key=lambda row: row[0]):
        head = heads[pk]
        read = (_step(row, zone) for row in group)
        file, found = review(read, partial=head.imported, elsewhere=fines.get(pk, ()))
        yield head, file, found


def _step(row: tuple[Any, ...], zone: Any) -> Step:
    _case, kind, at, by, officers, data = row
    moment: datetime = at.astimezone(zone)
    return Step(StepKind(kind), moment, by or "", officers_from_json(officers), data)


def listed(head: Head, file: CaseFile, one: Finding) -> FoundInFile:
    """A finding as lists have it."""
    step = file.steps[one.step] if one.step < len(file.steps) else None
    return FoundInFile(
        case=head.id,
        number=head.number,
        step=one.step + 1,
        step_name=str(STEP_LABELS[step.kind]) if step else "",
        rule=one.rule,
        weight=one.weight.value,
        provision=law.cite(one.citation) if one.citation else "",
        text=masked(one.text, file),
    )


def masked(text: str, file: CaseFile) -> str:
    """A sentence without the full names of natural persons who are parties."""
    for party in file.parties.values():
        if party.kind == "person" and party.name:
            text = text.replace(party.name, mask_name(party.name))
    return text
