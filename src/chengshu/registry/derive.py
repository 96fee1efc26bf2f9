"""Columns derived from what an object states: matching keys, pinyin order, search tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from h3.api.basic_int import latlng_to_cell

from chengshu.kernel.pinyin import initials_variants, sort_key
from chengshu.registry.models.counts import CELL_LEVELS

FINEST_LEVEL = CELL_LEVELS[-1]
_DIGITS = re.compile(r"\d+")
_NOT_KEY = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
# 上海市普陀区… at the head of an address says nothing inside the district; 小区, 园区 … are names.
_ADMINISTRATIVE = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,8}省)?(?:[\u4e00-\u9fff]{2,6}市)?(?:[\u4e00-\u9fff]{2,5}(?<![小社园厂校街])区)?"
)
TOKEN_LIMIT = 400


def name_key(text: str) -> str:
    """Name without width, case, blanks and punctuation, for exact matching."""
    return _NOT_KEY.sub("", unicodedata.normalize("NFKC", text).lower())[:200]


def address_key(text: str) -> str:
    """Address likewise, without province, city and district at its head."""
    key = _NOT_KEY.sub("", unicodedata.normalize("NFKC", text).lower())
    return (_ADMINISTRATIVE.sub("", key) or key)[:300]


def search_text(name: str, address: str) -> str:
    """What a search is checked against after the tokens have narrowed it: name | address | initials."""
    key = name_key(name)
    return "|".join([key, address_key(address), *initials_variants(key)])


def ngrams(text: str, size: int) -> Iterable[str]:
    """All runs of `size` characters."""
    return (text[i : i + size] for i in range(len(text) - size + 1))


def text_tokens(text: str) -> set[str]:
    """Entries for a name or an address: pairs of neighbouring characters and whole numbers (marked ``#``).

    Pairs with a digit are left out: there are too few of them to tell one address from another.
    """
    tokens = {pair for run in _DIGITS.split(text) for pair in ngrams(run, 2)}
    return tokens | {"#" + number[:19] for number in _DIGITS.findall(text)}


def initials_tokens(letters: str) -> set[str]:
    """Entries for pinyin initials: their triples, and the first pair (marked ``^``) for short questions."""
    return {"~" + gram for gram in ngrams(letters, 3)} | ({"^" + letters[:2]} if len(letters) > 1 else set())


def exact_token(value: str) -> str:
    """Entry for a value that is looked for as a whole: USCC, phone, identifier in another system."""
    return "=" + _NOT_KEY.sub("", value.lower())[:19]


def search_tokens(name: str, address: str, exact: Iterable[str] = ()) -> list[str]:
    """The object's entries in the search index: parts of name and address, initials, whole identifiers."""
    key = name_key(name)
    tokens = text_tokens(key) | text_tokens(address_key(address))
    for letters in initials_variants(key):
        tokens |= initials_tokens(letters)
    tokens |= {token for value in exact if len(token := exact_token(value)) > 1}
    return sorted(tokens)[:TOKEN_LIMIT]


def derived(values: Mapping[str, Any], identifiers: Iterable[str] = ()) -> dict[str, Any]:
    """All derived columns of an object with these values."""
    name, address = values["name"], values.get("address", "")
    phone = re.sub(r"\D", "", values.get("responsible_phone", ""))
    position = values.get("position")
    return {
        "name_key": name_key(name),
        "address_key": address_key(address),
        "sort_key": sort_key(name)[:120],
        "search_text": search_text(name, address),
        "search_tokens": search_tokens(name, address, [values.get("uscc", ""), phone, *identifiers]),
        "cell": latlng_to_cell(position[1], position[0], FINEST_LEVEL) if position else None,
    }
