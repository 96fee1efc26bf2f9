"""What may follow what, for flights, comparisons and suspects: plain values for services and pages."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class FlightState(TextChoices):
    """架次状态."""

    CHECKING = "checking", pgettext_lazy("flight", "Being checked")
    READY = "ready", pgettext_lazy("flight", "Ready")
    REFUSED = "refused", pgettext_lazy("flight", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("flight", "Withdrawn")


FLIGHT_TABLE: dict[FlightState, frozenset[FlightState]] = {
    FlightState.CHECKING: frozenset({FlightState.READY, FlightState.REFUSED, FlightState.WITHDRAWN}),
    FlightState.READY: frozenset({FlightState.WITHDRAWN}),
    FlightState.REFUSED: frozenset({FlightState.CHECKING, FlightState.WITHDRAWN}),
    FlightState.WITHDRAWN: frozenset(),
}


class ComparisonState(TextChoices):
    """比对状态: ``refused`` means the flights do not match, ``failed`` that the work broke off."""

    WAITING = "waiting", pgettext_lazy("comparison", "Waiting")
    RUNNING = "running", pgettext_lazy("comparison", "Running")
    DONE = "done", pgettext_lazy("comparison", "Done")
    FAILED = "failed", pgettext_lazy("comparison", "Broken off")
    REFUSED = "refused", pgettext_lazy("comparison", "Cannot be compared")


STARTABLE = frozenset({ComparisonState.WAITING, ComparisonState.FAILED})
"""From here the work begins or goes on from its work folder."""


class Kind(TextChoices):
    """疑似类型: the kinds of `chengshu.vision.raster.types.KINDS`, in words."""

    NEW_BUILDING = "new_building", _("New building")
    STOREY_ADDED = "storey_added", _("Storey added")
    ROOFTOP_ADDITION = "rooftop_addition", _("Rooftop addition")
    EXTENSION = "extension", pgettext_lazy("suspect", "Extension")
    DEMOLITION = "demolition", _("Demolition")
    GROUND_WORKS = "ground_works", _("Ground works")
    TEMPORARY_SHED = "temporary_shed", _("Temporary shed")
    BLUE_STEEL_ROOF = "blue_steel_roof", _("Blue steel roof")
    UNCLEAR = "unclear", _("Kind unclear")


class SuspectState(TextChoices):
    """疑似状态: what was decided at the screen."""

    OPEN = "open", pgettext_lazy("suspect", "To be decided")
    LEAD = "lead", _("Suspected illegal")
    KNOWN_LEGAL = "known_legal", _("Known and legal")
    NO_CHANGE = "no_change", _("No change")
    UNCLEAR = "unclear", _("Cannot tell")


S = SuspectState
VERDICTS = (S.LEAD, S.KNOWN_LEGAL, S.NO_CHANGE, S.UNCLEAR)
REAL = frozenset({S.LEAD, S.KNOWN_LEGAL})
"""Verdicts that say the change is real: by them the score is judged. Unclear ones teach nothing."""


class SecondState(TextChoices):
    """复核: whether a sample was looked at by a second person."""

    NONE = "", _("Not a sample")
    DUE = "due", _("Second reading due")
    AGREED = "agreed", _("Second reader agrees")
    DISAGREED = "disagreed", _("Second reader disagrees")
    SETTLED = "settled", pgettext_lazy("second reading", "Settled")


class Role(TextChoices):
    """In which part a verdict was given."""

    FIRST = "first", _("Decision")
    UNDO = "undo", _("Taken back")
    SECOND = "second", _("Second reading")
    SETTLE = "settle", _("Settled between two readers")
    PERMIT = "permit", _("Suppressed by a permit")


class SiteResult(TextChoices):
    """现场核查结果."""

    NONE = "", _("Not checked on site yet")
    ILLEGAL = "illegal", pgettext_lazy("on site", "Illegal")
    LEGAL = "legal", pgettext_lazy("on site", "Legal")
    NOT_FOUND = "not_found", pgettext_lazy("on site", "Nothing found")
    IN_LEDGER = "in_ledger", _("Already in the ledger")
