"""Which rule applies, and what follows from it.

Substance (offence, range, tier) goes by the day of the act, a continuing one by its end, and by the newer
rule if that is milder when the decision is made (从旧兼从轻, Administrative Penalty Law art. 37). Procedure
(thresholds, periods, requirements, authority) goes by the day of the step. The look-ups are remembered: a
review of many files asks the same few thousand questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Literal, TypeVar

from django.utils import formats
from django.utils.translation import gettext as _

from chengshu.kernel.workdays import add_hours, add_period
from chengshu.law.catalogue import LawProblem, catalogue
from chengshu.law.counting import periods
from chengshu.law.model import (
    AuthorityRule,
    CauseRule,
    Dated,
    ExemptionItem,
    ExemptionReason,
    Fine,
    FineUnit,
    PartyKind,
    Period,
    Requirement,
    Threshold,
    Tier,
    in_force,
)

Basis = Literal["same", "milder", "old", "ended"]
Area = Literal["subdistrict", "town", "district"]

D = TypeVar("D", bound=Dated)

_FEN = Decimal("0.01")
_NOTHING = Decimal(0)
_DAYS = {"month": 30, "year": 365}  # only to find the rule on counting, never to count
_REMEMBERED = 16_384


@dataclass(frozen=True)
class Applied:
    """The answer to which rule applies: the rule, the one of the day of the act, and why.

    ``milder``: the rule is the newer one. ``ended``: no rule follows the old one, so that it must be looked
    into whether the act is still unlawful.
    """

    rule: CauseRule
    old_rule: CauseRule
    basis: Basis
    act_on: date
    decided_on: date

    @property
    def milder(self) -> bool:
        """Whether the newer rule applies because it is milder."""
        return self.basis == "milder"

    @property
    def ended(self) -> bool:
        """Whether the offence has no rule any more on the day of the decision."""
        return self.basis == "ended"

    @property
    def reason(self) -> str:
        """One sentence for the file, in the reader's language."""
        days = {
            "act": formats.date_format(self.act_on, "DATE_FORMAT"),
            "decided": formats.date_format(self.decided_on, "DATE_FORMAT"),
            "since": formats.date_format(self.rule.valid_from, "DATE_FORMAT"),
        }
        if self.basis == "same":
            return _("The rule in force since %(since)s applies to the act of %(act)s.") % days
        if self.basis == "milder":
            return (
                _(
                    "The act was done on %(act)s, but the rule in force since %(since)s is milder "
                    "and applies to the decision of %(decided)s."
                )
                % days
            )
        if self.basis == "old":
            return (
                _(
                    "The rule of the day of the act (%(act)s) applies: the one in force on the day of the "
                    "decision (%(decided)s) is not milder."
                )
                % days
            )
        return (
            _(
                "The rule of the day of the act (%(act)s) is no longer in force on %(decided)s and no other "
                "is known: check whether the act is still unlawful."
            )
            % days
        )


def rule_for(cause_code: str, *, act_on: date, decided_on: date, party: PartyKind | None = None) -> Applied:
    """Which rule an act is punished by. ``act_on``: the day of the act, of a continuing one its last day.

    ``party`` None: the newer rule must be milder for one kind of party and not heavier for the other.
    Raises :class:`LawProblem` for an unknown cause, an act without a rule, a decision before the act.
    """
    return _rule_for(cause_code, act_on, decided_on, party)


@lru_cache(maxsize=_REMEMBERED)
def _rule_for(cause_code: str, act_on: date, decided_on: date, party: PartyKind | None) -> Applied:
    cause = catalogue().cause(cause_code)
    if decided_on < act_on:
        raise LawProblem(_("The decision cannot come before the act."))
    old = cause.rule_on(act_on)
    if old is None:
        raise LawProblem(
            _("“%(cause)s” has no rule for acts of %(day)s.")
            % {"cause": cause.name, "day": formats.date_format(act_on, "DATE_FORMAT")}
        )
    new = cause.rule_on(decided_on)
    if new is None:
        return Applied(old, old, "ended", act_on, decided_on)
    if new is old:
        return Applied(old, old, "same", act_on, decided_on)
    milder = is_milder(new, old, party)
    return Applied(new if milder else old, old, "milder" if milder else "old", act_on, decided_on)


