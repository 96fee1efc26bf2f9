"""The shape of the files under ``data/``: which fields an entry has and of what kind.

What the entries mean together (overlaps, gaps, references) is checked by `chengshu.law.checks`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar, get_args

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chengshu.law.model import FineUnit, Mode, PartyKind

Confidence = Literal["verified", "unverified"]
Level = Literal["law", "administrative_regulation", "local_regulation", "department_rule", "local_rule"]
OtherPenalty = Literal[
    "warning",
    "confiscate_gain",
    "confiscate_goods",
    "revoke_licence",
    "suspend_business",
    "restore",
    "demolish",
]
Coercion = Literal["seize_goods", "seize_tools", "seize_vehicle", "forced_removal", "substitute_performance"]
PeriodUnit = Literal["calendar_day", "working_day", "month", "year", "hour", "statute"]
OTHER_PENALTIES: tuple[str, ...] = get_args(OtherPenalty)
COERCIONS: tuple[str, ...] = get_args(Coercion)

Text = Annotated[str, Field(min_length=1)]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0)]


class Entry(BaseModel):
    """An entry has only the fields that are known: a misspelt one is a mistake, not a remark."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatedEntry(Entry):
    valid_from: date
    valid_to: date | None = None


class CitationEntry(Entry):
    instrument: Text
    article: str = ""


class VersionEntry(DatedEntry):
    source: str = ""


class InstrumentEntry(Entry):
    code: Text
    title: Text
    level: Level
    versions: Annotated[tuple[VersionEntry, ...], Field(min_length=1)]


class FieldEntry(Entry):
    code: Text
    name: Text
    name_en: Text
    transferred_from: date | None = None


class TierEntry(Entry):
    code: Text
    name: Text
    name_en: Text
    min: Amount
    max: Amount
    confidence: Confidence = "unverified"


class FineEntry(Entry):
    min: Amount
    max: Amount
    unit: FineUnit = "yuan"
    party: PartyKind | None = None
    optional: bool = False
    base: str = ""
    cap: Amount | None = None
    grave_max: Amount | None = None
    grave_min: Amount | None = None
    tiers: tuple[TierEntry, ...] = ()


class RuleEntry(DatedEntry):
    breach: CitationEntry
    penalty: CitationEntry
    mode: Mode
    at_once: bool = False
    parties: Annotated[tuple[PartyKind, ...], Field(min_length=1)] = ("person", "organisation")
    other_penalties: tuple[OtherPenalty, ...] = ()
    coercive: tuple[Coercion, ...] = ()
    confidence: Confidence
    text: tuple[Text, ...] = ()
    note: str = ""
    fines: tuple[FineEntry, ...] = ()


class CauseEntry(Entry):
    code: Text
    number: Count
    name: Text
    name_en: Text
    field: Text
    transferred_on: date | None = None
    model_file: bool = False
    advice: str = ""
    offsite_allowed: bool = False
    rules: Annotated[tuple[RuleEntry, ...], Field(min_length=1)]


class Cited(DatedEntry):
    """An entry of the procedure or the exemptions: dated, with its provision."""

    citation: CitationEntry
    confidence: Confidence
    text: tuple[Text, ...] = ()
    note: str = ""


class ThresholdEntry(Cited):
    code: Text
    person: Amount
    organisation: Amount
    inclusive: bool = True


class PeriodEntry(Cited):
    code: Text
    n: Count
    unit: PeriodUnit
    extension: Count | None = None


class RequirementEntry(Cited):
    code: Text
    name: Text
    name_en: Text
    n: Count | None = None


class AuthorityEntry(Cited):
    area: Literal["subdistrict", "town", "district"]
    authority: Literal["bureau", "subdistrict_office", "town_government"]


class ReasonEntry(Cited):
    code: Text
    name: Text
    name_en: Text
    must: bool


class ItemEntry(Cited):
    code: Text
    name: Text
    name_en: Text
    causes: Annotated[tuple[Text, ...], Field(min_length=1)]
    conditions: tuple[Text, ...] = ()


E = TypeVar("E", bound=Entry)


def shape(kind: type[E], raw: Any, where: str, problems: list[str]) -> E | None:
    """The entry in its shape; None, with one sentence a fault added to ``problems``, if it has another."""
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        faults = error.errors()
        deeper = {fault["loc"][:depth] for fault in faults for depth in range(len(fault["loc"]))}
        problems.extend(
            f"{_place(where, fault['loc'])}: {_say(fault)}"
            for fault in faults
            if fault["loc"] not in deeper  # a list is "too short" where its entries are faulty
        )
        return None


def _place(where: str, path: tuple[int | str, ...]) -> str:
    return " › ".join([where, *(str(step + 1) if isinstance(step, int) else step for step in path)])


def _say(fault: Any) -> str:
    """Pydantic's finding as a sentence in the reader's language."""
    kind, context, given = fault["type"], fault.get("ctx", {}), fault["input"]
    if kind == "missing":
        return _("This field is missing.")
    if kind == "extra_forbidden":
        return _("There is no such field.")
    if kind == "literal_error":
        return _("“%(given)s” is not one of %(expected)s.") % {
            "given": given,
            "expected": context["expected"],
        }
    if kind.startswith("date"):
        return _("“%(given)s” is not a date (YYYY-MM-DD).") % {"given": given}
    if kind == "too_short":
        return _("At least one entry is needed.")
    if kind in ("model_type", "tuple_type", "string_type", "bool_type", "bool_parsing", "string_too_short"):
        expected = {"model_type": _("a mapping"), "tuple_type": _("a list")}.get(
            kind, _("true or false") if kind.startswith("bool") else _("a text")
        )
        return _("This must be %(expected)s.") % {"expected": expected}
    return _("“%(given)s” is not a number that can stand here.") % {"given": given}
