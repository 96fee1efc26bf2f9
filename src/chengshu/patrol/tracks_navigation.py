"""The entries of coverage and tracks in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

VIEW = "patrol.view"
FREQUENCY = _("Visits required and made")
ITEMS = (
    NavItem("patrol_coverage", _("Coverage of beats"), "patrol:coverage", VIEW, "patrol", "grid", 40),
    NavItem("patrol_frequency", FREQUENCY, "patrol:frequency", VIEW, "patrol", "chart", 45),
    NavItem("patrol_tracks", _("Tracks"), "patrol:tracks", "patrol.tracks", "patrol", "map", 50),
    NavItem("patrol_positions", _("My positions"), "patrol:my_positions", "patrol.work", "patrol", "pin", 60),
)


def register() -> None:
    """Called once the app is loaded."""
    for item in ITEMS:
        navigation.register(item)
