"""The portal application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """What the public may see without signing in."""

    name = "chengshu.portal"
    label = "portal"

    def ready(self) -> None:
        """Add the public ledger to the navigation of those who are signed in."""
        from chengshu.ui.navigation import NavItem, register

        register(NavItem("ledger", _("Public ledger"), "portal:ledger", "", "system", "shield", 90))