def is_milder(new: CauseRule, old: CauseRule, party: PartyKind | None) -> bool:
    """Whether the newer rule is milder for the party.

    The order: upper bound of the fine (serious cases included), its cap, lower bound, an optional fine before
    a mandatory one, fewer penalties beside it, a fine only after an order before one at once. Ranges in
    different units cannot be compared, nor can a lower fine with a new heavy penalty beside it: then the old
    rule stays.
    """
    if party is not None:
        return _compare(new, old, party) == -1
    kinds = sorted({*new.parties, *old.parties})
    results = {_compare(new, old, kind) for kind in kinds}
    return -1 in results and results <= {-1, 0}


def _compare(new: CauseRule, old: CauseRule, party: PartyKind) -> int | None:
    """-1 milder, 0 equal, 1 heavier, None not comparable."""
    ours, theirs = new.fine_for(party), old.fine_for(party)
    if ours is not None and theirs is not None and (ours.unit, ours.base) != (theirs.unit, theirs.base):
        return None
    left, right = _weight(new, ours), _weight(old, theirs)
    if left < right and set(new.other_penalties) - set(old.other_penalties) - {"warning"}:
        return None
    return (left > right) - (left < right)


def _weight(rule: CauseRule, fine: Fine | None) -> tuple[Decimal, Decimal, Decimal, bool, int, bool]:
    others, at_once = len(rule.other_penalties), rule.mode == "direct"
    if fine is None:
        return _NOTHING, _NOTHING, _NOTHING, False, others, at_once
    cap = Decimal("Infinity") if fine.cap is None else fine.cap
    upper = max(fine.max, fine.grave_max or _NOTHING)
    return upper, cap, fine.min, not fine.optional, others, at_once


@dataclass(frozen=True)
class FineRange:
    """What a fine may be in yuan; ``unit``, ``low`` and ``high`` as in the provision, times ``factor``."""

    min: Decimal
    max: Decimal
    optional: bool
    unit: FineUnit
    factor: Decimal = Decimal(1)
    low: Decimal = _NOTHING
    high: Decimal = _NOTHING
    base: str = ""
    capped: bool = False

    def contains(self, amount: Decimal) -> bool:
        """Whether an amount in yuan lies in the range, its ends included."""
        return self.min <= amount <= self.max

    @property
    def explained(self) -> str:
        """How the range comes about, in one sentence in the reader's language."""
        values = {
            "low": _plain(self.low),
            "high": _plain(self.high),
            "factor": _plain(self.factor),
            "base": self.base,
            "min": _plain(self.min),
            "max": _plain(self.max),
        }
        if self.unit == "yuan":
            sentence = _("From %(min)s to %(max)s yuan.") % values
        elif self.unit == "times_value":
            sentence = (
                _("%(low)s to %(high)s times %(base)s (%(factor)s yuan): from %(min)s to %(max)s yuan.")
                % values
            )
        elif self.unit == "percent":
            sentence = (
                _("%(low)s to %(high)s per cent of %(base)s (%(factor)s yuan): from %(min)s to %(max)s yuan.")
                % values
            )
        else:
            sentence = (
                _("%(low)s to %(high)s yuan each, times %(factor)s: from %(min)s to %(max)s yuan.") % values
            )
        return sentence + (_(" The provision's cap limits it.") if self.capped else "")


def fine_range(
    rule: CauseRule,
    party: PartyKind,
    *,
    quantity: Decimal | int | None = None,
    base_value: Decimal | int | None = None,
    grave: bool = False,
) -> FineRange:
    """The range in yuan for a party.

    ``quantity``: m², m²·days, tonnes, trees or items where the provision counts them; ``base_value``: in
    yuan, where it says times or per cent. ``grave``: a serious case (情节严重). Raises :class:`LawProblem`
    where the rule knows no fine for the party, no serious case, or the number it needs is missing.
    """
    fine = _fine_for(rule, party)
    low, high = fine.min, fine.max
    if grave:
        if fine.grave_max is None:
            raise LawProblem(_("The provision knows no serious case."))
        low, high = fine.max if fine.grave_min is None else fine.grave_min, fine.grave_max
    return _in_yuan(fine, low, high, _factor(fine, quantity, base_value))


