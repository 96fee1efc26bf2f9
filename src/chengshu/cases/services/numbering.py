"""Numbers of cases and documents: gap-free per authority, kind and year, taken while approving."""

from __future__ import annotations

from datetime import date
from typing import Any

from chengshu.cases.authorities import authority_for
from chengshu.cases.models import Case
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.kernel.numbers import document_number

WORDS = {"penalty": "罚决字", "no_penalty": "不罚决字", "simple": "当罚决字", "notice": "罚告字"}


def give_numbers(case: Case, kind: K, data: dict[str, Any], on: date) -> None:
    """Fill in the numbers that a step brings; those given already (a leased block) stay."""
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
        for outcome in data.get("outcomes") or []:
            if outcome.get("number"):
                continue
            word = "simple" if kind is K.SIMPLE_DECISION else outcome.get("type") or "penalty"
            outcome["number"] = next_document_number(case, WORDS.get(word, WORDS["penalty"]), on)
        if kind is K.SIMPLE_DECISION and not data.get("number") and data.get("outcomes"):
            data["number"] = data["outcomes"][0]["number"]
            case.number = case.number or data["number"]
    elif kind is K.NOTICE and not data.get("number"):
        data["number"] = next_document_number(case, WORDS["notice"], on)


def next_document_number(case: Case, word: str, on: date) -> str:
    """The next number of a kind of document of the authority that is competent on the day."""
    held = authority_for(case.district, case.town, on)
    return document_number(held.number, district_id=case.district_id, word=held.word, kind=word, year=on.year)
