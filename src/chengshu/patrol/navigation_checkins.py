"""The entries of beats, tags and check-ins in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

VIEW, CONFIGURE = "patrol.view", "patrol.configure"
GROUP = "patrol"
ITEMS = (
    NavItem("patrol_squad", _("The squad's patrols"), "patrol:squad_room", VIEW, GROUP, "people", 10),
    NavItem("patrol_checkins", _("Check-ins"), "patrol:checkins", VIEW, GROUP, "check", 20),
    NavItem("patrol_attempts", _("Invalid check-ins"), "patrol:attempts", VIEW, GROUP, "warn", 25),
    NavItem("patrol_beats", _("Beats"), "patrol:beats", VIEW, GROUP, "map", 60),
    NavItem("patrol_tags", _("Tags"), "patrol:tags", CONFIGURE, GROUP, "pin", 70),
    NavItem("patrol_keys", _("Keys of tags"), "patrol:tag_keys", CONFIGURE, GROUP, "key", 75),
    NavItem(
        "patrol_requirements", _("Required frequency"), "patrol:requirements", VIEW, GROUP, "calendar", 80
    ),
)


def register() -> None:
    """Called once the app is loaded; the group itself is registered by the app."""
    for item in ITEMS:
        navigation.register(item)
