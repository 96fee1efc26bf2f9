"""What must hold in the catalogue beyond the shape of its entries: no overlaps, gaps or loose ends."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from chengshu.law.model import (
    Cause,
    CauseRule,
    Citation,
    Dated,
    ExemptionItem,
    Field,
    Fine,
    InstrumentTitle,
    Tier,
)

BASED_UNITS = ("times_value", "percent")
"""Units that say a share of something: what, stands in ``base``."""
SMALLEST_STEP = Decimal(1)
"""Tiers printed in whole yuan (… 200, 201 …) leave no gap."""
_DAY = timedelta(days=1)


def timeline(where: str, entries: Sequence[Dated]) -> Iterator[str]:
    """Entries in order of their first day must follow each other without overlap or gap."""
    for entry in entries:
        if entry.valid_to is not None and entry.valid_to < entry.valid_from:
            yield _("%(where)s: valid_to %(end)s lies before valid_from %(start)s.") % {
                "where": where,
                "start": entry.valid_from,
                "end": entry.valid_to,
            }
    for earlier, later in itertools.pairwise(entries):
        if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
            yield _("%(where)s: the entry from %(start)s overlaps with the one from %(earlier)s.") % {
                "where": where,
                "start": later.valid_from,
                "earlier": earlier.valid_from,
            }
        elif later.valid_from > earlier.valid_to + _DAY:
            yield _("%(where)s: nothing applies from %(start)s to %(end)s.") % {
                "where": where,
                "start": earlier.valid_to + _DAY,
                "end": later.valid_from - _DAY,
            }


def twice(where: str, values: Iterable[object]) -> Iterator[str]:
    """A code or number that stands for one thing may be there only once."""
    for value, times in Counter(values).items():
        if times > 1:
            yield _("%(where)s: “%(value)s” is there %(times)s times.") % {
                "where": where,
                "value": value,
                "times": times,
            }


def references(where: str, citations: Iterable[Citation], known: set[str]) -> Iterator[str]:
    """Every provision belongs to an instrument of the catalogue; one that was read has an article."""
    citations = tuple(citations)
    if any(citation.verified and not citation.article for citation in citations):
        yield _("%(where)s: a verified provision needs its article.") % {"where": where}
    for code in sorted({citation.instrument for citation in citations} - known):
        yield _("%(where)s: there is no instrument “%(code)s”.") % {"where": where, "code": code}


def cause(where: str, entry: Cause, fields: dict[str, Field]) -> Iterator[str]:
    """One offence: its field, its rules through time, their ranges."""
    if entry.field not in fields:
        yield _("%(where)s: there is no field “%(code)s”.") % {"where": where, "code": entry.field}
    yield from timeline(where, entry.rules)
    for rule in entry.rules:
        yield from _rule(f"{where} ({rule.valid_from})", rule)


def _rule(where: str, rule: CauseRule) -> Iterator[str]:
    if rule.verified and not rule.text:
        yield _("%(where)s: a verified rule needs words of its text, by which it is found there.") % {
            "where": where
        }
    yield from twice(f"{where} fines", (fine.party or _("anyone") for fine in rule.fines))
    for fine in rule.fines:
        if fine.party is not None and fine.party not in rule.parties:
            yield _("%(where)s: there is a fine for “%(party)s”, who is not a party of this rule.") % {
                "where": where,
                "party": fine.party,
            }
        yield from _fine(where, fine)


def _fine(where: str, fine: Fine) -> Iterator[str]:
    if fine.min > fine.max:
        yield _upside_down(where, fine.min, fine.max)
    if fine.grave_max is not None:
        grave_min = fine.max if fine.grave_min is None else fine.grave_min
        if grave_min > fine.grave_max:
            yield _upside_down(f"{where} grave_max", grave_min, fine.grave_max)
    elif fine.grave_min is not None:
        yield _("%(where)s: grave_min needs a grave_max.") % {"where": where}
    if (fine.unit in BASED_UNITS) != bool(fine.base):
        yield _("%(where)s: a fine needs a base if and only if it is counted in times or per cent.") % {
            "where": where
        }
    yield from twice(f"{where} tiers", (tier.code for tier in fine.tiers))
    top = max(fine.max, fine.grave_max or Decimal(0))
    for tier in fine.tiers:
        name = f"{where} {tier.code}"
        if tier.min > tier.max:
            yield _upside_down(name, tier.min, tier.max)
        elif tier.min < fine.min or tier.max > top:
            yield _("%(where)s: the tier lies outside the range of the fine.") % {"where": name}
    yield from _tiers_in_order(where, fine.tiers)


def _tiers_in_order(where: str, tiers: tuple[Tier, ...]) -> Iterator[str]:
    for lower, higher in itertools.pairwise(tiers):
        name = f"{where} {higher.code}"
        if higher.min < lower.max:
            yield _("%(where)s: the tier overlaps with the one before it.") % {"where": name}
        elif higher.min - lower.max > SMALLEST_STEP:
            yield _("%(where)s: the tier leaves a gap after the one before it.") % {"where": name}


def _upside_down(where: str, low: Decimal, high: Decimal) -> str:
    return _("%(where)s: the range is upside down: %(low)s to %(high)s.") % {
        "where": where,
        "low": f"{low:f}",
        "high": f"{high:f}",
    }


def items(where: str, entries: Sequence[ExemptionItem], causes: set[str]) -> Iterator[str]:
    """The exemption list names known causes, and each at most once on any day."""
    for item in entries:
        for code in item.causes:
            if code not in causes:
                yield _("%(where)s, %(entry)s: there is no cause of action “%(code)s”.") % {
                    "where": where,
                    "entry": item.code,
                    "code": code,
                }
    for number, item in enumerate(entries):
        for other in entries[:number]:
            if item.code != other.code and _meet(item, other):
                for code in sorted(set(item.causes) & set(other.causes)):
                    yield _("%(where)s: “%(code)s” is named by %(first)s and %(second)s at once.") % {
                        "where": where,
                        "code": code,
                        "first": other.code,
                        "second": item.code,
                    }


def _meet(one: Dated, other: Dated) -> bool:
    return one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)


def not_in_force(where: str, entry: Dated, citation: Citation, title: InstrumentTitle) -> Iterator[str]:
    """A remark, not a fault: an entry begins on a day for which its instrument has no wording."""
    if not any(version.applies(entry.valid_from) for version in title.versions):
        yield _("%(where)s: no wording of 《%(title)s》 is given for %(day)s (%(article)s).") % {
            "where": where,
            "title": title.title,
            "day": entry.valid_from,
            "article": citation.article,
        }
