"""双公示: penalties (and entries) for the credit office, incremental, each export kept with its digest.

The file names natural persons in full, as the standard asks; pages show them masked (`masked`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.cases.authorities import authority_for
from chengshu.cases.models import Case, Party
from chengshu.cases.procedure import law
from chengshu.inspections.credit.settings import Exchange, codes_of, credit_data
from chengshu.inspections.models import CreditExport, CreditRepair, ExportedPenalty
from chengshu.kernel import files
from chengshu.kernel.identifiers import InvalidIdentifier, check_resident_id, check_uscc
from chengshu.kernel.numbers import next_number
from chengshu.kernel.privacy_masks import MASK, mask_name, mask_resident_id, mask_text, mask_value
from chengshu.kernel.tables import write_csv, write_xlsx

from . import exchange_entries, repairs
from .base import PROPOSE, InspectionProblem, record, require
from .exchange_entries import PreparedEntries
from .rows import RESIDENT_ID, Row, RowProblem, category_of, digest_of, require_mandatory

DISPLAY, DISPLAY_SERIOUS, SIMPLE_BACK = "credit_display", "credit_display_serious", "simple_not_displayed"
TEN_THOUSAND = Decimal(10_000)
CHUNK = 1000
PENALTIES = "行政处罚"  # the name of the first sheet
Key = tuple[int, str]
Kind = ExportedPenalty.Kind


@dataclass
class Prepared:
    """What would be exported now: rows with what they are, and what had to be left out."""

    rows: list[tuple[Key, ExportedPenalty.Kind, Row]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def corrections(self) -> int:
        """Rows that take the place of earlier ones."""
        return sum(kind != Kind.NEW for _key, kind, _row in self.rows)


def in_ten_thousands(yuan: Decimal) -> str:
    """Yuan as 万元 without needless zeros: ``2000`` → ``0.2``; nothing for nothing."""
    return f"{(yuan / TEN_THOUSAND).normalize():f}" if yuan else ""


# --- one row ---------------------------------------------------------------------------------------------
def row_of(case: Case, party: Party) -> Row:
    """The penalty on one party in the columns of the standard. Raises `RowProblem`, `LawProblem`."""
    known, outcome, decided = credit_data().exchange, party.outcome, case.decided_on
    if decided is None:
        raise RowProblem(_("The day of the decision is missing."))
    category = category_of(party.kind, party.id_number)
    fine, gains = Decimal(str(outcome.get("fine") or 0)), Decimal(str(outcome.get("confiscated") or 0))
    codes = codes_of(case.district.code)
    row = dict.fromkeys((column.code for column in known.columns), "")
    row |= {
        "CF_XDR_MC": party.name,
        "CF_XDR_LB": known.categories[category],
        "CF_WSH": str(outcome.get("number") or party.decision_number),
        "CF_SY": mask_text(case.summary),
        "CF_CFLB": "、".join(_kinds(outcome, fine, gains, known)),
        "CF_NR": _content(outcome, fine, gains, known),
        "CF_NR_FK": in_ten_thousands(fine),
        "CF_NR_WFFF": in_ten_thousands(gains),
        "CF_JDRQ": decided.isoformat(),
        "CF_GSJZQ": law.due(DISPLAY_SERIOUS if outcome.get("grave") else DISPLAY, decided).isoformat(),
        "CF_CFJG": authority_for(case.district, case.town, decided).name,
        "CF_CFJGDM": str(codes.get("authority_code") or ""),
        "CF_SJLY": authority_for(case.district, None, decided).name,
        "CF_SJLYDM": str(codes.get("source_code") or ""),
        **_identity(party, category, known),
        **_breach(case, decided, party),
    }
    require_mandatory(row, category, known.columns)
    return row


def _identity(party: Party, category: str, known: Exchange) -> Row:
    """The identifiers, checked. Raises `RowProblem` with what is wrong."""
    try:
        if category != "person":
            code = check_uscc(party.id_number) if party.id_number else ""
            return {"CF_XDR_SHXYM": code, "CF_FRDB": str(party.details.get("representative") or "")}
        paper = str(party.details.get("id_type") or "resident_id")
        number = party.id_number
        if paper == "resident_id" and number:
            number = check_resident_id(number)
    except InvalidIdentifier as problem:
        raise RowProblem(str(problem)) from problem
    return {"CF_XDR_ZJLX": known.papers.get(paper, known.papers["other"]), "CF_XDR_ZJHM": number}


def _breach(case: Case, decided: date, party: Party) -> Row:
    if not law.known(case.cause):
        return {}
    kind: Any = "person" if party.kind == Party.Kind.PERSON else "organisation"
    rule = law.rule_or_none(case.cause, case.act_until or case.act_on, decided, kind)
    basis = "、".join(dict.fromkeys([law.cite(rule.breach), law.cite(rule.penalty)])) if rule else ""
    return {"CF_WFXW": law.cause(case.cause).name, "CF_YJ": basis}


def _kinds(outcome: dict[str, Any], fine: Decimal, gains: Decimal, known: Exchange) -> list[str]:
    codes = ["fine"] * bool(fine) + ["confiscate_gain"] * bool(gains) + list(outcome.get("others") or [])
    return list(dict.fromkeys(known.kinds.get(code, known.kinds["other"]) for code in codes))


def _content(outcome: dict[str, Any], fine: Decimal, gains: Decimal, known: Exchange) -> str:
    """The penalty in one line of Chinese, as the table is read by the credit office."""
    parts = [f"{known.kinds['fine']}人民币{_yuan(fine)}元"] * bool(fine)
    parts += [f"{known.kinds['confiscate_gain']}人民币{_yuan(gains)}元"] * bool(gains)
    told = {"confiscate_gain"} if gains else set()
    others = [code for code in outcome.get("others") or [] if code not in told]
    parts += list(dict.fromkeys(known.kinds.get(code, known.kinds["other"]) for code in others))
    return "；".join(parts)


def _yuan(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


# --- what is to be exported ------------------------------------------------------------------------------
def prepare(district: District, today: date) -> Prepared:
    """Everything new, changed, withdrawn or repaired since the last export."""
    known = credit_data().exchange
    last = _last_exported(district)
    repaired = repairs.repaired_penalties(district.pk)
    made, seen = Prepared(), set[Key]()
    for case, party in _disclosed(district):
        key = (case.pk, party.key)
        seen.add(key)
        before = last.get(key)
        gone = before is None or before.kind in (Kind.WITHDRAWN, Kind.REPAIRED)
        if key in repaired:
            if before is not None and not gone:
                made.rows.append((key, Kind.REPAIRED, _marked(before.content, Kind.REPAIRED, known)))
            continue
        try:
            row = row_of(case, party)
        except (RowProblem, law.LawProblem) as problem:
            made.problems.append(
                {"case": case.pk, "number": case.number, "says": masked_sentence(str(problem))}
            )
            continue
        if gone and row["CF_GSJZQ"] >= today.isoformat():
            made.rows.append((key, Kind.NEW, _marked(row, Kind.NEW, known)))
        elif not gone and before is not None and before.digest != digest_of(row):
            made.rows.append((key, Kind.CORRECTION, _marked(row, Kind.CORRECTION, known)))
    for key, before in last.items():
        if key not in seen and before.kind not in (Kind.WITHDRAWN, Kind.REPAIRED):
            made.rows.append((key, Kind.WITHDRAWN, _marked(before.content, Kind.WITHDRAWN, known)))
    return made


def _marked(row: Row, kind: ExportedPenalty.Kind, known: Exchange) -> Row:
    return {**row, "BZ": known.remarks[kind.value]}


def _last_exported(district: District) -> dict[Key, ExportedPenalty]:
    rows = ExportedPenalty.objects.filter(export__district=district).order_by("case_id", "party_key", "-id")
    return {(row.case_id, row.party_key): row for row in rows.distinct("case_id", "party_key")}


def _disclosed(district: District) -> Iterator[tuple[Case, Party]]:
    """Penalties that are disclosed and that the law of the day lets into the credit record."""
    rows = (
        Party.objects.filter(
            case__district=district, case__disclosed_on__isnull=False, outcome__type="penalty"
        )
        .select_related("case", "case__district", "case__town")
        .defer("case__search_tokens", "case__district__boundary", "case__town__boundary")
        .order_by("case_id", "key")
    )
    for party in rows.iterator(chunk_size=CHUNK):
        case = party.case
        simple, day = case.procedure == Case.Procedure.SIMPLE, case.decided_on
        if simple and day is not None and law.requirement(SIMPLE_BACK, day) is not None:
            continue
        yield case, party


@transaction.atomic
def export(
    district: District, *, by: User | None, listener: Callable[[int, int], None] | None = None
) -> CreditExport:
    """Write penalties and entries as xlsx, penalties also as csv, keep both, and remember what was given.

    Raises `InspectionProblem` where there is nothing to give; PermissionDenied without the whole district.
    """
    require(by, PROPOSE, district_id=district.pk)
    number = next_number("credit.export", district_id=district.pk)  # others wait here until we are done
    at = timezone.now()
    today = timezone.localdate(at)
    prepared, of_entries = prepare(district, today), exchange_entries.prepare(district, today)
    problems = [*prepared.problems, *of_entries.problems]
    if not prepared.rows and not of_entries.rows:
        raise InspectionProblem(_nothing(problems))
    made = _written(district, number, prepared, of_entries, problems, by, at)
    _tell_repairs(prepared, by)
    exchange_entries.tell(of_entries, today, by=by)
    if listener is not None:
        listener(made.rows, made.rows)
    return made


def _written(
    district: District,
    number: int,
    prepared: Prepared,
    of_entries: PreparedEntries,
    problems: list[dict[str, Any]],
    by: User | None,
    at: datetime,
) -> CreditExport:
    """The export with its files, and what it said of each penalty and entry."""
    columns = [column.code for column in credit_data().exchange.columns]
    cells = [[row[code] for code in columns] for _key, _kind, row in prepared.rows]
    made = CreditExport.objects.create(
        district=district,
        number=number,
        made_by=by,
        made_at=at,
        xlsx=_kept(f"credit-{number}.xlsx", lambda file: _workbook(file, columns, cells, of_entries)),
        csv=_kept(f"credit-{number}.csv", lambda file: write_csv(file, columns, cells)),
        rows=len(cells) + len(of_entries.rows),
        corrections=prepared.corrections + of_entries.corrections,
        problems=problems,
    )
    ExportedPenalty.objects.bulk_create(
        [
            ExportedPenalty(
                export=made, case_id=case, party_key=key, kind=kind, digest=digest_of(row), content=row
            )
            for (case, key), kind, row in prepared.rows
        ],
        batch_size=CHUNK,
    )
    exchange_entries.remember(made, of_entries)
    record(
        made, "export", by=by, at=at, number=number, rows=made.rows, corrections=made.corrections,
        entries=len(of_entries.rows), xlsx=made.xlsx.sha256, csv=made.csv.sha256,
    )  # fmt: skip
    return made


def _workbook(
    file: io.BytesIO, columns: list[str], cells: list[list[str]], of_entries: PreparedEntries
) -> int:
    return write_xlsx(file, columns, cells, sheet=PENALTIES, further=[of_entries.sheet()])


def _nothing(problems: Sequence[dict[str, Any]]) -> str:
    if problems:
        return _("Nothing can be reported: %(n)d rows lack something, the first says: %(says)s") % {
            "n": len(problems),
            "says": problems[0]["says"],
        }
    return _("Nothing has changed since the last export.")


def _kept(name: str, write: Callable[[io.BytesIO], Any]) -> Any:
    content = io.BytesIO()
    write(content)
    content.seek(0)
    return files.store(content, name=name, kind="table")


def _tell_repairs(prepared: Prepared, by: User | None) -> None:
    """An export that holds a repaired penalty tells the exchange of the repair."""
    keys = {key for key, kind, _row in prepared.rows if kind == Kind.REPAIRED}
    rows = CreditRepair.objects.filter(case__in={case for case, _key in keys}, state="granted", told_on=None)
    for repair in rows:
        if (repair.case_id, repair.party_key) in keys:
            repairs.tell_exchange(repair, timezone.localdate(), by=by)


def masked_sentence(text: str) -> str:
    """What is wrong with a row, without the digits of a birth date or of a number of a person's papers."""
    return re.sub(r"\d{6,}", lambda found: MASK * len(found[0]), text)


def masked(row: Row) -> Row:
    """The row for a page: natural persons and papers only so far that one knows whom it is about."""
    person = row["CF_XDR_LB"] == credit_data().exchange.categories["person"]
    number = row["CF_XDR_ZJHM"]
    hidden = mask_resident_id(number) if len(number) == RESIDENT_ID else mask_value("other", number)
    return {
        **row,
        "CF_XDR_MC": mask_name(row["CF_XDR_MC"]) if person else row["CF_XDR_MC"],
        "CF_XDR_ZJHM": hidden,
        "CF_FR_ZJHM": mask_value("other", row["CF_FR_ZJHM"]),
        "CF_FRDB": mask_name(row["CF_FRDB"]),
    }
