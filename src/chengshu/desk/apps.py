"""The desk application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """The home page, the search over everything and the pages of long work."""

    name = "chengshu.desk"
    label = "desk"

    def ready(self) -> None:
        """Add the desk's entries to the navigation."""
        from chengshu.ui.navigation import NavItem, register

        register(NavItem("home", _("Desk"), "home", "desk.view", "work", "home", 10, "h", "/"))
        register(
            NavItem(
                "command",
                _("Command centre"),
                "command:room",
                "command.view",
                "work",
                "map",
                15,
                "k",
                "/command/",
            )
        )
        register(NavItem("jobs", _("Jobs"), "jobs", "jobs.view", "work", "clock", 80, "j", "/jobs/"))
