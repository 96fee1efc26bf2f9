"""How the form of a step is declared: which particulars it asks for, in which widget, with which start."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a field takes and how its value is kept in the step."""

    TEXT = "text"
    LONG = "long"
    LINES = "lines"  # one entry a line, kept as a list of texts
    ITEMS = "items"  # one thing a line, kept as a list of {"name": …}
    DAY = "day"
    MOMENT = "moment"
    MONEY = "money"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"
    CHECK = "check"
    PARTY = "party"
    STEP = "step"  # the place of an earlier step
    OFFICER = "officer"  # one of the officers of the case
    LEADER = "leader"  # somebody who decides
    OUTSIDER = "outsider"  # somebody who reviews or decides and did not investigate
    CAUSE = "cause"
    ME = "me"  # whoever records; not shown
    CONST = "const"  # a value that follows from the case; not shown


@dataclass(frozen=True)
class F:
    """One particular of a step.

    ``start``: name of a starting value of `chengshu.cases.forms.start`, or the value itself for ``const``.
    ``hint``: name of a starting value that only shows what an empty field stands for.
    """

    name: str
    label: Any = ""
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[tuple[str, Any], ...] = ()
    start: Any = None
    hint: str = ""
    help: Any = ""


class Officers(StrEnum):
    """Who acts in a step."""

    NONE = "none"
    TWO = "two"  # whoever records and a second one
    CHANGE = "change"  # two others, chosen


@dataclass(frozen=True)
class Spec:
    """The form of one kind of step.

    ``outcomes``: the particular that holds what is proposed or decided for every party; ``outcome``: the same
    for the one party of the step. ``parties``: the particular that holds the parties entered here, ``party``
    where there is only one; ``parties_stay``: where
    none is entered, those of the case stay. ``quick``: everything has a
    starting value, so that one click is enough. ``grave``: ends the case, asked once more.
    """

    fields: tuple[F, ...] = ()
    officers: Officers = Officers.NONE
    outcomes: str = ""
    outcome: str = ""
    parties: str = ""
    parties_stay: bool = False
    quick: bool = False
    grave: bool = False
