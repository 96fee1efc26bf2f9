"""The entries of inspections in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

SETTING_UP = (
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
VIEW, PLAN, WORK = "inspections.view", "inspections.plan", "inspections.work"
PLANNING = (
    NavItem("insp_plans", _("Annual plans"), "inspections:plans", VIEW, "inspections", "calendar", 15),
    NavItem("insp_tasks", _("Random inspections"), "inspections:tasks", VIEW, "inspections", "list", 20),
    NavItem(
        "insp_progress", _("Progress of the year"), "inspections:progress", VIEW, "inspections", "chart", 30
    ),
    NavItem(
        "insp_publication",
        _("Publication of results"),
        "inspections:publication",
        VIEW,
        "inspections",
        "file",
        40,
    ),
    NavItem("insp_coverage", _("Coverage"), "inspections:coverage", VIEW, "inspections", "chart", 50),
    NavItem("insp_recusal", _("My recusal"), "inspections:interests", WORK, "inspections", "shield", 80),
    NavItem(
        "insp_recusals",
        _("Recusal declarations"),
        "inspections:interest_list",
        PLAN,
        "inspections",
        "shield",
        81,
    ),
    NavItem(
        "insp_partners",
        _("Partner departments"),
        "inspections:partners",
        "inspections.configure",
        "inspections",
        "people",
        90,
    ),
)
CREDIT = (
    NavItem(
        "credit",
        _("Credit"),
        "inspections:credit",
        "credit.view",
        "inspections",
        "scale",
        90,
        prefix="/inspections/credit/",
    ),
)
WORKING = (
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
ITEMS: tuple[NavItem, ...] = (*WORKING, *PLANNING, *CREDIT, *SETTING_UP)


def register() -> None:
    """Called once the app is loaded."""
    navigation.register_group("inspections", pgettext_lazy("group", "Inspections"), 27)
    for item in ITEMS:
        navigation.register(item)
