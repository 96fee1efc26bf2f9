"""What the law says about a case, for the reader beside the form: rule, reason, range, tiers, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from chengshu.cases.forms.outcomes import OTHERS
from chengshu.cases.procedure import law
from chengshu.cases.words import cause_label, cited
from chengshu.law.applicable import exemption_item_for
from chengshu.law.model import CauseRule, Fine, PartyKind
from chengshu.law.words import fine_words, name_of
from chengshu.ui.formats import number


@dataclass(frozen=True)
class Advice:
    """适用依据: what applies to one kind of party; ``problem``: why the law has no answer."""

    cause: str
    problem: str = ""
    reason: str = ""
    verified: bool = True
    breach: Mapping[str, Any] | None = None
    penalty: Mapping[str, Any] | None = None
    order_first: bool = False
    range: str = ""
    tiers: list[dict[str, Any]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    limit: str = ""
    over_limit: bool = False
    exempt: str = ""
    note: str = ""


def advice(cause: str, party: PartyKind, act_on: date, on: date) -> Advice:
    """What a cause leads to for an act of a day, decided on another."""
    name = cause_label(cause)
    try:
        applied = law.rule_for(cause, act_on=act_on, decided_on=on, party=party)
    except law.LawProblem as problem:
        return Advice(name, problem=str(problem))
    rule = applied.rule
    fine = rule.fine_for(party) if party in rule.parties else None
    limit = _limit(party, on)
    item = exemption_item_for(cause, on)
    return Advice(
        cause=name,
        reason=applied.reason,
        verified=rule.verified,
        breach=cited(rule.breach, act_on),
        penalty=cited(rule.penalty, act_on),
        order_first=rule.mode == "after_order",
        range=fine_words(fine) if fine else _("The provision knows no fine for this kind of party."),
        tiers=_tiers(fine),
        others=_others(rule),
        limit=number(limit) if limit is not None else "",
        over_limit=bool(fine and limit is not None and fine.unit == "yuan" and fine.min > limit),
        exempt=name_of(item) if item else "",
        note=rule.note,
    )


def _limit(party: PartyKind, on: date) -> Decimal | None:
    try:
        return law.threshold("simple_procedure", on).amount(party)
    except law.LawProblem:
        return None


def _tiers(fine: Fine | None) -> list[dict[str, Any]]:
    return [
        {"name": name_of(t), "min": t.min, "max": t.max, "verified": t.verified}
        for t in (fine.tiers if fine else ())
    ]


def _others(rule: CauseRule) -> list[str]:
    return [str(OTHERS.get(code, code)) for code in rule.other_penalties]
