"""States of sensing in tones, and what is stored as (text, values) in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext

from chengshu.sensing.lifecycle import ComparisonState, FlightState, SiteResult, SuspectState
from chengshu.ui import tones

ALMOST = 0.995  # what a rounding to whole percent would make certain

FLIGHT_TONES = {
    FlightState.CHECKING: tones.INFO, FlightState.READY: tones.OK, FlightState.REFUSED: tones.DANGER,
    FlightState.WITHDRAWN: tones.NEUTRAL,
}  # fmt: skip
COMPARISON_TONES = {
    ComparisonState.WAITING: tones.NEUTRAL, ComparisonState.RUNNING: tones.INFO,
    ComparisonState.DONE: tones.OK, ComparisonState.FAILED: tones.DANGER,
    ComparisonState.REFUSED: tones.WARN,
}  # fmt: skip
SUSPECT_TONES = {
    SuspectState.OPEN: tones.INFO, SuspectState.LEAD: tones.DANGER, SuspectState.KNOWN_LEGAL: tones.OK,
    SuspectState.NO_CHANGE: tones.NEUTRAL, SuspectState.UNCLEAR: tones.WARN,
}  # fmt: skip
RESULT_TONES = {
    SiteResult.ILLEGAL: tones.DANGER, SiteResult.LEGAL: tones.OK, SiteResult.NOT_FOUND: tones.NEUTRAL,
    SiteResult.IN_LEDGER: tones.WARN,
}  # fmt: skip


def score_words(score: float) -> str:
    """A score in percent; never 0 or 100: nothing is certain before somebody was there."""
    if score >= ALMOST:
        return ">99%"
    return "<1%" if score < 1 - ALMOST else f"{score:.0%}"


def sentences(stored: Iterable[Sequence[Any]]) -> list[str]:
    """What the library said, kept as (English text, values), in the language of the page."""
    return [sentence(text, values) for text, values in stored]


def sentence(text: str, values: dict[str, Any]) -> str:
    """One of them; a text whose values do not fit is shown as it is."""
    words = gettext(text)
    if not values:
        return words
    try:
        return words % values
    except (KeyError, TypeError, ValueError):
        return words
