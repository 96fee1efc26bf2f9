"""Read the dated law under ``data/`` into a `Catalogue`, or say everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from django.utils.translation import gettext as _

from chengshu.law import checks
from chengshu.law.collection import Catalogue
from chengshu.law.counting import PERIODS_FILE, CountingRule, UnknownInstrument, counting_unit, periods
from chengshu.law.model import (
    AuthorityRule,
    Cause,
    CauseRule,
    Citation,
    Dated,
    ExemptionItem,
    ExemptionReason,
    Field,
    Fine,
    InstrumentTitle,
    InstrumentVersion,
    Period,
    Requirement,
    Threshold,
    Tier,
)
from chengshu.law.shape import (
    AuthorityEntry,
    CauseEntry,
    Cited,
    Entry,
    FieldEntry,
    FineEntry,
    InstrumentEntry,
    ItemEntry,
    PeriodEntry,
    ReasonEntry,
    RequirementEntry,
    RuleEntry,
    ThresholdEntry,
    shape,
)

DATA = Path(__file__).parent / "data"
INSTRUMENTS, FIELDS, PROCEDURE, EXEMPTIONS = (
    "instruments.yaml",
    "fields.yaml",
    "procedure.yaml",
    "exemptions.yaml",
)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

E = TypeVar("E", bound=Entry)
D = TypeVar("D", bound=Dated)


class CatalogueProblem(ValueError):
    """The data cannot be used; ``problems`` has a translated sentence for each fault, with file and entry."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


def load(folder: Path = DATA) -> Catalogue:
    """The catalogue of a folder laid out like ``data/``. Raises :class:`CatalogueProblem` with all faults."""
    reader = _Reader(folder)
    instruments = [
        _instrument(entry) for entry in reader.entries(InstrumentEntry, INSTRUMENTS, reader.file(INSTRUMENTS))
    ]
    fields = [Field(**dict(entry)) for entry in reader.entries(FieldEntry, FIELDS, reader.file(FIELDS))]
    causes: list[tuple[str, Cause]] = []
    for path in sorted((folder / "causes").glob("*.yaml")):
        name = f"causes/{path.name}"
        causes.extend((name, _cause(entry)) for entry in reader.entries(CauseEntry, name, reader.file(name)))
    procedure = reader.sections(PROCEDURE, ("thresholds", "periods", "requirements", "authorities"))
    exemptions = reader.sections(EXEMPTIONS, ("reasons", "items"))
    of = reader.entries
    catalogue = Catalogue(
        instruments=tuple(instruments),
        fields=tuple(fields),
        causes=_causes_with_exemptions(
            [entry for _name, entry in causes],
            items := [_item(entry) for entry in of(ItemEntry, f"{EXEMPTIONS} items", exemptions["items"])],
        ),
        thresholds=_by_code(
            Threshold(**_cited(entry))
            for entry in of(ThresholdEntry, f"{PROCEDURE} thresholds", procedure["thresholds"])
        ),
        periods=_by_code(
            period
            for entry in of(PeriodEntry, f"{PROCEDURE} periods", procedure["periods"])
            for period in _periods(entry, reader.problems)
        ),
        requirements=_by_code(
            Requirement(**_cited(entry))
            for entry in of(RequirementEntry, f"{PROCEDURE} requirements", procedure["requirements"])
        ),
        authorities=_by_code(
            (
                AuthorityRule(**_cited(entry))
                for entry in of(AuthorityEntry, f"{PROCEDURE} authorities", procedure["authorities"])
            ),
            "area",
        ),
        exemption_reasons=_by_code(
            ExemptionReason(**_cited(entry))
            for entry in of(ReasonEntry, f"{EXEMPTIONS} reasons", exemptions["reasons"])
        ),
        exemption_items=_by_code(items),
    )
    problems = reader.problems + list(_faults(catalogue, causes))
    if problems:
        raise CatalogueProblem(problems)
    return catalogue


