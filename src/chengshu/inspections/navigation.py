"""The entries of inspections in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

ITEMS: tuple[NavItem, ...] = (
    NavItem(
        "inspections_work",
        _("Inspections"),
        "inspections:work",
        "inspections.view",
        "inspections",
        "check",
        10,
        prefix="/inspections/work/",
    ),
)


def register() -> None:
    """Called once the app is loaded."""
    navigation.register_group("inspections", pgettext_lazy("group", "Inspections"), 27)
    for item in ITEMS:
        navigation.register(item)
