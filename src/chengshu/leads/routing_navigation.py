"""The entries of duties, alarms, rules and classes in the rail, and the tones of lights."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem


def register() -> None:
    """Called once the app is loaded."""
    for item in (
        NavItem("leads_duties", _("Duties of the day"), "leads:duties", "leads.work", "leads", "clock", 15),
        NavItem("leads_alarms", _("Alarms"), "leads:alarms", "leads.view", "leads", "bell", 40),
        NavItem("leads_rules", _("Routing rules"), "leads:rules", "leads.configure", "leads", "settings", 80),
        NavItem(
            "leads_classes", _("Classes of leads"), "leads:classes", "leads.configure", "leads", "list", 85
        ),
    ):
        navigation.register(item)