def tier_range(
    rule: CauseRule,
    party: PartyKind,
    tier_code: str,
    *,
    quantity: Decimal | int | None = None,
    base_value: Decimal | int | None = None,
) -> FineRange:
    """The range in yuan of a discretion tier (裁量档次). Raises :class:`LawProblem` as `fine_range` does."""
    fine = _fine_for(rule, party)
    tier = next((tier for tier in fine.tiers if tier.code == tier_code), None)
    if tier is None:
        raise LawProblem(_("The rule has no discretion tier “%(code)s”.") % {"code": tier_code})
    return _in_yuan(fine, tier.min, tier.max, _factor(fine, quantity, base_value))


def tier_of(
    rule: CauseRule,
    party: PartyKind,
    amount: Decimal | int,
    *,
    quantity: Decimal | int | None = None,
    base_value: Decimal | int | None = None,
) -> Tier | None:
    """The tier in which an amount in yuan lies, at the edge of two the lower one; None outside all."""
    fine = _fine_for(rule, party)
    if not fine.tiers:
        return None
    factor = _factor(fine, quantity, base_value)
    for tier in fine.tiers:
        if _in_yuan(fine, tier.min, tier.max, factor).contains(Decimal(amount)):
            return tier
    return None


def _fine_for(rule: CauseRule, party: PartyKind) -> Fine:
    fine = rule.fine_for(party) if party in rule.parties else None
    if fine is None:
        raise LawProblem(
            _("The rule provides no fine for a person.")
            if party == "person"
            else _("The rule provides no fine for an organisation.")
        )
    return fine


def _factor(fine: Fine, quantity: Decimal | int | None, base_value: Decimal | int | None) -> Decimal:
    if fine.unit == "yuan":
        return Decimal(1)
    based = fine.unit in ("times_value", "percent")
    factor = base_value if based else quantity
    if factor is None:
        raise LawProblem(
            _("The fine is counted from %(base)s: its amount in yuan is needed.") % {"base": fine.base}
            if based
            else _("The fine is counted by %(unit)s: the number is needed.") % {"unit": unit_label(fine.unit)}
        )
    if factor <= 0:
        raise LawProblem(_("The number a fine is counted from must be greater than zero."))
    return Decimal(factor)


def _in_yuan(fine: Fine, low: Decimal, high: Decimal, factor: Decimal) -> FineRange:
    if fine.unit == "yuan" and fine.cap is None:
        return FineRange(low, high, fine.optional, fine.unit, factor, low, high)
    scale = factor / 100 if fine.unit == "percent" else factor
    least, most = (low * scale).quantize(_FEN, ROUND_HALF_UP), (high * scale).quantize(_FEN, ROUND_HALF_UP)
    capped = fine.cap is not None and most > fine.cap
    if fine.cap is not None:
        least, most = min(least, fine.cap), min(most, fine.cap)
    return FineRange(least, most, fine.optional, fine.unit, factor, low, high, fine.base, capped)


def unit_label(unit: FineUnit) -> str:
    """A fine's unit in the reader's language."""
    return {
        "yuan": _("yuan"),
        "per_m2": _("yuan per square metre"),
        "per_m2_day": _("yuan per square metre and day"),
        "per_tonne": _("yuan per tonne"),
        "per_tree": _("yuan per tree"),
        "per_item": _("yuan per item"),
        "times_value": _("times"),
        "percent": _("per cent"),
    }[unit]


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


# --- procedure: by the day of the step -------------------------------------------------------------
def _known(groups: Mapping[str, tuple[D, ...]], code: str) -> tuple[D, ...]:
    try:
        return groups[code]
    except KeyError:
        raise LawProblem(_("The catalogue of the law has no entry “%(code)s”.") % {"code": code}) from None


