"""The entries of duty logs and equipment in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

VIEW, WORK, CONFIRM = "patrol.view", "patrol.work", "patrol.confirm"
GROUP = "patrol"
ITEMS = (
    NavItem("patrol_log_mine", _("My duty log"), "patrol:log_mine", WORK, GROUP, "edit", 30),
    NavItem("patrol_logs", _("Duty logs"), "patrol:logs", VIEW, GROUP, "list", 35),
    NavItem("patrol_confirm", _("Logs to confirm"), "patrol:log_confirming", CONFIRM, GROUP, "check", 40),
    NavItem("patrol_validity", _("Valid duty logs"), "patrol:validity", VIEW, GROUP, "chart", 45),
    NavItem("patrol_equipment", _("Equipment and vehicles"), "patrol:equipment", VIEW, GROUP, "grid", 50),
)


def register() -> None:
    """Called once the app is loaded; the group itself is registered by the app."""
    for item in ITEMS:
        navigation.register(item)
