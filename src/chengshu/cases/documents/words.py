"""The facts as words: days, amounts, lists and whole phrases, by the names that ``bodies/*.yaml`` use."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime

from django.utils import timezone

from chengshu.cases.documents.facts import DocumentFacts, When
from chengshu.cases.documents.money import rmb_capital, rmb_figures


def day_words(when: When) -> str:
    """2021年7月15日; words stay as they are, nothing is ""."""
    if when is None or isinstance(when, str):
        return when or ""
    if isinstance(when, datetime) and timezone.is_aware(when):
        when = timezone.localtime(when)
    return f"{when.year}年{when.month}月{when.day}日"


def short_day(when: When) -> str:
    """2021.07.15, for the narrow column of a catalogue."""
    if isinstance(when, datetime) and timezone.is_aware(when):
        when = timezone.localtime(when)
    return f"{when:%Y.%m.%d}" if isinstance(when, date) else when or ""


def moment_words(when: When) -> str:
    """2021年7月15日14时05分; a day without its hour stays a day."""
    if not isinstance(when, datetime):
        return day_words(when)
    local = timezone.localtime(when) if timezone.is_aware(when) else when
    return f"{day_words(local)}{local.hour}时{local.minute:02d}分"


MOMENTS = {"act_time", "found_at", "hearing_at", "started", "ended", "served_at"}


def words(facts: DocumentFacts) -> dict[str, str]:
    """Every name a wording may use with its text, "" where the facts do not say."""
    named: dict[str, str] = {}
    for each in fields(facts):
        value = getattr(facts, each.name)
        if isinstance(value, str):
            named[each.name] = value.strip()
        elif isinstance(value, date):
            named[each.name] = moment_words(value) if each.name in MOMENTS else day_words(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            named[each.name] = str(value)
        elif value is None:
            named[each.name] = ""
    named |= {
        "fine": rmb_figures(facts.fine) if facts.fine is not None else "",
        "fine_capital": rmb_capital(facts.fine) if facts.fine is not None else "",
        "officers": "、".join(
            f"{each.name}（执法证号：{each.certificate}）" if each.certificate else each.name
            for each in facts.officers
        ),
        "officer_names": "、".join(each.name for each in facts.officers),
        "evidence": "；".join(each.name for each in facts.evidence),
        "delivered": "\n".join(facts.delivered),
        "participants": "、".join(facts.participants),
        "decision_items": "\n".join(numbered(facts.decision_items)),
        "items": "、".join(each.name for each in facts.items),
        "party": _party(facts),
        "you": "你单位" if facts.party_kind == "organisation" else "你",
    }
    return {name: str(value).strip() for name, value in facts.values.items()} | named


def numbered(texts: tuple[str, ...]) -> tuple[str, ...]:
    """1．…, 2．…; a single text bears no number."""
    if len(texts) < 2:
        return texts
    return tuple(f"{number}．{text}" for number, text in enumerate(texts, 1))


def _party(facts: DocumentFacts) -> str:
    """The party in one phrase, for running text."""
    if facts.party_kind == "shop" and facts.party_shop_sign:
        return f"{facts.party_shop_sign}（经营者：{facts.party_name}）"
    return facts.party_name.strip()
