"""From what somebody types into a search box to conditions on the search index.

Tokens (see `registry.derive`) narrow the rows down, `search_text` is then compared in full. Where even the
rarest token stands in too many rows, reading the index costs more than reading the first rows in order of
name until enough of them match; how often a token occurs is taken from PostgreSQL's own statistics.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.db.models import Q
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

from chengshu.kernel.token_statistics import TokenStatistics
from chengshu.registry.derive import exact_token, initials_tokens, name_key, text_tokens

MAX_WORDS = 4
MAX_LENGTH = 60
_LATIN = re.compile(r"[a-z]+")
STATISTICS = TokenStatistics("registry_regulatedobject")


@dataclass(frozen=True)
class Word:
    """One word of a question and the ways in which an object may contain it."""

    text: str
    text_tokens: frozenset[str]
    initials: str = ""
    pinyin: str = ""

    def condition(self) -> Q:
        """Rows that contain the word: in name or address, as initials, or as a whole identifier."""
        found = Q()
        if self.text_tokens:
            found |= Q(search_tokens__contains=sorted(self.text_tokens), search_text__contains=self.text)
        else:  # one character: the index does not know it
            found |= Q(search_text__contains=self.text)
        if self.initials:
            tokens = sorted(letters_tokens(self.initials))
            found |= Q(search_tokens__contains=tokens, search_text__contains=self.initials)
        if len(self.text) >= 3:
            found |= Q(search_tokens__contains=[exact_token(self.text)])
        return found

    def rows(self) -> float:
        """About how many rows have to be looked at for this word."""
        if not self.text_tokens:
            return float("inf")
        numbers = [expected_rows(self.text_tokens)]
        if self.initials:
            numbers.append(expected_rows(letters_tokens(self.initials)))
        return sum(numbers)


@dataclass(frozen=True)
class Question:
    """A whole question: all its words must be found."""

    key: str
    words: tuple[Word, ...]

    def condition(self) -> Q:
        """Rows that contain every word."""
        found = Q()
        for word in self.words:
            found &= word.condition()
        return found

    def common(self, rows: float) -> bool:
        """Whether even the rarest of its tokens stands in more rows than that."""
        return bool(self.words) and self.rows() > rows

    def rows(self) -> float:
        """About how many rows have to be looked at for its rarest token."""
        return min((word.rows() for word in self.words), default=float("inf"))


def question(text: str) -> Question:
    """Read what somebody typed; no words means: nothing that could be looked for."""
    words = [word for part in text[:MAX_LENGTH].split() if (word := name_key(part))]
    return Question(name_key(text[:MAX_LENGTH]), tuple(_word(word) for word in words[:MAX_WORDS]))


def _word(text: str) -> Word:
    tokens = frozenset(text_tokens(text))
    if _LATIN.fullmatch(text) is None or len(text) < 2:
        return Word(text, tokens)
    parts = split_pinyin(text)
    if parts is not None and len(parts) > 1 and any(len(part) > 1 for part in parts[:-1]):
        return Word(text, tokens, "".join(part[0] for part in parts), " ".join(parts))
    return Word(text, tokens, text)


def letters_tokens(letters: str) -> set[str]:
    """Entries that narrow down initials: triples; for two letters, the first pair of a name."""
    return {token for token in initials_tokens(letters) if token[0] == "~" or len(letters) == 2}


def split_pinyin(text: str) -> list[str] | None:
    """``lvzhouhu`` → lv, zhou, hu, the last may be unfinished; None when it is no pinyin. Longest first."""
    return _split(text)


@cache
def syllables() -> frozenset[str]:
    """All syllables of Mandarin without tones."""
    toned = {reading for readings in PINYIN_DICT.values() for reading in readings.split(",")}
    return frozenset(
        plain for reading in toned if (plain := to_normal(reading)).isascii() and plain.isalpha()
    )


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(s[:n] for s in syllables() for n in range(1, len(s) + 1))


def _split(text: str) -> list[str] | None:
    if not text:
        return []
    for size in range(min(6, len(text)), 0, -1):
        head = text[:size]
        if head in syllables() or (size == len(text) and head in _beginnings()):
            rest = _split(text[size:])
            if rest is not None:
                return [head, *rest]
    return None


# --- how common a token is -------------------------------------------------------------------------
def expected_rows(tokens: frozenset[str] | set[str]) -> float:
    """About how many objects carry all the tokens; 0 for tokens the statistics do not list."""
    return STATISTICS.expected_rows(tokens)


def token_statistics() -> tuple[dict[str, float], float]:
    """Shares of the commonest tokens, and the number of rows, as ANALYZE last saw them."""
    return STATISTICS.known()
