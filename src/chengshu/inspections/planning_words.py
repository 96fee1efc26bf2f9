"""Words, colours and proposals of the pages of planning and drawing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.inspections.lifecycle import DrawState, State, TaskState
from chengshu.inspections.models import AnnualPlan
from chengshu.leads.words import Light, time_left
from chengshu.ui import tones

DATA = Path(__file__).parent / "data" / "planning.yaml"
QUARTERS = [(1, _("1st quarter")), (2, _("2nd quarter")), (3, _("3rd quarter")), (4, _("4th quarter"))]
TASK_TONES = {
    TaskState.PLANNED: tones.NEUTRAL,
    TaskState.COMMITTED: tones.WARN,
    TaskState.DRAWN: tones.INFO,
    TaskState.DONE: tones.OK,
    TaskState.PUBLISHED: tones.OK,
    TaskState.CANCELLED: tones.NEUTRAL,
}
DRAW_TONES = {
    DrawState.COMMITTED: tones.WARN,
    DrawState.DRAWN: tones.INFO,
    DrawState.OPENED: tones.OK,
    DrawState.ABANDONED: tones.DANGER,
}
STATE_TONES = {
    State.ASSIGNED: tones.NEUTRAL,
    State.STARTED: tones.INFO,
    State.ORDERED: tones.WARN,
    State.CLOSED: tones.OK,
    State.WITHDRAWN: tones.NEUTRAL,
}
PLAN_TONES = {
    AnnualPlan.State.DRAFT: tones.WARN,
    AnnualPlan.State.APPROVED: tones.OK,
    AnnualPlan.State.SUPERSEDED: tones.NEUTRAL,
}
LEFT_OUT = {
    "drawn_now": _("held by another task that is being inspected"),
    "per_year": _("drawn often enough this year"),
    "recent": _("inspected at random a short while ago"),
    "complaint": _("an open complaint: inspected anyway"),
    "no_complaint": _("no open complaint"),
}
"""Why an object is no candidate, by the codes of `services.freezing`."""
VALUE_KINDS = {
    "lottery": _("Issue of a lottery"),
    "beacon": _("Round of a public randomness beacon"),
    "words": _("Words of observers on the spot"),
}
SHOWN = {
    "open": pgettext_lazy("inspections", "Not inspected yet"),
    "done": pgettext_lazy("inspections", "Inspected"),
    "overdue": pgettext_lazy("inspections", "Overdue"),
    "problem": _("Problem found"),
    "ordered": _("Order to rectify running"),
    "withdrawn": pgettext_lazy("inspection", "Withdrawn"),
}
"""The parts of the drawn inspections that the numbers of progress open."""


@cache
def proposals() -> dict[str, Any]:
    """`data/planning.yaml`."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def amber_from(today: date) -> date:
    """What is due until this day is nearly due."""
    return today + timedelta(days=proposals()["amber_days"])


def light_of(due_on: date, today: date, *, running: bool) -> Light | None:
    """The light of a task or inspection; None once nothing is awaited any more."""
    if not running:
        return None
    end = datetime.combine(due_on + timedelta(days=1), datetime.min.time(), timezone.get_current_timezone())
    rest = timedelta(days=(due_on - today).days)
    colour = "red" if due_on < today else "amber" if due_on <= amber_from(today) else "green"
    return Light(colour, time_left(rest) if rest else str(_("due today")), end)
