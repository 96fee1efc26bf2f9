"""The entries of penalty cases in the rail, and the colours of their states."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.cases.permissions import CONFIGURE, VIEW, WORK
from chengshu.cases.procedure.transitions import State
from chengshu.ui import navigation, tones
from chengshu.ui.navigation import NavItem


def register() -> None:
    """Called once the app is loaded."""
    navigation.register_group("cases", _("Penalty cases"), 30)
    for item in (
        NavItem("cases_mine", _("My cases"), "cases:mine", VIEW, "cases", "clock", 10, "t"),
        NavItem("cases", _("Cases"), "cases:list", VIEW, "cases", "list", 20, "c", "/cases/"),
        NavItem("cases_simple", _("On-the-spot penalty"), "cases:simple", WORK, "cases", "edit", 30, "z"),
        NavItem("cases_review", _("File review"), "cases:review", "cases.audit", "cases", "verify", 70),
        NavItem("cases_devices", _("Off-site devices"), "cases:devices", CONFIGURE, "cases", "settings", 75),
        NavItem("cases_blocks", _("Blocks of numbers"), "cases:blocks", VIEW, "cases", "list", 77),
        NavItem("cases_verify", _("Check a file"), "cases:verify", VIEW, "cases", "shield", 80),
        NavItem(
            "cases_import", _("Import of old cases"), "cases:import", "cases.import", "cases", "import", 90
        ),
    ):
        navigation.register(item)
    tones.register(
        {
            State.LEAD: tones.WARN,
            State.CHECKED: tones.INFO,
            State.FILING: tones.WARN,
            State.INVESTIGATING: tones.INFO,
            State.REPORTED: tones.INFO,
            State.NOTICED: tones.INFO,
            State.HEARING: tones.WARN,
            State.DECIDING: tones.WARN,
            State.ON_SPOT: tones.INFO,
            State.DECIDED: tones.INFO,
            State.SERVED: tones.INFO,
            State.ARCHIVED: tones.OK,
            State.SUSPENDED: tones.WARN,
        }
    )
