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
        from chengshu.bureau.notices import register_kind
        from chengshu.bureau.notices.ways import register_channels
        from chengshu.bureau.webhooks.channel import register_channel
        from chengshu.bureau.webhooks.service import KIND_LABEL, SWITCHED_OFF
        from chengshu.kernel.events import register_topic
        from chengshu.ui import tones
        from chengshu.ui.navigation import NavItem, register

        register_channels()
        register_channel()
        register_topic("notice", permission="desk.view", personal=True)
        register_topic("position", permission="command.view")
        register_kind(SWITCHED_OFF, KIND_LABEL)
        tones.register({"info": "info", "warn": "warn", "alarm": "danger", "given_up": "neutral"})
        tones.register({"sending": "info", "sent": "ok", "dead": "danger"})

        for item in (
            NavItem("people", _("People"), "bureau:people", "bureau.view", "bureau", "people", 10, "p"),
            NavItem("roster", _("Roster"), "bureau:roster", "bureau.view", "bureau", "calendar", 20),
            NavItem("units", _("Units"), "bureau:units", "bureau.view", "bureau", "building", 30),
            NavItem("roles", _("Roles"), "bureau:roles", "bureau.view", "bureau", "shield", 40),
            NavItem("areas", _("Boundaries"), "bureau:areas", "bureau.units.manage", "system", "map", 10),
            NavItem(
                "outbox", _("Outgoing messages"), "bureau:outbox", "outbox.manage", "system", "export", 12
            ),
            NavItem(
                "routes", _("Notice channels"), "bureau:routes", "notices.configure", "system", "bell", 14
            ),
            NavItem("webhooks", _("Webhooks"), "bureau:webhooks", "webhooks.manage", "system", "link", 16),
            NavItem("apikeys", _("API keys"), "bureau:apikeys", "bureau.apikeys.manage", "system", "key", 15),
            NavItem("audit", _("Audit log"), "bureau:audit", "audit.view", "system", "book", 20),
            NavItem("me", _("My account"), "bureau:me", "", "system", "user", 900),
        ):
            register(item)
