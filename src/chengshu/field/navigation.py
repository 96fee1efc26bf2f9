"""The entries of the officer's app in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

ITEMS = (
    NavItem(
        "field_devices",
        _("Devices"),
        "field:devices",
        "field.devices",
        "bureau",
        "shield",
        60,
        prefix="/field/devices/",
    ),
    NavItem(
        "field_records",
        _("Records of phones"),
        "field:records",
        "field.use",
        "work",
        "list",
        90,
        prefix="/field/records/",
    ),
)


def register() -> None:
    """Called once the app is loaded."""
    for item in ITEMS:
        navigation.register(item)
