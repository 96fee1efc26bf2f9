"""The entries of inspections in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

ITEMS: tuple[NavItem, ...] = (
    NavItem(
        "inspections_city",
        _("City supervision system"),
        "inspections:exchange",
        "inspections.view",
        "inspections",
        "import",
        70,
    ),
    NavItem(
        "inspections_items",
        _("List of items"),
        "inspections:config_items",
        "inspections.configure",
        "inspections",
        "list",
        80,
    ),
    NavItem(
        "inspections_checklists",
        _("Checklists"),
        "inspections:config_checklists",
        "inspections.configure",
        "inspections",
        "list",
        81,
    ),
)


def register() -> None:
    """Called once the app is loaded."""
    navigation.register_group("inspections", pgettext_lazy("group", "Inspections"), 27)
    for item in ITEMS:
        navigation.register(item)
