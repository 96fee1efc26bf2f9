"""The columns of a case that follow from its steps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from chengshu.bureau.models import User
from chengshu.cases.models import Case, Party
from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.clocks import next_clock
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.signals import cases_written
from chengshu.registry.derive import search_tokens


def fill_summary(case: Case, file: CaseFile) -> None:
    """Set the columns from the file; saves nothing."""
    case.state, case.step_count = file.state, len(file.steps)
    case.cause = file.cause
    if file.cause and applicable.known(file.cause):
        case.field = applicable.cause(file.cause).field
    if file.simple:
        case.procedure = Case.Procedure.SIMPLE
    elif file.done(K.APPROVE_FILING):
        case.procedure = Case.Procedure.GENERAL
    case.act_on, case.act_until = file.act_on, file.act_until
    case.filed_on = file.filed_on
    case.decided_on = file.decision.day if file.decision else None
    case.closed_on, case.archived_on = _since_reopened(file, K.CLOSE), _since_reopened(file, K.ARCHIVE)
    if file.done(K.ARCHIVE):
        case.archive_number = str(file.last[K.ARCHIVE].data.get("archive_number", ""))[:60]
    case.disclosed_on = file.disclosed_on
    case.to_correct = bool(file.objected)
    parties = file.parties.values()
    case.party_names = "、".join(party.name for party in parties)[:200]
    case.fine = sum((party.fine for party in parties), Decimal(0))
    case.confiscated = sum((party.confiscated for party in parties), Decimal(0))
    case.paid = sum((party.paid for party in parties), Decimal(0))
    exempt = [p.outcome.get("would_be") for p in parties if p.outcome.get("type") == "no_penalty"]
    case.exempt_amount = sum((Decimal(str(v or 0)) for v in exempt), Decimal(0)) if exempt else None
    case.decision_number = next((p.outcome["number"] for p in parties if p.outcome.get("number")), "")[:80]
    clock = next_clock(file)
    case.due_on, case.due_for = (clock.due, clock.code) if clock else (None, "")
    name = applicable.cause(file.cause).name if file.cause and applicable.known(file.cause) else ""
    exact = [case.number, case.decision_number, *(str(p.data.get("id_number") or "") for p in parties)]
    names = f"{case.party_names}{name}"[:200]
    case.search_tokens = search_tokens(names, case.place, [text for text in exact if text])


def _since_reopened(file: CaseFile, kind: K) -> date | None:
    """The day of a step that ends a case, unless it was taken up again since."""
    step = file.last.get(kind)
    return step.day if step and (file.reopened is None or file.reopened.at < step.at) else None


def party_rows(case: Case, file: CaseFile) -> list[Party]:
    """The rows of the parties as the file has them."""
    return [
        Party(
            case=case,
            key=party.key,
            kind=party.kind,
            name=party.name[:200],
            id_number=str(party.data.get("id_number") or "")[:40],
            details=dict(party.data),
            outcome=dict(party.outcome),
            fine=party.fine,
            paid=party.paid,
            decision_number=str(party.outcome.get("number") or "")[:80],
            served_on=party.served_on,
        )
        for party in file.parties.values()
    ]


PARTY_COLUMNS = [
    "kind", "name", "id_number", "details", "outcome", "fine", "paid", "decision_number", "served_on",
    "former",
]  # fmt: skip


def _let_go(case: Case, keys: Iterable[str]) -> None:
    """Rows of those who are no parties any more: gone, or kept aside where papers name them."""
    rows = Party.everyone.filter(case=case, key__in=list(keys))
    rows.filter(documents__isnull=True, drafts__isnull=True).delete()
    rows.update(former=True)


def save_summary(case: Case, file: CaseFile) -> None:
    """Write the columns of the case and its parties."""
    fill_summary(case, file)
    people: dict[str, Any] = {
        user.username: user for user in User.objects.filter(username__in=[o.id for o in file.officers[:2]])
    }
    held = [people.get(officer.id) for officer in file.officers[:2]]
    case.officer, case.second_officer = (*held, None, None)[:2]
    case.findings = sum(len(record) for record in case.steps.values_list("findings", flat=True))
    case.save()
    if file.former_parties:
        _let_go(case, file.former_parties)
    if rows := party_rows(case, file):
        Party.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["case", "key"], update_fields=PARTY_COLUMNS
        )
    cases_written.send(Case, ids=[case.pk])
