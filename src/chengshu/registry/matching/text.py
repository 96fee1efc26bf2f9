"""Writing made comparable: width, case, traditional characters, Chinese numerals, sounds."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from opencc import OpenCC
from pypinyin import lazy_pinyin

NUMERALS = "零〇一二三四五六七八九十百两"
_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_LATIN_ONLY = re.compile(r"^[\x00-\x7f]*$")
# What speakers of the lower Yangtze do not tell apart, and so mistype.
_FOLDED_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_FOLDED_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=200_000)
def plain(text: str) -> str:
    """Half width, lower case, simplified characters; no blanks."""
    folded = "".join(unicodedata.normalize("NFKC", text).lower().split())
    return folded if _LATIN_ONLY.match(folded) else str(_simplifier().convert(folded))


def number_of(text: str) -> int | None:
    """The value of a number in Chinese or Arabic digits up to 9999 (三十五 → 35, 一二〇 → 120)."""
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(sign not in NUMERALS for sign in text):
        return None
    if "十" not in text and "百" not in text:
        return int("".join(str(_DIGITS[sign]) for sign in text))
    total, current = 0, 0
    for sign in text:
        if sign == "百":
            total, current = total + (current or 1) * 100, 0
        elif sign == "十":
            total, current = total + (current or 1) * 10, 0
        else:
            current = _DIGITS[sign]
    return total + current


@cache
def _sound(sign: str) -> str:
    """One character's syllable without tone, with sounds that are often mistaken folded together."""
    syllable = lazy_pinyin(sign)[0] if sign > "\u2fff" else sign
    for initial, folded in _FOLDED_INITIALS:
        if syllable.startswith(initial):
            syllable = folded + syllable[len(initial) :]
            break
    for final, folded in _FOLDED_FINALS:
        if syllable.endswith(final):
            return syllable[: -len(final)] + folded
    return syllable


@lru_cache(maxsize=200_000)
def sounds(text: str) -> tuple[str, ...]:
    """The syllables of a text, one for each character."""
    return tuple(_sound(sign) for sign in text)
