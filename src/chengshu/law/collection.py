"""The catalogue of the law as one value, with everything in it by code."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _

from chengshu.law.model import (
    AuthorityRule,
    Cause,
    Citation,
    ExemptionItem,
    ExemptionReason,
    Field,
    InstrumentTitle,
    Period,
    Requirement,
    Threshold,
    in_force,
)


class LawProblem(ValueError):
    """The law has no answer, or the question lacks something: one translated sentence for people."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The law that the platform knows. Entries that follow each other under one code are in order."""

    instruments: tuple[InstrumentTitle, ...]
    fields: tuple[Field, ...]
    causes: tuple[Cause, ...]
    """By their numbers in the catalogue."""
    thresholds: Mapping[str, tuple[Threshold, ...]]
    periods: Mapping[str, tuple[Period, ...]]
    requirements: Mapping[str, tuple[Requirement, ...]]
    authorities: Mapping[str, tuple[AuthorityRule, ...]]
    exemption_reasons: Mapping[str, tuple[ExemptionReason, ...]]
    exemption_items: Mapping[str, tuple[ExemptionItem, ...]]
    _instruments: dict[str, InstrumentTitle] = dataclasses.field(init=False, repr=False)
    _fields: dict[str, Field] = dataclasses.field(init=False, repr=False)
    _causes: dict[str, Cause] = dataclasses.field(init=False, repr=False)
    _items_of: dict[str, tuple[ExemptionItem, ...]] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        items: dict[str, list[ExemptionItem]] = {}
        for versions in self.exemption_items.values():
            for item in versions:
                for code in item.causes:
                    items.setdefault(code, []).append(item)
        for name, value in {
            "_instruments": {entry.code: entry for entry in self.instruments},
            "_fields": {entry.code: entry for entry in self.fields},
            "_causes": {entry.code: entry for entry in self.causes},
            "_items_of": {code: tuple(entries) for code, entries in items.items()},
        }.items():
            object.__setattr__(self, name, value)

    def cause(self, code: str) -> Cause:
        """案由 by code. Raises :class:`LawProblem` for an unknown one."""
        try:
            return self._causes[code]
        except KeyError:
            raise LawProblem(_("There is no cause of action “%(code)s”.") % {"code": code}) from None

    def field(self, code: str) -> Field:
        """执法领域 by code. Raises :class:`LawProblem` for an unknown one."""
        try:
            return self._fields[code]
        except KeyError:
            raise LawProblem(_("There is no field of enforcement “%(code)s”.") % {"code": code}) from None

    def instrument(self, code: str) -> InstrumentTitle:
        """法律规范 by code. Raises :class:`LawProblem` for an unknown one."""
        try:
            return self._instruments[code]
        except KeyError:
            raise LawProblem(_("There is no legal instrument “%(code)s”.") % {"code": code}) from None

    def title(self, instrument_code: str) -> str:
        """An instrument's full title without 《》. Raises :class:`LawProblem` for an unknown one."""
        return self.instrument(instrument_code).title

    def cite(self, citation: Citation, on: date | None = None) -> str:
        """《title》 and the article, as documents print it.

        With a day, an instrument of several wordings says since when the one of that day is in force.
        """
        instrument = self.instrument(citation.instrument)
        printed = f"《{instrument.title}》{citation.article}"
        version = in_force(instrument.versions, on) if on and len(instrument.versions) > 1 else None
        if version is None:
            return printed
        since = formats.date_format(version.valid_from, "DATE_FORMAT")
        return printed + _(" (in force since %(day)s)") % {"day": since}

    def items_of(self, cause_code: str) -> tuple[ExemptionItem, ...]:
        """The exemption list's entries that name a cause, whenever they apply."""
        return self._items_of.get(cause_code, ())

    def unverified(self) -> Iterable[tuple[str, str]]:
        """(kind, code) of everything that rests on general knowledge instead of the text."""
        for cause in self.causes:
            if not all(rule.verified for rule in cause.rules):
                yield "cause", cause.code
        for kind, entries in (
            ("threshold", self.thresholds),
            ("period", self.periods),
            ("requirement", self.requirements),
            ("authority", self.authorities),
            ("exemption_reason", self.exemption_reasons),
            ("exemption_item", self.exemption_items),
        ):
            for code, versions in entries.items():
                if not all(entry.citation.verified for entry in versions):
                    yield kind, code
