"""Columns derived from what an object states: matching keys, pinyin order, search tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from chengshu.kernel.pinyin import initials, sort_key

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
    """What a search is checked against after the tokens have narrowed it: keys and initials."""
    key = name_key(name)
    return f"{key}|{address_key(address)}|{initials(key)}"


def ngrams(text: str, size: int) -> Iterable[str]:
    """All runs of `size` characters."""
    return (text[i : i + size] for i in range(len(text) - size + 1))


def search_tokens(name: str, address: str, exact: Iterable[str] = ()) -> list[str]:
    """The object's entries in the search index.

    Pairs of characters of name and address; pairs and triples of the name's pinyin initials (marked ``~``);
    the first character (``^``); whole identifiers such as USCC and phone (``=``).
    """
    key = name_key(name)
    letters = initials(key)
    tokens = set(ngrams(key, 2)) | set(ngrams(address_key(address), 2))
    tokens.update("~" + gram for size in (2, 3) for gram in ngrams(letters, size))
    if key:
        tokens.add("^" + key[0])
    tokens.update("=" + value.lower()[:19] for value in exact if value)
    return sorted(tokens)[:TOKEN_LIMIT]


def derived(values: Mapping[str, Any], identifiers: Iterable[str] = ()) -> dict[str, Any]:
    """All derived columns of an object with these values."""
    name, address = values["name"], values.get("address", "")
    phone = re.sub(r"\D", "", values.get("responsible_phone", ""))
    return {
        "name_key": name_key(name),
        "address_key": address_key(address),
        "sort_key": sort_key(name)[:120],
        "search_text": search_text(name, address),
        "search_tokens": search_tokens(name, address, [values.get("uscc", ""), phone, *identifiers]),
    }
