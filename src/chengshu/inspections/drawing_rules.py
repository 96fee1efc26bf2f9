"""How many of which objects a task draws, and who may be drawn: values of a plan or task, kept as JSON.

No database here. Ratios are per mille of the eligible objects of a stratum, so that every figure is a
whole number and anyone computes the same quota.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

CREDITS = ("", "A", "B", "C", "D")
"""Credit classes; the empty one holds objects not rated yet."""
Division = Literal["class", "town", "credit"]
FULL_SHARE = 1000
"""Per mille: all objects of a credit class are inspected, and everybody knows it beforehand."""


class PartnerRule(BaseModel):
    """Officers of another department in every team of a joint task."""

    model_config = ConfigDict(extra="forbid")

    department: int
    officers: int = Field(default=1, ge=1, le=5)


class Rules(BaseModel):
    """抽取规则. Either a ``number`` for the task or ``per_mille`` by credit class decides the quotas."""

    model_config = ConfigDict(extra="forbid")

    strata: list[Division] = ["class", "credit"]
    number: int | None = Field(default=None, ge=1, le=1_000_000)
    per_mille: dict[Literal["", "A", "B", "C", "D"], int] = {}
    weights: dict[Literal["", "A", "B", "C", "D"], int] = {}
    """With a number: how much a credit class counts when it is divided, in per cent; else 100."""
    at_least: int = Field(default=0, ge=0, le=1000)
    """From every stratum that has any, at least so many (with ratios)."""
    per_year: int = Field(default=1, ge=0, le=100)
    """An object drawn this often in the year is left out; 0: no limit."""
    recent_days: int = Field(default=180, ge=0, le=3660)
    """Inspected at random within so many days before: left out; 0: no such rule."""
    complaints: Literal["ignore", "exclude", "only"] = "exclude"
    """Objects with an open complaint: they are inspected anyway, outside the draw (handbook 6)."""
    area_cap: int = Field(default=0, ge=0, le=100_000)
    """At most so many objects of one street or town in the task; 0: no limit."""
    officers: int = Field(default=2, ge=2, le=6)
    same_squad: bool = True
    rotate: bool = True
    """Whoever inspected the object last time does not come again."""
    partners: list[PartnerRule] = []

    @model_validator(mode="after")
    def _one_way(self) -> Rules:
        if self.number is None and not any(self.per_mille.values()):
            raise ValueError("quota")
        if self.number is None and any(not 0 <= share <= 1000 for share in self.per_mille.values()):
            raise ValueError("share")
        if any(not 0 <= weight <= 10_000 for weight in self.weights.values()):
            raise ValueError("weight")
        if len(set(self.strata)) != len(self.strata):
            raise ValueError("strata")
        return self


class RulesProblem(ValueError):
    """The rules cannot be used; one translated sentence."""


def read(data: Mapping[str, Any]) -> Rules:
    """The rules of a plan or task. Raises `RulesProblem`."""
    try:
        return Rules.model_validate(dict(data))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if "quota" in first["msg"]:
            raise RulesProblem(_("Say how many objects are drawn: a number, or a share.")) from error
        raise RulesProblem(
            _("The rules of the draw do not fit at “%(where)s”: %(why)s")
            % {"where": where, "why": first["msg"]}
        ) from error


def quotas(rules: Rules, eligible: Mapping[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """How many are drawn of each stratum, from how many eligible objects it has.

    ``eligible``: stratum → eligible objects; the parts of a stratum stand in the order of `Rules.strata`.
    With shares: rounded up, at least `at_least`. With a number: divided in proportion to eligible objects
    times weight by largest remainders, ties in the order of the strata. Never more than there are.
    """
    credit_at = rules.strata.index("credit") if "credit" in rules.strata else None

    def credit(stratum: tuple[str, ...]) -> str:
        return stratum[credit_at] if credit_at is not None else ""

    if rules.number is None:
        result = {}
        for stratum, count in eligible.items():
            share = rules.per_mille.get(credit(stratum), 0)  # type: ignore[call-overload]
            wanted = max(-(-count * share // 1000), rules.at_least if share else 0)
            result[stratum] = min(wanted, count)
        return result
    weight = {
        stratum: count * rules.weights.get(credit(stratum), 100)  # type: ignore[call-overload]
        for stratum, count in eligible.items()
    }
    return _divide(min(rules.number, sum(eligible.values())), weight, eligible)


def _divide(
    number: int, weight: Mapping[tuple[str, ...], int], limit: Mapping[tuple[str, ...], int]
) -> dict[tuple[str, ...], int]:
    """Largest remainders; what a full stratum cannot take goes to the others in the next turn."""
    given = dict.fromkeys(sorted(weight), 0)
    left = number
    while left:
        room = {key: weight[key] or 0 for key in given if given[key] < limit[key]}
        total = sum(room.values())
        if not total:  # only strata of weight 0 are left: in proportion to what they have
            room = {key: limit[key] - given[key] for key in given if given[key] < limit[key]}
            total = sum(room.values())
        shares = {key: divmod(left * part, total) for key, part in room.items()}
        turn = {key: min(whole, limit[key] - given[key]) for key, (whole, _rest) in shares.items()}
        spare = left - sum(turn.values())
        for key in sorted(shares, key=lambda key: (-shares[key][1], key)):
            if spare and given[key] + turn[key] < limit[key] and shares[key][1]:
                turn[key] += 1
                spare -= 1
        if not any(turn.values()):
            break
        for key, count in turn.items():
            given[key] += count
        left = number - sum(given.values())
    return given


def in_words(rules: Rules) -> list[str]:
    """The rules as the public reads them, in the active language."""
    words = []
    if rules.number is not None:
        words.append(_("%(n)d objects are drawn in all.") % {"n": rules.number})
        weights = _by_credit({credit: f"{weight} %" for credit, weight in rules.weights.items()})
        if weights:
            words.append(_("Divided with weights by credit class: %(weights)s.") % {"weights": weights})
    else:
        shares = _by_credit({credit: f"{n / 10:g} %" for credit, n in rules.per_mille.items() if n})
        words.append(_("Drawn by credit class: %(shares)s.") % {"shares": shares})
        if rules.at_least:
            words.append(_("At least %(n)d of every part are drawn.") % {"n": rules.at_least})
        full = [credit for credit, share in rules.per_mille.items() if share == FULL_SHARE]
        if full:
            named = _by_credit(dict.fromkeys(full, "100 %"))
            words.append(
                _("Checked in full, which everybody knows beforehand: %(classes)s.") % {"classes": named}
            )
    if "credit" in rules.strata:
        words.append(_("A part of which all would be drawn is joined to the next credit class."))
    if rules.per_year:
        words.append(
            ngettext(
                "No object is drawn more than %(n)d time a year.",
                "No object is drawn more than %(n)d times a year.",
                rules.per_year,
            )
            % {"n": rules.per_year}
        )
    if rules.recent_days:
        words.append(
            _("Objects inspected at random within the last %(n)d days are left out.")
            % {"n": rules.recent_days}
        )
    if rules.complaints == "exclude":
        words.append(_("Objects with an open complaint are left out; they are inspected anyway."))
    elif rules.complaints == "only":
        words.append(_("Only objects with an open complaint are drawn."))
    if rules.area_cap:
        words.append(_("At most %(n)d objects of one street or town are drawn.") % {"n": rules.area_cap})
    words.append(
        _("%(n)d officers to an object, with a valid certificate, without an interest in it.")
        % {"n": rules.officers}
    )
    if rules.same_squad:
        words.append(_("The officers of an object belong to one squad."))
    if rules.rotate:
        words.append(_("Whoever inspected an object last time is not drawn for it again."))
    return words


def _by_credit(values: Mapping[Any, str]) -> str:
    """Values by credit class, in the order of the classes."""
    named = [f"{credit or _('not rated')} {values[credit]}" for credit in CREDITS if credit in values]
    return _(", ").join(named)
