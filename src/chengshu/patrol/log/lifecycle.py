"""What may follow what for a duty log: plain values, read by services, pages and tests."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.patrol.models import DutyLog

S = DutyLog.State


class Action(TextChoices):
    """What happens to a log."""

    LINE = "line", _("Line written")
    SIGN = "sign", pgettext_lazy("duty log", "Signed")
    CONFIRM = "confirm", pgettext_lazy("duty log", "Confirmed")
    RETURN = "return", pgettext_lazy("duty log", "Returned")
    CORRECT = "correct", pgettext_lazy("duty log", "Correction added")


# action → {state before: state after}; what is not here is refused.
TABLE: dict[Action, dict[str, str]] = {
    Action.LINE: {S.OPEN: S.OPEN, S.RETURNED: S.RETURNED},
    Action.SIGN: {S.OPEN: S.SIGNED, S.RETURNED: S.SIGNED},
    Action.CONFIRM: {S.SIGNED: S.CONFIRMED},
    Action.RETURN: {S.SIGNED: S.RETURNED},
    Action.CORRECT: {S.CONFIRMED: S.CONFIRMED},
}
TO_SIGN = (S.OPEN, S.RETURNED)


def may(action: Action, state: str) -> bool:
    """Whether the action may happen to a log in this state."""
    return state in TABLE[action]
