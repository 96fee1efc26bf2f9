"""Many files at once, from the demo or from another system: the same rules, written in few statements."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.cases.models import Case, CaseStep
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.review import review
from chengshu.cases.procedure.rules import Finding
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.steps import StepRefused, sentence
from chengshu.cases.services.summary import fill_summary, party_rows
from chengshu.cases.signals import cases_written
from chengshu.cases.stored import digest_of, officers_as_json
from chengshu.kernel import ledger
from chengshu.kernel.copying import copy_models
from chengshu.kernel.ledger import Draft
from chengshu.kernel.ledger.entries import plain


@dataclass(frozen=True)
class WholeFile:
    """A case as it is to be written: its place and its steps. ``partial``: a row of an old system."""

    steps: Sequence[Step]
    squad: Unit | None = None
    town: Town | None = None
    source: str = Case.Source.PATROL
    place: str = ""
    position: tuple[float, float] | None = None
    object_id: int | None = None
    number: str = ""
    partial: bool = False
    is_key: bool = False
    labels: dict[str, Any] = field(default_factory=dict)


def write_files(
    district: District, files: Sequence[WholeFile], *, by: User | None, people: dict[str, User] | None = None
) -> list[Case]:
    """Write whole files in one transaction; every step is checked by the rules that guard single steps.

    ``people``: accounts by user name, for the columns that point to them. Raises `StepRefused` for the first
    file with a refused step; then nothing is written. Files with ``partial`` keep their findings.
    """
    held = people or {}
    rows: list[tuple[Case, WholeFile, CaseFile, list[Finding]]] = []
    for given in files:
        file, found = review(given.steps, partial=given.partial)
        refusing = [finding for finding in found if finding.refuses]
        if refusing and not given.partial:
            raise StepRefused(refusing)
        rows.append((_row(district, given, file, found, held), given, file, found))
    with transaction.atomic():
        copy_models([row[0] for row in rows])
        copy_models([party for case, _given, file, _found in rows for party in party_rows(case, file)])
        records = [record for row in rows for record in _records(row[0], row[1], row[3], by, held)]
        copy_models(records)
        drafts = [Draft(r.case.chain, f"step.{r.kind}", {"seq": r.seq, "sha256": r.digest}) for r in records]
        ledger.append_many(drafts, actor=by.username if by else "system")
        cases_written.send(Case, ids=[row[0].pk for row in rows])
    return [row[0] for row in rows]


def _row(
    district: District, given: WholeFile, file: CaseFile, found: list[Finding], people: dict[str, User]
) -> Case:
    lead = file.first.get(K.REGISTER_LEAD) or file.first.get(K.SIMPLE_SCENE)
    summary = str((lead.data.get("summary") or lead.data.get("facts") or "") if lead else "")
    case = Case(
        district=district,
        squad=given.squad,
        town=given.town,
        source=given.source,
        place=given.place[:300],
        position=given.position,
        object_id=given.object_id,
        number=given.number,
        imported=given.partial,
        is_key=given.is_key,
        summary=summary[:500],
        findings=len(found),
        found_on=lead.day if lead else None,
    )
    fill_summary(case, file)
    officers = [people.get(officer.id) for officer in file.officers[:2]]
    case.officer, case.second_officer = (*officers, None, None)[:2]
    return case


def _records(
    case: Case, given: WholeFile, found: list[Finding], by: User | None, people: dict[str, User]
) -> list[CaseStep]:
    records = []
    for place, step in enumerate(given.steps):
        record = CaseStep(
            case=case,
            seq=place + 1,
            kind=step.kind,
            at=step.at,
            by=people.get(step.by, by),
            officers=officers_as_json(step.officers),
            data=plain(dict(step.data)),
            findings=[
                {"rule": f.rule, "weight": f.weight, "text": sentence(f)} for f in found if f.step == place
            ],
            client_id=uuid.uuid4(),
        )
        record.digest = digest_of(record)
        records.append(record)
    return records
