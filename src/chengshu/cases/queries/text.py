"""From what somebody types into the search box of the list to conditions on the index of tokens."""

from __future__ import annotations

import re

from django.db.models import Q

from chengshu.kernel.token_statistics import TokenStatistics
from chengshu.registry.derive import exact_token, name_key, text_tokens
from chengshu.registry.queries.text import MAX_LENGTH, MAX_WORDS, letters_tokens

_LATIN = re.compile(r"[a-z]{2,}")
STATISTICS = TokenStatistics("cases_case")


def condition(text: str) -> Q:
    """Cases that contain every word: in parties, cause or place, as initials, or as a whole number.

    A single character stands in no token: it finds nothing.
    """
    found = Q()
    for word in _words(text):
        ways = _ways(word)
        one = Q() if ways else Q(pk__in=[])
        for tokens in ways:
            one |= Q(search_tokens__contains=tokens)
        found &= one
    return found


def rows(text: str) -> float:
    """About how many cases have to be looked at for the rarest of the words; 0 for rare ones."""
    return min((sum(map(STATISTICS.expected_rows, _ways(word))) for word in _words(text)), default=0)


def share(text: str) -> float:
    """The part of all cases that contains the words, about."""
    return rows(text) / max(STATISTICS.known()[1], 1)


def _words(text: str) -> list[str]:
    return text[:MAX_LENGTH].split()[:MAX_WORDS]


def _ways(word: str) -> list[list[str]]:
    """Tokens that must all be there, for each of the ways in which a case may contain the word."""
    ways = [[exact_token(word)]] if len(exact_token(word)) > 3 else []
    key = name_key(word)
    if tokens := text_tokens(key):
        ways.append(sorted(tokens))
    if _LATIN.fullmatch(key):
        ways.append(sorted(letters_tokens(key)))
    return ways