def _needed(groups: Mapping[str, tuple[D, ...]], code: str, on: date) -> D:
    found = in_force(_known(groups, code), on)
    if found is None:
        raise LawProblem(
            _("The entry “%(code)s” of the catalogue of the law does not apply on %(day)s.")
            % {"code": code, "day": formats.date_format(on, "DATE_FORMAT")}
        )
    return found


@lru_cache(maxsize=_REMEMBERED)
def threshold(code: str, on: date) -> Threshold:
    """An amount such as ``simple_procedure`` for a step of the day. Raises :class:`LawProblem`."""
    return _needed(catalogue().thresholds, code, on)


@lru_cache(maxsize=_REMEMBERED)
def period(code: str, on: date) -> Period:
    """A period with its unit for a step of the day. Raises :class:`LawProblem`."""
    return _needed(catalogue().periods, code, on)


@lru_cache(maxsize=_REMEMBERED)
def requirement(code: str, on: date) -> Requirement | None:
    """What a step of the day needs; None if the law of that day does not ask for it.

    Raises :class:`LawProblem` for a requirement that is never asked for.
    """
    return in_force(_known(catalogue().requirements, code), on)


@lru_cache(maxsize=_REMEMBERED)
def authority(area: Area, on: date) -> AuthorityRule:
    """In whose name one decides in a kind of area on the day. Raises :class:`LawProblem`."""
    return _needed(catalogue().authorities, area, on)


@lru_cache(maxsize=_REMEMBERED)
def exemption_reason(code: str, on: date) -> ExemptionReason | None:
    """A ground for imposing no penalty, None if it did not exist on the day.

    Raises :class:`LawProblem` for an unknown one.
    """
    return in_force(_known(catalogue().exemption_reasons, code), on)


@lru_cache(maxsize=_REMEMBERED)
def exemption_item_for(cause_code: str, on: date) -> ExemptionItem | None:
    """The entry of the exemption list (免罚清单) that names a cause on the day, if any."""
    return in_force(catalogue().items_of(cause_code), on)


def due(
    code: str,
    start: date,
    *,
    on: date | None = None,
    extended: bool = False,
    backwards: bool = False,
) -> date:
    """The last day of a period begun on ``start`` (which is not counted), until 24:00 of that day.

    ``on``: the day whose law applies, by default ``start``. ``extended``: with its longest extension.
    ``backwards``: the last day on which something that must happen that long before ``start`` may happen.
    Raises :class:`LawProblem` where there is none, or it is in hours (see :func:`due_at`), and
    :class:`~chengshu.kernel.workdays.WorkingDayCalendarError` for a year whose holidays are not known.
    """
    rule = period(code, start if on is None else on)
    n = _length(rule, extended)
    if rule.unit == "hour":
        raise LawProblem(_("The period “%(code)s” is counted in hours.") % {"code": code})
    roll = not backwards and _rolls(rule.citation.instrument, rule.unit, n, start if on is None else on)
    return add_period(start, -n if backwards else n, rule.unit, roll=roll)


def due_at(code: str, start: datetime, *, on: date | None = None, extended: bool = False) -> datetime:
    """The moment at which a period of hours ends. Raises :class:`LawProblem` where it is not in hours."""
    rule = period(code, start.date() if on is None else on)
    if rule.unit != "hour":
        raise LawProblem(_("The period “%(code)s” is not counted in hours.") % {"code": code})
    return add_hours(start, _length(rule, extended))


def _length(rule: Period, extended: bool) -> int:
    if not extended:
        return rule.n
    if rule.extension is None:
        raise LawProblem(_("The period “%(code)s” cannot be extended.") % {"code": rule.code})
    return rule.n + rule.extension


@lru_cache(maxsize=_REMEMBERED)
def _rolls(instrument: str, unit: str, n: int, on: date) -> bool:
    """Whether a last day of rest moves on, as the instrument counts a period of about that many days."""
    known = periods().instruments.get(instrument)
    if known is None or unit == "working_day":
        return False
    days = n * _DAYS.get(unit, 1)
    rules = (rule for rule in known.rules if rule.unit == "calendar_day" and rule.covers(days, on))
    return next(rules, periods().default).roll
