"""The questions that the procedure puts to the law, gathered in one place."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from chengshu.kernel.workdays import WorkingDayCalendarError
from chengshu.law import applicable
from chengshu.law.applicable import (
    authority,
    exemption_reason,
    fine_range,
    period,
    requirement,
    rule_for,
    threshold,
    tier_range,
)
from chengshu.law.catalogue import LawProblem, catalogue
from chengshu.law.model import Cause, CauseRule, Citation, PartyKind, Period

__all__ = [
    "LawProblem",
    "authority",
    "cause",
    "cite",
    "due",
    "exemption_reason",
    "fine_range",
    "known",
    "period",
    "period_or_none",
    "requirement",
    "rule_for",
    "rule_or_none",
    "threshold",
    "tier_range",
]


def cause(code: str) -> Cause:
    """案由 by code. Raises :class:`LawProblem` for an unknown one."""
    return catalogue().cause(code)


def due(
    code: str, start: date, *, on: date | None = None, extended: bool = False, backwards: bool = False
) -> date:
    """The last day of a period (`chengshu.law.applicable.due`).

    Raises :class:`LawProblem`, also for a year whose holidays are not known yet: every year begins with some
    weeks in which periods already reach into the next.
    """
    try:
        return applicable.due(code, start, on=on, extended=extended, backwards=backwards)
    except WorkingDayCalendarError as unknown:
        raise LawProblem(str(unknown)) from unknown


@lru_cache(maxsize=4096)
def known(code: str) -> bool:
    """Whether the catalogue has the cause."""
    try:
        catalogue().cause(code)
    except LawProblem:
        return False
    return True


@lru_cache(maxsize=4096)
def period_or_none(code: str, on: date) -> Period | None:
    """A period where the law of the day knows one."""
    try:
        return period(code, on)
    except LawProblem:
        return None


def rule_or_none(
    cause_code: str, act_on: date | None, decided_on: date, party: PartyKind | None = None
) -> CauseRule | None:
    """The rule for an act; None where the law has no answer, which the rule on the cause speaks about."""
    if act_on is None:
        return None
    try:
        return rule_for(cause_code, act_on=act_on, decided_on=decided_on, party=party).rule
    except LawProblem:
        return None


def cite(citation: Citation) -> str:
    """The provision as documents print it."""
    return catalogue().cite(citation)
