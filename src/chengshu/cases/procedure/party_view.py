"""What has happened to each party of a case and to things of theirs, so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from chengshu.law.model import PartyKind

from .steps import Step

ZERO = Decimal(0)
ANNULLED = frozenset({"annulled", "void"})
UNDONE = ANNULLED | {"changed", "unlawful"}
"""Outcomes of review or suit after which the disclosure is withdrawn (行政处罚法 2021 art. 48)."""


@dataclass
class Contest:
    """复议、诉讼: what a party has begun against the decision, and how it ended."""

    step: Step
    answered: Step | None = None
    ended: Step | None = None

    @property
    def begun_on(self) -> date:
        """The day from which it is pending."""
        return self.step.day_of("begun_on") or self.step.day

    @property
    def ended_on(self) -> date | None:
        """The day on which its outcome took effect."""
        return (self.ended.day_of("effective_on") or self.ended.day) if self.ended else None

    @property
    def undoes(self) -> bool:
        """Whether the decision did not come out of it as it was."""
        return self.ended is not None and self.ended.data.get("result") in UNDONE


@dataclass
class PartyView:
    """当事人 within a case: who it is and what has happened to it so far."""

    key: str
    kind: PartyKind = "person"
    name: str = ""
    birth: date | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    ordered: list[Step] = field(default_factory=list)
    rectified: str = ""
    notice: Step | None = None
    notice_served_on: date | None = None
    statement: Step | None = None
    statement_review: Step | None = None
    hearing_request: Step | None = None
    hearing_waived: bool = False
    former_notice: Step | None = None
    former_defence: Step | None = None
    """What was announced and said before the case was investigated further: it still must not get worse."""
    outcome: Mapping[str, Any] = field(default_factory=dict)
    served_on: date | None = None
    paid: Decimal = ZERO
    last_paid_on: date | None = None
    payments: list[tuple[date, Decimal]] = field(default_factory=list)
    contests: list[Contest] = field(default_factory=list)
    pay_until: date | None = None
    late_charge: Decimal = ZERO
    reminded_on: date | None = None
    court_on: date | None = None
    enforced: bool = False

    @property
    def defended(self) -> Step | None:
        """The last step in which the party spoke for itself on the notice."""
        spoke = self.statement if self.statement and self.statement.data.get("made") is True else None
        asked = self.hearing_request
        said = (spoke, asked, self.former_defence)
        return max((s for s in said if s is not None), key=lambda s: s.at, default=None)

    def is_named_by(self, raw: Mapping[str, Any]) -> bool:
        """Whether particulars name this very party: by its number, else by its name."""
        here, there = (str(data.get("id_number") or "") for data in (self.data, raw))
        if self.kind != raw.get("kind", "person"):
            return False
        return here == there if here and there else self.name == str(raw.get("name", ""))

    def forget_notice(self) -> None:
        """Announced and heard was something else: the party is to be told and heard again."""
        self.former_defence = self.defended
        self.former_notice = self.notice or self.former_notice
        self.notice = self.statement = self.statement_review = self.hearing_request = None
        self.notice_served_on, self.hearing_waived = None, False

    @property
    def fine(self) -> Decimal:
        """The fine decided, 0 while there is none."""
        return Decimal(str(self.outcome.get("fine") or 0))

    @property
    def confiscated(self) -> Decimal:
        """Illegal gains confiscated by the decision."""
        return Decimal(str(self.outcome.get("confiscated") or 0))

    @property
    def owed(self) -> Decimal:
        """All that the party has to pay: fine, late charge, gains confiscated."""
        return self.fine + self.late_charge + self.confiscated

    @property
    def pending(self) -> Contest | None:
        """The review or suit that has not ended."""
        return next((contest for contest in self.contests if contest.ended is None), None)

    @property
    def stayed(self) -> bool:
        """Whether execution stands still."""
        return self.pending is not None and self.pending.step.data.get("stayed") is True

    def contested_on(self, day: date) -> bool:
        """Whether a review or suit was pending on the day."""
        return any(c.begun_on <= day and (c.ended_on is None or day <= c.ended_on) for c in self.contests)

    def age_on(self, day: date) -> int | None:
        """Full years of age."""
        if self.birth is None:
            return None
        return day.year - self.birth.year - ((day.month, day.day) < (self.birth.month, self.birth.day))


@dataclass(frozen=True)
class Elsewhere:
    """A fine in another case on the party with this key, for an act at the same object or place."""

    party: str
    number: str
    cause: str
    act_on: date
    act_until: date
    fine: Decimal


@dataclass
class Seizure:
    """扣押: from when to when, extended until, not approved afterwards, released."""

    step: Step
    refused: Step | None = None
    extended: Step | None = None
    released: Step | None = None
