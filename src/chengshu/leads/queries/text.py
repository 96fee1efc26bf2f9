"""From what somebody types into the search box of the list to conditions on the index of tokens."""

from __future__ import annotations

from django.db.models import Q

from chengshu.registry.derive import address_key, exact_token, name_key, text_tokens
from chengshu.registry.queries.text import MAX_LENGTH, MAX_WORDS


def condition(text: str) -> Q:
    """Leads that contain every word: in what was found, the place, the object's name, or as a whole number.

    A single character stands in no token: it finds nothing.
    """
    found = Q()
    for part in text[:MAX_LENGTH].split()[:MAX_WORDS]:
        found &= _word(part)
    return found


def _word(part: str) -> Q:
    ways = [[exact_token(part)]] if len(exact_token(part)) > 3 else []
    for key in dict.fromkeys((name_key(part), address_key(part))):
        if tokens := text_tokens(key):
            ways.append(sorted(tokens))
    if not ways:
        return Q(pk__in=[])
    found = Q()
    for way in ways:
        found |= Q(search_tokens__contains=way)
    return found
