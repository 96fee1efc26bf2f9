"""Shipped items and checklists: read from ``data/``, resolved to dated versions, references checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chengshu.law.catalogue import catalogue as law
from chengshu.law.reference import parse_reference
from chengshu.leads.services.classes import shipped as lead_classes
from chengshu.registry.services.classes import default_classes

DATA = Path(__file__).parent.parent / "data"


class CatalogueProblem(ValueError):
    """The data cannot be used; ``problems`` has a translated sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=_Shape)


class Cited(_Shape):
    """A provision, where needed with the days on which it is the basis."""

    instrument: str
    article: str = ""
    verified: bool = False
    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")

    def applies(self, on: date) -> bool:
        """Whether it is cited on the day."""
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)

    def plain(self) -> dict[str, Any]:
        """As an entry of a checklist keeps it."""
        return {"instrument": self.instrument, "article": self.article, "verified": self.verified}


class ShippedEntry(_Shape):
    """One question of a checklist; *yes* says that the problem is there."""

    code: str = Field(min_length=1, max_length=40)
    zh: str = Field(min_length=2, max_length=200)
    en: str = Field(min_length=2, max_length=200)
    basis: tuple[Cited, ...] = ()
    cause: str = ""
    lead_class: str
    photo: bool = False
    rectify_days: int = Field(ge=1, le=365)
    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")


class ShippedChecklist(_Shape):
    """The questions for a class of objects, with the days on which a version begins."""

    object_class: str
    title: str = Field(min_length=2, max_length=120)
    title_en: str = Field(max_length=160)
    valid_from: tuple[date, ...] = Field(min_length=1)
    entries: tuple[ShippedEntry, ...] = Field(min_length=1)


class ShippedItem(_Shape):
    """An item of the list of what may be inspected at random."""

    title: str = Field(min_length=2, max_length=120)
    title_en: str = Field("", max_length=160)
    object_classes: tuple[str, ...] = Field(min_length=1)
    basis: tuple[Cited, ...] = ()
    method: str = Field("", max_length=120)
    verified: bool = False


@dataclass(frozen=True)
class Version:
    """A checklist as it is kept from one day on."""

    code: str
    object_class: str
    title: str
    title_en: str
    valid_from: date
    entries: list[dict[str, Any]]


@dataclass(frozen=True)
class Shipped:
    """Everything that is shipped, in the order of the files."""

    items: Mapping[str, ShippedItem]
    checklists: Mapping[str, ShippedChecklist]

    def versions(self, code: str) -> list[Version]:
        """The versions of a checklist, oldest first."""
        stated = self.checklists[code]
        return [
            Version(code, stated.object_class, stated.title, stated.title_en, day, _entries_on(stated, day))
            for day in stated.valid_from
        ]


@lru_cache(maxsize=1)
def shipped() -> Shipped:
    """The data beside this package. Raises `CatalogueProblem` with everything that is wrong."""
    found = read(DATA)
    if problems := check_catalogue(found):
        raise CatalogueProblem(problems)
    return found


def read(folder: Path) -> Shipped:
    """Items and checklists of a folder laid out like ``data/``. Raises `CatalogueProblem`."""
    problems: list[str] = []
    items = _shaped(ShippedItem, folder / "items", problems)
    checklists = _shaped(ShippedChecklist, folder / "checklists", problems)
    if problems:
        raise CatalogueProblem(problems)
    return Shipped(items, checklists)


def _shaped(kind: type[S], folder: Path, problems: list[str]) -> dict[str, S]:
    found: dict[str, S] = {}
    for path in sorted(folder.glob("*.yaml")):
        for code, raw in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
            where = f"{path.name}, {code}"
            if code in found:
                problems.append(_("%(where)s: the code is there twice.") % {"where": where})
            try:
                found[code] = kind.model_validate(raw)
            except ValidationError as error:
                problems.extend(
                    _("%(where)s: %(field)s: %(why)s")
                    % {"where": where, "field": ".".join(map(str, fault["loc"])), "why": fault["msg"]}
                    for fault in error.errors()
                )
    return found


def _entries_on(stated: ShippedChecklist, on: date) -> list[dict[str, Any]]:
    """The questions that are asked from the day on, each with the provisions that hold on it."""
    return [
        {
            "code": entry.code,
            "zh": entry.zh,
            "en": entry.en,
            "basis": _basis_on(entry, on),
            "cause": entry.cause,
            "lead_class": entry.lead_class,
            "photo": entry.photo,
            "rectify_days": entry.rectify_days,
        }
        for entry in stated.entries
        if (entry.first is None or entry.first <= on) and (entry.last is None or on <= entry.last)
    ]


