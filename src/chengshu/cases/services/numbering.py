"""Numbers of cases and documents: gap-free per authority, kind and year, taken while approving."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.authorities import archive_series, authority_for
from chengshu.cases.models import Case
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.blocks import bear, use_leased
from chengshu.kernel.numbers import document_number, running_number, upcoming_number

WORDS = {"penalty": "罚决字", "no_penalty": "不罚决字", "simple": "当罚决字", "notice": "罚告字"}


class ArchiveProblem(ValueError):
    """Why a file does not get this archive number; one sentence."""


def give_numbers(case: Case, kind: K, data: dict[str, Any], at: datetime, by: User | None) -> None:
    """Fill in the numbers that a step brings; the caller's transaction writes the step.

    An on-the-spot decision may bring numbers of a block that was leased to whoever records it. Raises
    `BlockProblem` for any other, `ArchiveProblem` for an archive number that cannot be.
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
            outcome["number"] = _next_free(case, WORDS.get(word, WORDS["penalty"]), on)
        if kind is K.SIMPLE_DECISION and data.get("outcomes"):
            data["number"] = data.get("number") or data["outcomes"][0]["number"]
            case.number = case.number or data["number"]
    elif kind is K.NOTICE and not data.get("number"):
        data["number"] = next_document_number(case, WORDS["notice"], on)
    elif kind is K.ARCHIVE:
        data["archive_number"] = _archive_number(case, str(data.get("archive_number") or "").strip(), on)


def _next_free(case: Case, word: str, on: date) -> str:
    """The next number that no case bears: one may have been served before its turn came."""
    number = next_document_number(case, word, on)
    while Case.objects.filter(district=case.district_id, number=number).exists():
        number = next_document_number(case, word, on)
    return number


def keep_number(case: Case, data: dict[str, Any], at: datetime, by: User) -> str:
    """The number of a decision as it was served; returns what is to be noted about it (`blocks.bear`).

    The case is called by it unless another is; a paper without a number gets the next one.
    """
    on = timezone.localdate(at)
    held = authority_for(case.district, case.town, on)
    data.setdefault("authority_kind", held.kind)
    data.setdefault("authority", held.name)
    number = str(data.get("number") or "")
    noted = bear(number, by=by, held=held, at=at, district_id=case.district_id)
    number = number or _next_free(case, WORDS["simple"], on)
    data["number"] = number
    for outcome in data.get("outcomes") or []:
        outcome["number"] = outcome.get("number") or number
    case.number = case.number or _own_name(case, number)
    return noted


def _own_name(case: Case, number: str) -> str:
    """The number as what the case is called, with a mark where another case is called so already."""
    name, times = number, 1
    while Case.objects.filter(district=case.district_id, number=name).exclude(pk=case.pk).exists():
        times += 1
        name = f"{number}（重号{times}）"
    return name


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


def upcoming_archive_number(case: Case, on: date) -> str:
    """The archive number that a file closed into the archive on the day would get; nothing is taken."""
    template, word = archive_series(case.district)
    return upcoming_number(template, district_id=case.district_id, word=word, year=on.year)


def _archive_number(case: Case, wanted: str, on: date) -> str:
    """The number of a file in the archive: the next of the year, or what the archivist wrote.

    A number written by hand may not be another file's nor run ahead of the series, which would come to it
    again. Raises `ArchiveProblem`.
    """
    template, word = archive_series(case.district)
    parts: dict[str, Any] = {"word": word, "year": on.year}
    borne = Case.objects.filter(district=case.district_id).exclude(archive_number="").exclude(pk=case.pk)
    if wanted:
        if borne.filter(archive_number=wanted).exists():
            raise ArchiveProblem(_("Another file bears the archive number %(number)s.") % {"number": wanted})
        upcoming = upcoming_archive_number(case, on)
        here, next_here = (running_number(template, text, **parts) for text in (wanted, upcoming))
        if here is None or next_here is None or here < next_here:
            return wanted
    number = document_number(template, district_id=case.district_id, **parts)
    while borne.filter(archive_number=number).exists():  # written by hand before the series came to it
        number = document_number(template, district_id=case.district_id, **parts)
    if wanted and wanted != number:
        said = {"number": wanted, "next": number}
        raise ArchiveProblem(
            _("The archive number %(number)s runs ahead: the next of this year is %(next)s.") % said
        )
    return number
