"""The entries of the ledger in the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem

VIEW, MANAGE = "structures.view", "structures.manage"
GROUP = "structures"
ITEMS = (
    NavItem("structures_list", _("Ledger of illegal structures"), "structures:list", VIEW, GROUP, "list", 10),
    NavItem("structures_map", _("Ledger map"), "structures:map", VIEW, GROUP, "map", 20),
    NavItem("structures_figures", _("Figures of the ledger"), "structures:figures", VIEW, GROUP, "chart", 30),
    NavItem("structures_towns", _("Towns and tasks"), "structures:towns", VIEW, GROUP, "grid", 40),
    NavItem("structures_plots", _("Key plots"), "structures:plots", VIEW, GROUP, "pin", 50),
    NavItem("structures_imports", _("Import of a ledger"), "structures:imports", MANAGE, GROUP, "import", 70),
    NavItem(
        "structures_samples", _("Assessment of towns"), "structures:assessments", VIEW, GROUP, "verify", 60
    ),
)


def register() -> None:
    """Called once the app is loaded."""
    navigation.register_group(GROUP, pgettext_lazy("group", "Illegal structures"), 26)
    for item in ITEMS:
        navigation.register(item)
