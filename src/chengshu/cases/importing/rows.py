"""One row of the table as a partial file: the steps that must have happened, no more than the row says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, Town, Unit
from chengshu.cases.authorities import area_of
from chengshu.cases.importing.columns import answers, columns, first_words, words
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.law.catalogue import catalogue

REACHED = ("filed", "decided", "served", "closed", "archived")
LONGEST = {"number": 60, "cause": 60, "party_name": 200, "party_id": 40, "decision_number": 80, "place": 300}
MOST = Decimal("999999999999.99")


class RowProblem(ValueError):
    """Why a row cannot become a case; one translated sentence."""


@dataclass(frozen=True)
class Places:
    """The squads, towns and causes that rows may name."""

    squads: Mapping[str, Unit]
    towns: Mapping[str, Town]
    causes: Mapping[str, str]
    reasons: Mapping[str, str]

    @classmethod
    def of(cls, district: District) -> Places:
        """Those of a district and of the catalogue of the law."""
        units = Unit.objects.filter(district=district).order_by("id")
        towns = Town.objects.filter(district=district).order_by("id")
        law = catalogue()
        reasons = [entry for versions in law.exemption_reasons.values() for entry in versions]
        return cls(
            {word: unit for unit in units for word in (unit.name, unit.code)},
            {word: town for town in towns for word in (town.name, town.code)},
            {word: cause.code for cause in law.causes for word in (cause.name, cause.code)},
            {word: reason.code for reason in reasons for word in (reason.name, reason.code)},
        )


@dataclass(frozen=True)
class OldCase:
    """A row that can be read; ``fingerprint`` is the same for the same values."""

    number: str
    cause: str
    party: Mapping[str, Any]
    act_on: date
    filed_on: date | None
    decided_on: date | None
    simple: bool
    outcome: Mapping[str, Any]
    basis: str
    status: str
    squad: Unit | None
    town: Town | None
    place: str
    served_on: date | None
    closed_on: date | None
    fingerprint: str
    steps: list[Step] = field(default_factory=list)


def read_row(raw: Mapping[str, str | None], places: Places, source: Mapping[str, Any]) -> OldCase:
    """The row as a case with its steps. ``source`` (file, row) is kept on the first step.

    Raises `RowProblem` with everything that is wrong with the row.
    """
    reader = _Reader(raw)
    kind = reader.word("party_kind", "party_kinds")
    procedure = reader.word("procedure", "procedures")
    status = reader.word("status", "statuses")
    days = {name: reader.day(name) for name in ("act_on", "filed_on", "decided_on", "served_on", "closed_on")}
    number, name = reader.text("number"), reader.text("party_name")
    cause = reader.text("cause")
    outcome = _outcome(reader, places, number)
    squad, town = reader.of("squad", places.squads), reader.of("town", places.towns)
    if status in REACHED[1:] and days["decided_on"] is None:
        reader.wrong(_("the status says that it was decided, but there is no date of the decision"))
    if status == "filed" and days["decided_on"] is not None:
        reader.wrong(_("the status says that it is not decided yet, but there is a date of the decision"))
    if procedure == "general" and days["filed_on"] is None:
        reader.wrong(_("the general procedure needs the date of filing"))
    if procedure == "simple" and status in ("filed", "withdrawn"):
        reader.wrong(_("a case of the simple procedure is decided on the spot"))
    reader.finish()
    act_on = days["act_on"]
    assert act_on is not None  # noqa: S101 - a needed column: `finish` has raised
    party = {"key": "1", "kind": kind, "name": name}
    if identifier := reader.text("party_id"):
        party["id_number"] = identifier
    made = OldCase(
        number=number,
        cause=places.causes.get(cause, cause),
        party=party,
        act_on=act_on,
        filed_on=days["filed_on"],
        decided_on=days["decided_on"],
        simple=procedure == "simple",
        outcome=outcome,
        basis=reader.text("basis"),
        status=status,
        squad=squad,
        town=town,
        place=reader.text("place"),
        served_on=days["served_on"],
        closed_on=days["closed_on"],
        fingerprint=_fingerprint(raw),
    )
    made.steps.extend(_steps(made, {**source, "sha256": made.fingerprint}))
    return made


def _fingerprint(raw: Mapping[str, str | None]) -> str:
    values = {column.code: raw.get(column.code) or "" for column in columns()}
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


class _Reader:
    """Reads the cells of a row and gathers what is wrong with them."""

    def __init__(self, raw: Mapping[str, str | None]) -> None:
        self.raw = raw
        self.problems: list[str] = []
        self.names = {column.code: column.name for column in columns()}
        for column in columns():
            if column.needed and not raw.get(column.code):
                self.wrong(_("“%(column)s” is empty") % {"column": column.name})

    def wrong(self, text: str) -> None:
        """One more problem."""
        self.problems.append(text)

    def finish(self) -> None:
        """Raise what was gathered."""
        if self.problems:
            raise RowProblem(_("; ").join(self.problems))

    def text(self, code: str) -> str:
        """A text that fits its column."""
        value = " ".join((self.raw.get(code) or "").split())
        longest = LONGEST.get(code, 300)
        if len(value) > longest:
            values = {"column": self.names[code], "n": longest}
            self.wrong(_("“%(column)s” is longer than %(n)d characters") % values)
        return value

    def word(self, code: str, section: str) -> str:
        """A word that the table understands, as its code."""
        value = (self.raw.get(code) or "").replace(" ", "")
        if value and value not in words(section):
            values = {"column": self.names[code], "value": value, "known": "、".join(first_words(section))}
            self.wrong(_("“%(column)s” does not know “%(value)s” (%(known)s)") % values)
        return words(section).get(value, "")

    def of(self, code: str, known: Mapping[str, Any]) -> Any:
        """Something of the district by its name or code, None where the cell is empty."""
        value = (self.raw.get(code) or "").strip()
        if value and value not in known:
            values = {"column": self.names[code], "value": value}
            self.wrong(_("“%(column)s” “%(value)s” is not known in this district") % values)
        return known.get(value)

    def day(self, code: str) -> date | None:
        """A date, in one of the ways in which tables have it."""
        value = (self.raw.get(code) or "").strip()
        if not value:
            return None
        found = parse_day(value)
        if found is None:
            values = {"column": self.names[code], "value": value}
            self.wrong(_("“%(column)s”: %(value)s is not a date") % values)
        elif found > timezone.localdate():
            values = {"column": self.names[code], "value": value}
            self.wrong(_("“%(column)s”: %(value)s lies in the future") % values)
        return found

    def amount(self, code: str) -> Decimal:
        """An amount in yuan, 0 where the cell is empty."""
        value = (self.raw.get(code) or "").replace(",", "").replace("，", "").removesuffix("元").strip()
        if not value:
            return Decimal(0)
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal(-1)
        exact = found.is_finite() and 0 <= found <= MOST and found == found.quantize(Decimal("0.01"))
        if not exact:
            values = {"column": self.names[code], "value": value}
            self.wrong(_("“%(column)s”: %(value)s is not an amount in yuan") % values)
            return Decimal(0)
        return found


def parse_day(text: str) -> date | None:
    """2019-05-06, 2019/5/6, 2019.5.6, 2019年5月6日 or 20190506, with or without a time of day."""
    head = text.replace("T", " ").split(" ")[0]
    for mark in ("年", "月", "/", "."):
        head = head.replace(mark, "-")
    head = head.removesuffix("日")
    if head.isascii() and head.isdecimal() and len(head) == 8:
        head = f"{head[:4]}-{head[4:6]}-{head[6:]}"
    parts = head.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except (ValueError, OverflowError):
        return None


def _outcome(reader: _Reader, places: Places, number: str) -> dict[str, Any]:
    """What the decision gave the party, as steps record it."""
    said = (reader.raw.get("exemption") or "").strip()
    fine, confiscated = reader.amount("fine"), reader.amount("confiscated")
    outcome: dict[str, Any] = {"party": "1", "number": reader.text("decision_number") or number}
    if said and said not in answers("no"):
        if fine or confiscated:
            reader.wrong(_("no penalty and a fine exclude each other"))
        outcome |= {"type": "no_penalty", "would_be": str(reader.amount("would_be"))}
        outcome["reason"] = "" if said in answers("yes") else places.reasons.get(said, said)
        return outcome
    outcome |= {"type": "penalty", "fine": str(fine)}
    if confiscated:
        outcome["confiscated"] = str(confiscated)
    if not fine and not confiscated:
        outcome["others"] = ["warning"]
    return outcome


# --- the steps ----------------------------------------------------------------------------------------
class _Course:
    """Steps one after the other; a day that the row does not say is that of the step before, and marked."""

    def __init__(self, start: date) -> None:
        self.steps: list[Step] = []
        self.day, self.minute = start, 0

    def take(self, kind: K, day: date | None, **data: Any) -> None:
        """One step; ``day`` None: not said in the row."""
        if day is None:
            data["date_unknown"] = True
        elif day != self.day:
            self.day, self.minute = day, 0
        self.minute += 1
        at = datetime.combine(self.day, time(9)) + timedelta(minutes=self.minute)
        self.steps.append(Step(kind, timezone.make_aware(at), "", (), data))


def _steps(old: OldCase, source: Mapping[str, Any]) -> list[Step]:
    course = _Course(old.filed_on or old.decided_on or old.act_on)
    subject = {"cause": old.cause, "act_on": old.act_on.isoformat(), "area": area_of(old.town)}
    decision = {"outcomes": [dict(old.outcome)], "basis": old.basis}
    if old.simple:
        course.take(
            K.SIMPLE_SCENE,
            old.decided_on,
            **subject,
            party=dict(old.party),
            source="other",
            table=dict(source),
        )
        course.take(K.SIMPLE_DECISION, old.decided_on, **decision, number=old.outcome["number"])
    else:
        course.take(
            K.REGISTER_LEAD, old.filed_on, source="other", summary="", cause=old.cause, table=dict(source)
        )
        course.take(K.CHECK, old.filed_on, result="confirmed")
        course.take(K.PROPOSE_FILING, old.filed_on, **subject, parties=[dict(old.party)])
        course.take(K.APPROVE_FILING, old.filed_on, number=old.number)
        if old.status == "withdrawn":
            course.take(K.WITHDRAW, old.closed_on, reason="", approver="")
            return course.steps
        if old.status == "filed":
            return course.steps
        course.take(K.REPORT, old.decided_on)
        course.take(K.PROPOSE_DECISION, old.decided_on)
        course.take(K.APPROVE_DECISION, old.decided_on, **decision)
    _after(course, old)
    return course.steps


def _after(course: _Course, old: OldCase) -> None:
    reached = REACHED.index(old.status)
    if reached >= REACHED.index("served"):
        course.take(K.SERVE, old.served_on, party="1", document="decision", result="served")
    if reached >= REACHED.index("closed"):
        fine = Decimal(str(old.outcome.get("fine") or 0))
        if fine:
            course.take(K.PAY, None, party="1", amount=str(fine))
        course.take(K.CLOSE, old.closed_on)
    if reached >= REACHED.index("archived"):
        course.take(K.ARCHIVE, None)
