"""The numbers of the loop, each with one definition.

A definition is a condition on leads: the same one counts (packed into the days of `records`) and opens the
list of exactly the leads that were counted (``?counted=<code>``). The formulas stand in
``docs/lead-statistics.md``; a test holds that every code stands there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.leads.lifecycle import Stage


@dataclass(frozen=True)
class Indicator:
    """A number of leads. ``of`` is the code of the number that it is a share of."""

    code: str
    label: str | Promise
    condition: Q
    definition: str | Promise
    of: str = "found"


_handled = Q(handled_at__isnull=False)
_open = ~Q(stage=Stage.CLOSED)
NUMBERS: tuple[Indicator, ...] = (
    Indicator("found", _("Leads found"), Q(), _("all leads reported in the period")),
    Indicator("open", pgettext_lazy("lead", "Open"), _open, _("not closed yet")),
    Indicator(
        "handled",
        pgettext_lazy("number", "Handled"),
        _handled,
        _("handling was reported and has not been rejected or reopened since"),
    ),
    Indicator(
        "on_time",
        _("Handled on time"),
        _handled & (Q(handle_by=None) | Q(handled_at__lte=F("handle_by"))),
        _("handled not later than the lead had to be handled, extensions and holds counted in"),
        "due",
    ),
    Indicator(
        "late",
        _("Handled late"),
        Q(handled_at__gt=F("handle_by")),
        _("handled after the time for it"),
        "due",
    ),
    Indicator(
        "closed", pgettext_lazy("number", "Closed"), Q(stage=Stage.CLOSED), _("closed with an outcome")
    ),
    Indicator(
        "dismissed",
        pgettext_lazy("number", "Closed without handling"),
        Q(stage=Stage.CLOSED, handled_at=None),
        _("closed as unfounded, not ours or a double, without anybody being sent"),
    ),
    Indicator(
        "returned",
        _("Returned by the squad"),
        Q(returned__gt=0),
        _("given back to the dispatcher at least once"),
    ),
    Indicator(
        "rejected",
        _("Handling rejected"),
        Q(rejected__gt=0),
        _("handling not accepted at verification at least once"),
    ),
    Indicator(
        "reopened",
        pgettext_lazy("number", "Reopened"),
        Q(reopened__gt=0),
        _("reopened after closing at least once"),
    ),
    Indicator("urged", pgettext_lazy("number", "Urged"), Q(urged__gt=0), _("urged at least once")),
    Indicator("extended", _("Time extended"), Q(extended__gt=0), _("more time granted at least once")),
    Indicator("held", _("On hold now"), _open & Q(held_at__isnull=False), _("on hold at this moment")),
    Indicator("no_squad", _("With no squad"), Q(squad=None), _("no squad answers for it")),
)
"""Numbers that depend on the lead alone. Their order gives the bits in the packed days."""
OVERDUE = Indicator(
    "overdue",
    _("Open and overdue"),
    Q(),
    _("not handled, not on hold, and the time for it has run out at this moment"),
    "due",
)
DUE = Indicator(
    "due",
    pgettext_lazy("number", "Due"),
    Q(),
    _("handled, or open and overdue: what the share on time is taken of"),
)
RUNNING = _open & Q(handled_at=None, held_at=None, handle_by__isnull=False)
"""Leads whose handling clock runs."""


@dataclass(frozen=True)
class Duration:
    """Time from reporting to a stage, as the moment stands after returns, rejections and reopenings."""

    stage: str
    column: str
    label: str | Promise

    @property
    def code(self) -> str:
        """The code that opens the leads that have reached it."""
        return f"to_{self.stage}"


DURATIONS: tuple[Duration, ...] = (
    Duration("registered", "registered_at", _("until registered")),
    Duration("dispatched", "dispatched_at", _("until dispatched")),
    Duration("accepted", "accepted_at", _("until accepted")),
    Duration("arrived", "arrived_at", _("until on site")),
    Duration("handled", "handled_at", _("until handled")),
    Duration("verified", "verified_at", _("until verified")),
    Duration("closed", "closed_at", _("until closed")),
)


@cache
def numbers() -> dict[str, Indicator]:
    """Every number by its code, also those that depend on the time of asking."""
    return {one.code: one for one in (*NUMBERS, OVERDUE, DUE)}


def overdue(now: datetime) -> Q:
    """Open, its clock runs, and its time has run out."""
    return RUNNING & Q(handle_by__lt=now)


def condition(code: str, now: datetime) -> Q:
    """Which leads a number counts. Raises KeyError for an unknown code."""
    if code == OVERDUE.code:
        return overdue(now)
    if code == DUE.code:
        return _handled | overdue(now)
    for duration in DURATIONS:
        if code == duration.code:
            return Q(**{f"{duration.column}__isnull": False})
    return numbers()[code].condition


def counted_by(codes: Iterable[str], now: datetime) -> Q:
    """The leads that all of these numbers count. Raises KeyError for an unknown code."""
    found = Q()
    for code in codes:
        found &= condition(code, now)
    return found


def choices() -> list[tuple[str, str | Promise]]:
    """Every code with its name, those that count who has reached a stage included."""
    return [
        *((one.code, one.label) for one in numbers().values()),
        *((one.code, one.label) for one in DURATIONS),
    ]
