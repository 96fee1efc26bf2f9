"""The entries of figures and dashboards in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

VIEW = "reports.view"
DELIVER = "reports.deliver"
GROUP = "reports"


def register() -> None:
    """Called once the app is loaded."""
    navigation.register_group(GROUP, pgettext_lazy("group", "Figures"), 60)
    navigation.register(NavItem("reports_boards", _("Dashboards"), "reports:boards", VIEW, GROUP, "grid", 5))
    navigation.register(
        NavItem("reports_figures", _("Figures of a period"), "reports:figures", VIEW, GROUP, "chart", 10)
    )
    navigation.register(NavItem("reports_targets", _("Targets"), "reports:targets", VIEW, GROUP, "check", 20))
    navigation.register(
        NavItem(
            "reports_deliveries",
            _("Scheduled deliveries"),
            "reports:deliveries",
            DELIVER,
            GROUP,
            "calendar",
            30,
        )
    )
    navigation.register(
        NavItem("reports_documents", _("Documents (reports)"), "reports:documents", VIEW, GROUP, "file", 40)
    )