def remarks(catalogue: Catalogue) -> list[str]:
    """What is no fault but worth knowing: entries for whose first day no wording of their law is given, and
    instruments that are counted by but not in the catalogue.
    """
    known = {instrument.code for instrument in catalogue.instruments}
    found = [
        _("%(where)s: there is no instrument “%(code)s”.") % {"where": PERIODS_FILE.name, "code": code}
        for code in periods().instruments
        if code not in known
    ]
    for cause in catalogue.causes:
        for rule in cause.rules:
            for citation in (rule.breach, rule.penalty):
                title = catalogue.instrument(citation.instrument)
                found.extend(checks.not_in_force(cause.code, rule, citation, title))
    for _file, code, entries in _cited_entries(catalogue):
        for entry in entries:
            found.extend(
                checks.not_in_force(
                    code, entry, entry.citation, catalogue.instrument(entry.citation.instrument)
                )
            )
    return found


class _Reader:
    """Reads files and collects what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    def file(self, name: str) -> Any:
        try:
            return yaml.load((self.folder / name).read_text(encoding="utf-8"), _LOADER)  # noqa: S506  safe
        except FileNotFoundError:
            self.problems.append(_("%(file)s: the file is missing.") % {"file": name})
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            self.problems.append(_("%(file)s: cannot be read: %(reason)s") % {"file": name, "reason": reason})
        return []

    def sections(self, name: str, keys: tuple[str, ...]) -> dict[str, Any]:
        """A file of several lists."""
        raw = self.file(name) or {key: [] for key in keys}
        if not isinstance(raw, dict) or set(raw) != set(keys):
            self.problems.append(
                _("%(file)s: needs exactly the lists %(keys)s.") % {"file": name, "keys": ", ".join(keys)}
            )
            return {key: [] for key in keys}
        return raw

    def entries(self, kind: type[E], where: str, raw: Any) -> list[E]:
        """The entries of a list that have their shape."""
        if raw is not None and not isinstance(raw, list):
            self.problems.append(_("%(file)s: must be a list.") % {"file": where})
            return []
        shaped = (
            shape(kind, entry, f"{where}, {_label(entry, number)}", self.problems)
            for number, entry in enumerate(raw or [], 1)
        )
        return [entry for entry in shaped if entry is not None]


def _label(raw: Any, number: int) -> str:
    known = raw if isinstance(raw, dict) else {}
    return str(known.get("code") or known.get("area") or number)


def _instrument(entry: InstrumentEntry) -> InstrumentTitle:
    versions = _in_order(InstrumentVersion(**dict(version)) for version in entry.versions)
    return InstrumentTitle(entry.code, entry.title, entry.level, versions)


def _cause(entry: CauseEntry) -> Cause:
    values = {key: value for key, value in entry if key != "rules"}
    return Cause(**values, rules=_in_order(_rule(rule) for rule in entry.rules))


def _rule(entry: RuleEntry) -> CauseRule:
    verified = entry.confidence == "verified"
    values = {key: value for key, value in entry if key != "confidence"}
    values |= {
        "breach": Citation(**dict(entry.breach), verified=verified),
        "penalty": Citation(**dict(entry.penalty), verified=verified),
        "fines": tuple(_fine(fine) for fine in entry.fines),
    }
    return CauseRule(**values, verified=verified)


def _fine(entry: FineEntry) -> Fine:
    tiers = tuple(
        Tier(tier.code, tier.name, tier.name_en, tier.min, tier.max, tier.confidence == "verified")
        for tier in entry.tiers
    )
    return Fine(**{key: value for key, value in entry if key != "tiers"}, tiers=tiers)


def _cited(entry: Cited, *without: str) -> dict[str, Any]:
    """The values of an entry, its citation with the entry's confidence; no words where none are kept."""
    left_out = {"confidence", *without}
    if isinstance(entry, AuthorityEntry | ReasonEntry | ItemEntry):
        left_out.add("text")
    if not isinstance(entry, PeriodEntry | AuthorityEntry):
        left_out.add("note")
    values = {key: value for key, value in entry if key not in left_out}
    return values | {"citation": Citation(**dict(entry.citation), verified=entry.confidence == "verified")}


def _item(entry: ItemEntry) -> ExemptionItem:
    return ExemptionItem(**_cited(entry))


