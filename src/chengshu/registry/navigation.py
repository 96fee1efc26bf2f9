"""The registry's entries in the navigation and the tones of its statuses."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.ui import navigation, tones
from chengshu.ui.navigation import NavItem


def register() -> None:
    """Tell the frame; entries whose pages are not there are left out by it."""
    for item in (
        NavItem(
            "objects",
            _("Objects"),
            "registry:list",
            "registry.view",
            "registry",
            "list",
            10,
            "o",
            "/registry/",
        ),
        NavItem("map", _("Map"), "registry:map", "registry.view", "registry", "map", 20, "m"),
        NavItem(
            "imports", _("Imports"), "registry:imports", "registry.import", "registry", "import", 30, "i"
        ),
        NavItem(
            "conflicts",
            _("Rows to be settled"),
            "registry:conflicts",
            "registry.import",
            "registry",
            "warn",
            35,
        ),
        NavItem(
            "rounds", _("Re-verification"), "registry:rounds", "registry.view", "registry", "verify", 40, "r"
        ),
        NavItem(
            "doubles",
            _("Possible duplicates"),
            "registry:doubles",
            "registry.merge",
            "registry",
            "merge",
            50,
            "u",
        ),
        NavItem(
            "classes",
            _("Classes and attributes"),
            "registry:classes",
            "registry.configure",
            "registry",
            "settings",
            90,
        ),
    ):
        navigation.register(item)
    tones.register(
        {
            "operating": tones.OK,
            "closed": tones.NEUTRAL,
            "moved": tones.INFO,
            "not_found": tones.WARN,
            "open": tones.WARN,
            "merged": tones.NEUTRAL,
            "different": tones.NEUTRAL,
            "unchanged": tones.OK,
            "corrected": tones.INFO,
            "added": tones.INFO,
            "create": tones.INFO,
            "update": tones.INFO,
            "conflict": tones.WARN,
            "reject": tones.DANGER,
            "checked": tones.INFO,
            "imported": tones.OK,
            "accepted": tones.OK,
            "dismissed": tones.NEUTRAL,
            "superseded": tones.NEUTRAL,
        }
    )
