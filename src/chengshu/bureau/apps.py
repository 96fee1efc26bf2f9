"""区城管执法局: who belongs to the bureau, where it works, and what each may do."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BureauConfig(AppConfig):
    """District, streets and towns, grids, squads, officers, roles and scope, rosters."""

    name = "chengshu.bureau"
    label = "bureau"
    verbose_name = "Bureau"

    def ready(self) -> None:
        """Register the bureau's entries in the navigation and its signal handlers."""
        from chengshu.bureau import signals  # noqa: F401 - connects
        from chengshu.kernel.events import register_topic
        from chengshu.ui.navigation import NavItem, register

        register_topic("position", permission="command.view")

        for item in (
            NavItem("people", _("People"), "bureau:people", "bureau.view", "bureau", "people", 10, "p"),
            NavItem("roster", _("Roster"), "bureau:roster", "bureau.view", "bureau", "calendar", 20),
            NavItem("units", _("Units"), "bureau:units", "bureau.view", "bureau", "building", 30),
            NavItem("roles", _("Roles"), "bureau:roles", "bureau.view", "bureau", "shield", 40),
            NavItem("areas", _("Boundaries"), "bureau:areas", "bureau.units.manage", "system", "map", 10),
            NavItem("audit", _("Audit log"), "bureau:audit", "audit.view", "system", "book", 20),
            NavItem("me", _("My account"), "bureau:me", "", "system", "user", 900),
        ):
            register(item)
