"""Numbers of cases and documents: gap-free per authority, kind and year, taken while approving."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.cases.authorities import authority_for
from chengshu.cases.models import Case
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.blocks import use_leased
from chengshu.kernel.numbers import document_number

WORDS = {"penalty": "罚决字", "no_penalty": "不罚决字", "simple": "当罚决字", "notice": "罚告字"}


def give_numbers(case: Case, kind: K, data: dict[str, Any], at: datetime, by: User | None) -> None:
    """Fill in the numbers that a step brings; the caller's transaction writes the step.

    An on-the-spot decision may bring numbers of a block that was leased to whoever records it. Raises
    `BlockProblem` for any other.
    """
    on = timezone.localdate(at)
    if kind is K.APPROVE_FILING and not case.number:
        held = authority_for(case.district, case.town, on)
        case.number = document_number(
            held.case_number, district_id=case.district_id, word=held.word, year=on.year
        )
        data["number"] = case.number
    elif kind in (K.APPROVE_DECISION, K.SIMPLE_DECISION):
        held = authority_for(case.district, case.town, on)
        data.setdefault("authority_kind", held.kind)
        data.setdefault("authority", held.name)
        if kind is K.SIMPLE_DECISION:
            for number in _brought(data):
                use_leased(number, by=by, held=held, at=at)
        for outcome in data.get("outcomes") or []:
            if outcome.get("number"):
                continue
            word = "simple" if kind is K.SIMPLE_DECISION else outcome.get("type") or "penalty"
            outcome["number"] = next_document_number(case, WORDS.get(word, WORDS["penalty"]), on)
        if kind is K.SIMPLE_DECISION and data.get("outcomes"):
            data["number"] = data.get("number") or data["outcomes"][0]["number"]
            case.number = case.number or data["number"]
    elif kind is K.NOTICE and not data.get("number"):
        data["number"] = next_document_number(case, WORDS["notice"], on)


def _brought(data: dict[str, Any]) -> list[str]:
    """The numbers that an on-the-spot decision came with; one for the whole is that of its first outcome."""
    outcomes = data.get("outcomes") or []
    if data.get("number") and outcomes and not outcomes[0].get("number"):
        outcomes[0]["number"] = data["number"]
    found = [str(outcome["number"]) for outcome in outcomes if outcome.get("number")]
    if data.get("number") and str(data["number"]) not in found:
        found.append(str(data["number"]))
    return found


def next_document_number(case: Case, word: str, on: date) -> str:
    """The next number of a kind of document of the authority that is competent on the day."""
    held = authority_for(case.district, case.town, on)
    return document_number(held.number, district_id=case.district_id, word=held.word, kind=word, year=on.year)
