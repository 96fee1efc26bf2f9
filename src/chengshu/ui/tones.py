"""Which status has which tone. Five tones only; a domain registers the codes of its own statuses."""

from __future__ import annotations

from collections.abc import Mapping

NEUTRAL, OK, WARN, DANGER, INFO = TONES = ("neutral", "ok", "warn", "danger", "info")

# Credit grades and the states of jobs are shown by components of this app.
_tones: dict[str, str] = {
    "A": OK,
    "B": INFO,
    "C": WARN,
    "D": DANGER,
    "queued": NEUTRAL,
    "running": INFO,
    "done": OK,
    "failed": DANGER,
    "cancelled": NEUTRAL,
}


def register(codes: Mapping[str, str]) -> None:
    """Give status codes their tones, e.g. ``{"closed": "neutral", "not_found": "warn"}``."""
    for code, tone in codes.items():
        if tone not in TONES:
            raise ValueError(f"{tone!r} is not a tone: {', '.join(TONES)}")
        _tones[code] = tone


def tone_of(code: object) -> str:
    """The tone of a status code; neutral if nobody registered it."""
    return _tones.get(str(code), NEUTRAL)
