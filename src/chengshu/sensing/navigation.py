"""The entries of flights and suspects in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.sensing.refusing import DECIDE, MANAGE, VIEW
from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

GROUP = "sensing"
ITEMS = (
    NavItem("sensing_queue", _("Suspects to decide"), "sensing:queue", DECIDE, GROUP, "check", 10),
    NavItem("sensing_suspects", _("Suspects"), "sensing:suspects", VIEW, GROUP, "list", 20),
    NavItem("sensing_second", _("Second reading"), "sensing:second", DECIDE, GROUP, "people", 30),
    NavItem("sensing_comparisons", _("Comparisons"), "sensing:comparisons", VIEW, GROUP, "merge", 40),
    NavItem("sensing_flights", _("Flights"), "sensing:flights", VIEW, GROUP, "map", 50),
    NavItem("sensing_permits", _("Permitted footprints"), "sensing:permits", MANAGE, GROUP, "file", 60),
)


def register() -> None:
    """Called once the app is loaded."""
    navigation.register_group(GROUP, pgettext_lazy("group", "Aerial comparison"), 32)
    for item in ITEMS:
        navigation.register(item)