def _basis_on(entry: ShippedEntry, on: date) -> list[dict[str, Any]]:
    """What the cause of action says is broken on that day, then what is stated beside it."""
    basis = [cited.plain() for cited in entry.basis if cited.applies(on)]
    causes = {cause.code: cause for cause in law().causes}
    rule = causes[entry.cause].rule_on(on) if entry.cause in causes else None
    if rule is not None:
        breach = {
            "instrument": rule.breach.instrument,
            "article": rule.breach.article,
            "verified": rule.verified,
        }
        basis = [breach, *(cited for cited in basis if not _same(cited, breach))]
    return basis


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["instrument"] == other["instrument"] and one["article"] == other["article"])


def check_catalogue(found: Shipped) -> list[str]:
    """A sentence for every reference that leads nowhere: classes, causes, instruments, articles, days."""
    problems: list[str] = []
    for code, item in found.items.items():
        problems += _unknown_classes(code, item.object_classes)
        problems += faults_of_basis(code, [cited.plain() for cited in item.basis], None)
    classes = [checklist.object_class for checklist in found.checklists.values()]
    for code, checklist in found.checklists.items():
        problems += _unknown_classes(code, [checklist.object_class])
        if classes.count(checklist.object_class) > 1:
            problems.append(_("%(where)s: its class has another checklist.") % {"where": code})
        if any(earlier >= later for earlier, later in pairwise(checklist.valid_from)):
            problems.append(_("%(where)s: the versions are not in order.") % {"where": code})
        for version in found.versions(code):
            problems += faults_of_entries(
                f"{code} {version.valid_from}", version.entries, version.valid_from, _lead_codes()
            )
    without = set(default_classes()) - set(classes)
    problems += [_("The class %(code)s has no checklist.") % {"code": code} for code in sorted(without)]
    return problems


def faults_of_entries(
    where: str, entries: Sequence[Mapping[str, Any]], on: date, lead_codes: Iterable[str]
) -> list[str]:
    """What is wrong with the entries of a version that begins on a day: a sentence for each fault."""
    problems, seen, known = [], set(), set(lead_codes)
    causes = {cause.code for cause in law().causes}
    for entry in entries:
        here = f"{where}, {entry['code']}"
        if entry["code"] in seen:
            problems.append(_("%(where)s: the code is there twice.") % {"where": here})
        seen.add(entry["code"])
        if entry["cause"] and entry["cause"] not in causes:
            problems.append(
                _("%(where)s: there is no cause of action “%(code)s”.")
                % {"where": here, "code": entry["cause"]}
            )
        if entry["lead_class"] not in known:
            problems.append(
                _("%(where)s: there is no class of leads “%(code)s”.")
                % {"where": here, "code": entry["lead_class"]}
            )
        if not entry["basis"]:
            problems.append(_("%(where)s: no provision holds on that day.") % {"where": here})
        problems += faults_of_basis(here, entry["basis"], on)
    return problems


def faults_of_basis(where: str, basis: Sequence[Mapping[str, Any]], on: date | None) -> Iterator[str]:
    """Citations whose instrument or article is not to be found (on the day, where one is given)."""
    known = {title.code: title for title in law().instruments}
    for cited in basis:
        title = known.get(cited["instrument"])
        if title is None:
            yield _("%(where)s: there is no instrument “%(code)s”.") % {
                "where": where,
                "code": cited["instrument"],
            }
            continue
        if on is not None and not any(version.applies(on) for version in title.versions):
            yield _("%(where)s: 《%(title)s》 is not in force on %(day)s.") % {
                "where": where,
                "title": title.title,
                "day": on,
            }
        if cited["article"] and parse_reference(cited["article"]) is None:
            yield _("%(where)s: “%(article)s” names no article.") % {
                "where": where,
                "article": cited["article"],
            }
        if cited.get("verified") and not cited["article"]:
            yield _("%(where)s: a verified provision needs its article.") % {"where": where}


def _unknown_classes(where: str, codes: Iterable[str]) -> list[str]:
    return [
        _("%(where)s: there is no class of objects “%(code)s”.") % {"where": where, "code": code}
        for code in codes
        if code not in default_classes()
    ]


def _lead_codes() -> set[str]:
    return {row["code"] for row in lead_classes()}
