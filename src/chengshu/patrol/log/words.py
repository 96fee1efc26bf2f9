"""The words and colours of logs."""

from __future__ import annotations

from collections.abc import Iterable

from chengshu.patrol.models import DutyLog
from chengshu.ui import tones

from .judging import Fault

STATE_TONES = {
    DutyLog.State.OPEN: tones.NEUTRAL,
    DutyLog.State.SIGNED: tones.INFO,
    DutyLog.State.RETURNED: tones.WARN,
    DutyLog.State.CONFIRMED: tones.OK,
}


def in_words(faults: Iterable[str]) -> list[str]:
    """Faults as sentences in the active language."""
    return [str(Fault(code).label) for code in faults]
