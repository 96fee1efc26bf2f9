"""The entries of leads in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem


def register() -> None:
    """Called once the app is loaded."""
    navigation.register_group("leads", pgettext_lazy("group", "Leads"), 25)
    for item in (
        NavItem("leads", _("Leads"), "leads:list", "leads.view", "leads", "list", 10, "x", "/leads/"),
        NavItem("leads_new", _("New lead"), "leads:new", "leads.report", "leads", "plus", 20, "n"),
        NavItem(
            "leads_informing",
            _("Reporters to inform"),
            "leads:informing",
            "leads.pass_on",
            "leads",
            "bell",
            30,
        ),
    ):
        navigation.register(item)
