"""What may follow what, for tasks, draws and inspections: plain values, read by services, pages and tests."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TaskState(TextChoices):
    """任务状态 of a random-inspection task."""

    PLANNED = "planned", _("Planned")
    COMMITTED = "committed", _("Announced, not drawn yet")
    DRAWN = "drawn", _("Drawn, being inspected")
    DONE = "done", _("Done")
    PUBLISHED = "published", _("Results published")
    CANCELLED = "cancelled", pgettext_lazy("inspection task", "Cancelled")


class TaskAction(TextChoices):
    """What happens to a task."""

    CHANGE = "change", _("Particulars changed")
    COMMIT = "commit", _("Draw announced")
    DRAW = "draw", pgettext_lazy("action", "Drawn")
    ABANDON = "abandon", _("Draw set aside")
    FINISH = "finish", _("Finished")
    PUBLISH = "publish", _("Published")
    CANCEL = "cancel", pgettext_lazy("action", "Cancelled")


T = TaskState
# action → {state before: state after}; what is not here is refused.
TASK_TABLE: dict[TaskAction, dict[TaskState, TaskState]] = {
    TaskAction.CHANGE: {T.PLANNED: T.PLANNED},
    TaskAction.COMMIT: {T.PLANNED: T.COMMITTED},
    TaskAction.DRAW: {T.COMMITTED: T.DRAWN},
    TaskAction.ABANDON: {T.COMMITTED: T.PLANNED, T.DRAWN: T.PLANNED},
    TaskAction.FINISH: {T.DRAWN: T.DONE},
    TaskAction.PUBLISH: {T.DONE: T.PUBLISHED},
    TaskAction.CANCEL: {T.PLANNED: T.CANCELLED},
}


class DrawState(TextChoices):
    """抽取状态: one attempt."""

    COMMITTED = "committed", _("Announced")
    DRAWN = "drawn", pgettext_lazy("state", "Drawn")
    OPENED = "opened", _("Proof open")
    ABANDONED = "abandoned", _("Set aside")


class Kind(TextChoices):
    """检查类别: drawn ones are never counted together with the others."""

    RANDOM = "random", _("Random inspection")
    ROUTINE = "routine", _("Routine inspection")
    SPECIAL = "special", _("Special inspection")
    FOLLOW_UP = "follow_up", _("Follow-up inspection")


class State(TextChoices):
    """检查状态."""

    ASSIGNED = "assigned", _("To be inspected")
    STARTED = "started", pgettext_lazy("inspection", "On site")
    ORDERED = "ordered", _("Order to rectify running")
    CLOSED = "closed", pgettext_lazy("inspection", "Finished")
    WITHDRAWN = "withdrawn", pgettext_lazy("inspection", "Withdrawn")


class Action(TextChoices):
    """What happens to an inspection."""

    ASSIGN = "assign", pgettext_lazy("inspection", "Given out")
    START = "start", _("Arrived on site")
    REPORT = "report", _("Result reported")
    CORRECT = "correct", _("Result corrected")
    RECHECK = "recheck", _("Re-check done")
    HAND_OVER = "hand_over", _("Handed over as a lead")
    REPLACE = "replace", _("Officer replaced")
    WITHDRAW = "withdraw", pgettext_lazy("inspection action", "Withdrawn")
    CANCEL = "cancel", pgettext_lazy("inspection action", "Cancelled")


S = State
TABLE: dict[Action, dict[State, frozenset[State]]] = {
    Action.START: {S.ASSIGNED: frozenset({S.STARTED})},
    Action.REPORT: {
        S.ASSIGNED: frozenset({S.CLOSED, S.ORDERED}),
        S.STARTED: frozenset({S.CLOSED, S.ORDERED}),
    },
    Action.CORRECT: {S.CLOSED: frozenset({S.CLOSED, S.ORDERED}), S.ORDERED: frozenset({S.CLOSED, S.ORDERED})},
    Action.RECHECK: {S.ORDERED: frozenset({S.CLOSED, S.ORDERED})},
    Action.HAND_OVER: {S.ORDERED: frozenset({S.CLOSED}), S.CLOSED: frozenset({S.CLOSED})},
    Action.REPLACE: {
        S.ASSIGNED: frozenset({S.ASSIGNED}),
        S.STARTED: frozenset({S.STARTED}),
        S.ORDERED: frozenset({S.ORDERED}),
    },
    Action.WITHDRAW: {S.ASSIGNED: frozenset({S.WITHDRAWN}), S.STARTED: frozenset({S.WITHDRAWN})},
    # outside the draw only: what was drawn is withdrawn, so that the next in line follows
    Action.CANCEL: {S.ASSIGNED: frozenset({S.WITHDRAWN}), S.STARTED: frozenset({S.WITHDRAWN})},
}
OPEN = (State.ASSIGNED, State.STARTED, State.ORDERED)
DONE = (State.ORDERED, State.CLOSED)
"""Inspected: the result is reported, even where an order to rectify still runs."""


class Result(IntegerChoices):
    """检查结果: the eight standard codes (handbook 6)."""

    NOTHING_FOUND = 1, _("No problem found")
    NOT_PUBLISHED = 2, _("Information due for publication not published")
    UNTRUE = 3, _("Published information concealed or untrue")
    NOT_REACHABLE = 4, _("Cannot be reached at the registered place")
    ORDERED = 5, _("Problem found, ordered to correct")
    REFUSED = 6, _("Serious refusal to cooperate")
    NO_ACTIVITY = 7, _("The activity to be inspected was not found")
    PENDING = 8, _("Problem found, to be handled further")


PROBLEM = frozenset({Result.NOT_PUBLISHED, Result.UNTRUE, Result.ORDERED, Result.REFUSED, Result.PENDING})
"""Results that say a problem was found."""
HANDED_OVER = frozenset({Result.UNTRUE, Result.REFUSED, Result.PENDING})
"""Results that never end with the inspection: a lead follows (handbook 6)."""


class Withdrawal(TextChoices):
    """撤下原因: why a drawn object is not inspected. Public, hence without particulars."""

    CLOSED = "closed", _("Closed or moved away")
    RECUSAL = "recusal", _("Recusal")
    UNAVAILABLE = "unavailable", _("Officer not available")
    FORCE = "force", _("Not accessible (disaster, building works, quarantine)")
    DUPLICATE = "duplicate", _("Registered twice")
    NO_TEAM = "no_team", _("No officer left who may inspect it")


OBJECT_REASONS = frozenset({Withdrawal.CLOSED, Withdrawal.FORCE, Withdrawal.DUPLICATE, Withdrawal.NO_TEAM})
OFFICER_REASONS = frozenset({Withdrawal.RECUSAL, Withdrawal.UNAVAILABLE})