def _periods(entry: PeriodEntry, problems: list[str]) -> Iterator[Period]:
    """The period; one whose unit the statute says is divided where the statute's way of counting changes."""
    whole = Period(**_cited(entry, "unit"), unit="calendar_day" if entry.unit == "statute" else entry.unit)
    if entry.unit != "statute":
        yield whole
        return
    try:
        for part in _divided(whole):
            rule = counting_unit(entry.citation.instrument, entry.n, part.valid_from)
            yield replace(part, unit=rule.unit)
    except UnknownInstrument as error:
        problems.append(f"{PROCEDURE} periods, {entry.code}: {error}")


def _divided(period: Period) -> Iterator[Period]:
    """The period cut where another counting rule begins."""
    instrument = periods().instruments.get(period.citation.instrument)
    last = period.valid_to or date.max
    cuts = {day for rule in (instrument.rules if instrument else ()) for day in _edges(rule)}
    starts = sorted({period.valid_from, *(day for day in cuts if period.valid_from < day <= last)})
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        end = period.valid_to if following is None else following - timedelta(days=1)
        yield replace(period, valid_from=start, valid_to=end)


def _edges(rule: CountingRule) -> Iterator[date]:
    if rule.valid_from is not None:
        yield rule.valid_from
    if rule.valid_to is not None:
        yield rule.valid_to + timedelta(days=1)


def _in_order(entries: Iterable[D]) -> tuple[D, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.valid_from))


def _by_code(entries: Iterable[D], key: str = "code") -> dict[str, tuple[D, ...]]:
    grouped: dict[str, list[D]] = {}
    for entry in entries:
        grouped.setdefault(getattr(entry, key), []).append(entry)
    return {code: _in_order(versions) for code, versions in grouped.items()}


def _causes_with_exemptions(causes: list[Cause], items: list[ExemptionItem]) -> tuple[Cause, ...]:
    named: dict[str, list[str]] = {}
    for item in items:
        for code in item.causes:
            named.setdefault(code, []).append(item.code)
    told = (
        replace(cause, first_time_exempt=tuple(dict.fromkeys(named.get(cause.code, [])))) for cause in causes
    )
    return tuple(sorted(told, key=lambda cause: cause.number))


def _cited_entries(catalogue: Catalogue) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    """(file, code, entries) of everything dated with a single citation."""
    for file, groups in (
        (PROCEDURE, catalogue.thresholds),
        (PROCEDURE, catalogue.periods),
        (PROCEDURE, catalogue.requirements),
        (PROCEDURE, catalogue.authorities),
        (EXEMPTIONS, catalogue.exemption_reasons),
        (EXEMPTIONS, catalogue.exemption_items),
    ):
        for code, entries in groups.items():
            yield file, code, entries


def _faults(catalogue: Catalogue, causes: list[tuple[str, Cause]]) -> Iterator[str]:
    """Everything that is wrong with entries that have their shape."""
    known = {entry.code for entry in catalogue.instruments}
    fields = {entry.code: entry for entry in catalogue.fields}
    codes: Callable[[Iterable[Any]], Iterator[str]] = lambda entries: (entry.code for entry in entries)  # noqa: E731
    yield from checks.twice(INSTRUMENTS, codes(catalogue.instruments))
    yield from checks.twice(INSTRUMENTS, (entry.title for entry in catalogue.instruments))
    yield from checks.twice(FIELDS, codes(catalogue.fields))
    yield from checks.twice("causes", codes(catalogue.causes))
    yield from checks.twice("causes", (entry.number for entry in catalogue.causes))
    for instrument in catalogue.instruments:
        yield from checks.timeline(f"{INSTRUMENTS}, {instrument.code}", instrument.versions)
    for file, cause in causes:
        where = f"{file}, {cause.code}"
        yield from checks.cause(where, cause, fields)
        cited = [citation for rule in cause.rules for citation in (rule.breach, rule.penalty)]
        yield from checks.references(where, cited, known)
    for file, code, entries in _cited_entries(catalogue):
        where = f"{file}, {code}"
        yield from checks.timeline(where, entries)
        yield from checks.references(where, (cast(Citation, entry.citation) for entry in entries), known)
    every_item = [item for entries in catalogue.exemption_items.values() for item in entries]
    yield from checks.items(EXEMPTIONS, every_item, {cause.code for cause in catalogue.causes})
