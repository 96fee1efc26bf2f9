"""What may follow what in the ledger of illegal structures: plain values for services, pages and tests."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(TextChoices):
    """处置状态: the five of handbook 5."""

    PENDING = "pending", pgettext_lazy("structure", "To be dealt with")
    DEMOLISHED = "demolished", pgettext_lazy("structure", "Demolished")
    LEGALISED = "legalised", pgettext_lazy("structure", "Turned legal")
    DEFERRED = "deferred", pgettext_lazy("structure", "Deferred")
    FALSE = "false", pgettext_lazy("structure", "False report")


class Built(TextChoices):
    """存量、新增、在建: before the baseline, after it, being built."""

    STOCK = "stock", pgettext_lazy("structure", "Stock")
    NEW = "new", pgettext_lazy("structure", "New")
    BUILDING = "building", pgettext_lazy("structure", "Being built")


class Source(TextChoices):
    """来源 of an entry."""

    LEAD = "lead", pgettext_lazy("structure", "Lead")
    HAND = "hand", pgettext_lazy("structure", "By hand")
    IMPORT = "import", pgettext_lazy("structure", "Import")


class Action(TextChoices):
    """What happens to an entry."""

    ENTER = "enter", _("Entered in the ledger")
    CHANGE = "change", _("Facts changed")
    SURVEY = "survey", _("Surveyed")
    FIND = "find", _("Finding made")
    NOTE = "note", _("Note in the land register")
    PROCEDURE = "procedure", _("Step of the procedure")
    PHOTO = "photo", _("Evidence added")
    DEMOLISH = "demolish", _("Demolition recorded")
    PROPOSE = "propose", _("Disposal proposed")
    APPROVE = "approve", _("Disposal approved")
    REFUSE = "refuse", _("Disposal refused")
    COME_BACK = "come_back", _("Deferral over")
    RELAPSE = "relapse", _("Built again")
    LINK_CASE = "link_case", _("Case linked")
    KEY = "key", _("Key task set")


class Disposal(TextChoices):
    """处置方式, as one person proposes and another approves it."""

    WRITE_OFF = "write_off", _("Write-off after demolition")
    LEGALISE = "legalise", _("Turned legal by a permit")
    DEFER = "defer", _("Deferred until a review")
    FALSE = "false_report", _("False report")


class Way(TextChoices):
    """拆除方式."""

    VOLUNTARY = "voluntary", _("Demolished by the owner")
    ASSISTED = "assisted", _("Demolished for the owner")
    FORCED = "forced", _("Demolished by force")


class Finding(TextChoices):
    """认定结果."""

    ILLEGAL = "illegal", _("Illegal structure")
    LEGAL = "legal", _("Has its permits")
    NOT_FOUND = "not_found", _("Nothing found there")
    UNCLEAR = "unclear", _("Not clear yet")


class Note(TextChoices):
    """注记状态 in the land register."""

    NONE = "", pgettext_lazy("note", "No note")
    RECORDED = "recorded", pgettext_lazy("note", "Recorded")
    RELEASED = "released", pgettext_lazy("note", "Released")


class Moment(TextChoices):
    """照片时点."""

    BEFORE = "before", _("Before demolition")
    AFTER = "after", _("After demolition")
    OTHER = "other", pgettext_lazy("evidence", "Other evidence")


class Method(TextChoices):
    """测量方式. What is only stated is not a measured area."""

    TAPE = "tape", _("Tape or laser on site")
    GNSS = "gnss", _("GNSS survey")
    AERIAL = "aerial", _("Measured from the air")
    STATED = "stated", _("As stated, not measured")


MEASURED = frozenset({Method.TAPE, Method.GNSS, Method.AERIAL})
S = Status
STANDING = frozenset({S.PENDING, S.DEFERRED})
TABLE: dict[Action, frozenset[Status]] = {
    Action.CHANGE: STANDING,
    Action.SURVEY: STANDING | {S.DEMOLISHED},
    Action.FIND: STANDING,
    Action.NOTE: frozenset(S),
    Action.PROCEDURE: frozenset(S),
    Action.PHOTO: STANDING | {S.DEMOLISHED},
    Action.DEMOLISH: STANDING,
    Action.COME_BACK: frozenset({S.DEFERRED}),
    Action.RELAPSE: frozenset({S.DEMOLISHED, S.LEGALISED}),
    Action.LINK_CASE: frozenset(S),
    Action.KEY: STANDING,
}
"""In which state what is possible; what is not here is refused."""
DISPOSALS: dict[Disposal, tuple[frozenset[Status], Status]] = {
    Disposal.WRITE_OFF: (frozenset({S.DEMOLISHED}), S.DEMOLISHED),
    Disposal.LEGALISE: (STANDING, S.LEGALISED),
    Disposal.DEFER: (frozenset({S.PENDING}), S.DEFERRED),
    Disposal.FALSE: (STANDING, S.FALSE),
}
"""Disposal → states before it, state after it."""
BEFORE_WRITE_OFF = frozenset({Action.SURVEY, Action.PHOTO})
"""Refused once the entry is written off: what it rests on stays as it was."""
ELIMINATED = frozenset({Disposal.WRITE_OFF, Disposal.LEGALISE, Disposal.DEFER})
"""拆、转、缓: the ways that count towards the year's task."""
