"""Words of the command centre in templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chengshu.desk.home import link
from chengshu.leads.lifecycle import Action

register = template.Library()


@register.filter
def command_split(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


@register.filter
def command_of(names: Mapping[int, str], key: int) -> str:
    """The name of an id."""
    return names.get(key, "")


@register.simple_tag
def command_light(code: str) -> str:
    """The name of a light."""
    names = {
        "red": pgettext("light", "Overdue"),
        "amber": pgettext("light", "Nearly due"),
        "green": pgettext("light", "In time"),
        "held": pgettext("light", "On hold"),
    }
    return names[code]


@register.simple_tag
def command_action(action: str) -> str:
    """What the button of an action says."""
    names = {
        Action.REGISTER: _("Register the lead"),
        Action.VERIFY: _("Verify"),
        Action.CLOSE: _("Close the lead"),
        Action.URGE: _("Urge"),
        Action.RESUME: _("Take up again"),
        Action.HOLD: _("Put on hold"),
        Action.REJECT: _("Not accepted, back to the handler"),
        Action.REOPEN: _("Reopen"),
    }
    return names[Action(action)]


@register.simple_tag
def command_distance(metres: float | None) -> str:
    """850 m, 2.4 km, or that the place is not known."""
    if metres is None:
        return _("no position")
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"


@register.simple_tag
def command_lead(pk: int, number: str) -> SafeString | Any:
    """A lead's number, linked where its page is installed."""
    url = link("leads:lead", pk)
    return format_html('<a href="{}">{}</a>', url, number) if url else number
