"""The law as the phone needs it for an on-the-spot decision without a network.

Only causes that the simple procedure can lead to: a fine in yuan whose range begins at or below the limit, or
a warning, for acts of the days that the phone may have to decide on. Amounts are whole yuan or decimals as
numbers; names stand in both languages, what is printed in Chinese only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import orjson
import yaml
from django.utils import timezone, translation
from django.utils.functional import Promise

from chengshu.bureau.models import Town, User
from chengshu.cases.authorities import authority_for
from chengshu.cases.forms.new import SimpleForm
from chengshu.cases.forms.parties import PartyForm
from chengshu.cases.queries.blocks import towns_of
from chengshu.field.queries.offline_paper import paper
from chengshu.law.catalogue import catalogue
from chengshu.law.model import Cause, CauseRule, Citation, Dated, Fine, PartyKind, Threshold, in_force

LIMIT, CASH = "simple_procedure", "cash_on_the_spot"
PARTIES: tuple[PartyKind, ...] = ("person", "organisation")
PRINTED_ELSEWHERE = frozenset({"client_id", "object", "lead", "lng", "lat", "kept", "decided_at", "photos"})
LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class Reach:
    """``days`` from today that the answer is good for; ``past_days`` of acts; numbers of a lease."""

    days: int
    past_days: int
    block_numbers: int


@cache
def reach() -> Reach:
    """What ``data/offline_law.yaml`` says."""
    path = Path(__file__).parent.parent / "data" / "offline_law.yaml"
    return Reach(**yaml.safe_load(path.read_text(encoding="utf-8")))


def law_for(user: User, now: datetime) -> dict[str, Any]:
    """Everything for the towns of the officer's squad, with until when it is good and a name for its content.

    ``version`` names what the law says (the device sends it along with a decision); it changes with any text.
    """
    today = timezone.localdate(now)
    until = today + timedelta(days=reach().days)
    towns = towns_of(user)
    said = _of_day(today, until) | {
        "authority": {"name": _authority(user, towns[0] if towns else None, today)["name"]},
        "authorities": _authorities(user, towns, today, until),
        "document": paper(user.unit.district, today),
    }
    ends = timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min))
    version = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
    return said | {"version": version, "made_at": timezone.localtime(now), "valid_until": ends}


@lru_cache(maxsize=4)
def _of_day(today: date, until: date) -> dict[str, Any]:
    """What is the same for everybody: the catalogue is read once and does not change while this runs."""
    since = today - timedelta(days=reach().past_days)
    causes = [found for cause in catalogue().causes if (found := _cause(cause, since, today, until))]
    thresholds = [
        _threshold(code, entry)
        for code in (LIMIT, CASH)
        for entry in _meeting(catalogue().thresholds.get(code, ()), today, until)
    ]
    return {
        "causes": causes,
        "thresholds": thresholds,
        "form": {"decision": _fields(SimpleForm.base_fields), "party": _fields(PartyForm.base_fields)},
        "unverified": sorted(_unverified(causes, thresholds)),
    }


def _meeting(entries: Iterable[Any], since: date, until: date) -> list[Any]:
    """The entries that apply on any of the days."""
    return [
        entry for entry in entries
        if entry.valid_from <= until and (entry.valid_to is None or since <= entry.valid_to)
    ]  # fmt: skip


def _cause(cause: Cause, since: date, today: date, until: date) -> dict[str, Any] | None:
    rules = [rule for rule in _meeting(cause.rules, since, until) if _on_the_spot(rule, today, until)]
    if not rules:
        return None
    return {
        "code": cause.code,
        "number": cause.number,
        "name": cause.name,
        "name_en": cause.name_en,
        "field": cause.field,
        "rules": [_rule(rule) for rule in rules],
        "exemptions": [
            {
                "name": item.name,
                "name_en": item.name_en,
                "conditions": list(item.conditions),
                "law": _cited(item.citation),
                "verified": item.citation.verified,
                **_dated(item),
            }
            for item in _meeting(catalogue().items_of(cause.code), today, until)
        ],
    }


def _on_the_spot(rule: CauseRule, today: date, until: date) -> bool:
    """Whether the rule leaves room for the simple procedure on one of the days."""
    if "warning" in rule.other_penalties:
        return True
    if rule.mode != "direct":
        return False
    days = [today + timedelta(days=n) for n in range((until - today).days + 1)]
    limits = [in_force(catalogue().thresholds.get(LIMIT, ()), day) for day in days]
    return any(
        fine is not None and fine.unit == "yuan" and fine.min <= limit.amount(party)
        for party in rule.parties
        for fine in [rule.fine_for(party)]
        for limit in limits
        if limit is not None
    )


def _rule(rule: CauseRule) -> dict[str, Any]:
    return {
        "breach": _cited(rule.breach),
        "penalty": _cited(rule.penalty),
        "mode": rule.mode,
        "parties": list(rule.parties),
        "warning": "warning" in rule.other_penalties,
        "fines": [_fine(fine) for fine in rule.fines],
        "at_once": rule.at_once,
        "verified": rule.verified,
        **_dated(rule),
    }


def _fine(fine: Fine) -> dict[str, Any]:
    tiers = [
        {
            "code": tier.code,
            "name": tier.name,
            "name_en": tier.name_en,
            "min": _amount(tier.min),
            "max": _amount(tier.max),
            "verified": tier.verified,
        }
        for tier in fine.tiers
    ]
    return {
        "party": fine.party,
        "min": _amount(fine.min),
        "max": _amount(fine.max),
        "unit": fine.unit,
        "optional": fine.optional,
        "tiers": tiers,
    }


def _threshold(code: str, entry: Threshold) -> dict[str, Any]:
    return {
        "code": code,
        "person": _amount(entry.person),
        "organisation": _amount(entry.organisation),
        "law": _cited(entry.citation),
        "verified": entry.citation.verified,
        **_dated(entry),
    }


def _dated(entry: Dated) -> dict[str, Any]:
    return {"valid_from": entry.valid_from, "valid_to": entry.valid_to}


def _cited(citation: Citation) -> str:
    return catalogue().cite(citation)


def _amount(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _unverified(causes: Iterable[Mapping[str, Any]], thresholds: Iterable[Mapping[str, Any]]) -> set[str]:
    """Codes of what rests on general knowledge, not on the text."""
    doubtful = {
        f"cause:{one['code']}" for one in causes if not all(rule["verified"] for rule in one["rules"])
    }
    return doubtful | {f"threshold:{one['code']}" for one in thresholds if not one["verified"]}


def _fields(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the form of the desk asks, for the form of the phone."""
    return [
        {
            "name": name,
            "label": _in_both(field.label),
            "help": _in_both(field.help_text),
            "required": field.required,
            "max_length": getattr(field, "max_length", None),
            "choices": [
                {"code": str(code), "label": _in_both(label)}
                for code, label in (getattr(field, "choices", None) or ())
            ],
        }
        for name, field in fields.items()
        if name not in PRINTED_ELSEWHERE
    ]


def _in_both(text: str | Promise | None) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = str(text or "")
    return found


def _authorities(user: User, towns: Iterable[Town], today: date, until: date) -> list[dict[str, Any]]:
    """In whose name decisions are made in each town, by day; consecutive days of one answer as one entry."""
    found: list[dict[str, Any]] = []
    for town in towns:
        day = today
        while day <= until:
            said = _authority(user, town, day)
            last = found[-1] if found else {}
            if {key: last.get(key) for key in said} == said:
                last["valid_to"] = day
            else:
                found.append({**said, "valid_from": day, "valid_to": day})
            day += timedelta(days=1)
    return found


def _authority(user: User, town: Town | None, day: date) -> dict[str, Any]:
    held = authority_for(user.unit.district, town, day)
    return {
        "town": town.code if town else "",
        "town_name": town.name if town else "",
        "kind": held.kind,
        "name": held.name,
        "word": held.word,
        "verified": held.verified,
    }
