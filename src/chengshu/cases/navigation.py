"""The entries of penalty cases in the rail, and the colours of their states."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.ui import navigation


def register() -> None:
    """Called once the app is loaded."""
    navigation.register_group("cases", _("Penalty cases"), 30)
    navigation.register(
        navigation.NavItem(
            "cases", _("Cases"), "cases:list", "cases.view", "cases", icon="list", order=10, shortcut="c"
        )
    )
