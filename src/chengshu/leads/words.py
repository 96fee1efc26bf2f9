"""What a lead is found by when one types, and the words and colours of stages and lights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from chengshu.leads.clocks import light
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import Lead
from chengshu.registry.derive import address_key, exact_token, name_key, text_tokens
from chengshu.ui import tones

TOKEN_LIMIT = 200
LIGHT_WORDS = {
    "red": pgettext_lazy("light", "Overdue"),
    "amber": pgettext_lazy("light", "Nearly due"),
    "green": pgettext_lazy("light", "In time"),
    "held": pgettext_lazy("light", "On hold"),
}
LIGHT_TONES = {"green": tones.OK, "amber": tones.WARN, "red": tones.DANGER, "held": tones.NEUTRAL}
STAGE_TONES = {
    Stage.FOUND: tones.WARN,
    Stage.REGISTERED: tones.WARN,
    Stage.DISPATCHED: tones.INFO,
    Stage.ACCEPTED: tones.INFO,
    Stage.HANDLED: tones.WARN,
    Stage.VERIFIED: tones.INFO,
    Stage.CLOSED: tones.NEUTRAL,
}
SEVERITY_TONES = {1: tones.NEUTRAL, 2: tones.WARN, 3: tones.DANGER}


def search_tokens(lead: Lead) -> list[str]:
    """Entries of the search index: parts of description and address, the numbers as a whole."""
    tokens = text_tokens(name_key(lead.description)) | text_tokens(address_key(lead.address))
    tokens |= {exact_token(value) for value in (lead.number, lead.source_ref) if value}
    if lead.object_id and lead.object:
        tokens |= text_tokens(name_key(lead.object.name))
    return sorted(tokens)[:TOKEN_LIMIT]


@dataclass(frozen=True)
class Light:
    """期限灯: a colour that never stands without words; ``due`` is the moment it counts to."""

    colour: str
    text: str
    due: datetime | None

    @property
    def tone(self) -> str:
        """The tone of the interface for the colour."""
        return LIGHT_TONES[self.colour]


def light_of(lead: Any, now: datetime) -> Light | None:
    """The light of a lead's handling time; None while no clock runs. ``lead``: a row with its moments."""
    if lead.handle_by is None and lead.held_at is None:
        return None
    if lead.stage == Stage.CLOSED and lead.handled_at is None:
        return None  # a double, or dismissed: there was nothing to handle
    colour = light(
        now,
        handle_by=lead.handle_by,
        amber_at=lead.amber_at,
        handled_at=lead.handled_at,
        held_at=lead.held_at,
    )
    if colour == "held":
        return Light(colour, _("on hold"), lead.handle_by)
    if lead.handled_at is not None:
        text = _("handled in time") if colour == "green" else _("handled late")
        return Light(colour, text, lead.handle_by)
    return Light(colour, time_left(lead.handle_by - now), lead.handle_by)


def clock_light(by: datetime, done: datetime | None, now: datetime, *, held: bool = False) -> Light:
    """The light of any other clock: kept, missed, running; amber is for the handling time only."""
    if done is not None:
        return Light("green" if done <= by else "red", _("kept") if done <= by else _("missed"), by)
    if held:
        return Light("held", _("on hold"), by)
    return Light("red" if now > by else "green", time_left(by - now), by)


def time_left(rest: timedelta) -> str:
    """How much time is left, or how long it is over, in one unit."""
    late = rest < timedelta(0)
    minutes = int(abs(rest).total_seconds() // 60)
    if minutes < 120:
        n, text = (
            minutes,
            (
                ngettext("%(n)d minute over", "%(n)d minutes over", minutes)
                if late
                else ngettext("%(n)d minute to go", "%(n)d minutes to go", minutes)
            ),
        )
    elif minutes < 48 * 60:
        n = minutes // 60
        text = (
            ngettext("%(n)d hour over", "%(n)d hours over", n)
            if late
            else ngettext("%(n)d hour to go", "%(n)d hours to go", n)
        )
    else:
        n = minutes // 1440
        text = (
            ngettext("%(n)d day over", "%(n)d days over", n)
            if late
            else ngettext("%(n)d day to go", "%(n)d days to go", n)
        )
    return text % {"n": n}
