"""The law application."""

from django.apps import AppConfig


class LawConfig(AppConfig):
    """See the package's documentation."""

    name = "chengshu.law"
    label = "law"

    def ready(self) -> None:
        """Entries of the navigation."""
        from django.utils.translation import gettext_lazy as _

        from chengshu.ui.navigation import NavItem, register

        for item in (
            NavItem(
                "causes", _("Causes of action"), "law:causes", "law.view", "law", "scale", 10, "l", "/law/"
            ),
            NavItem("procedure", _("Procedure and periods"), "law:procedure", "law.view", "law", "clock", 20),
            NavItem("instruments", _("Legal instruments"), "law:instruments", "law.view", "law", "book", 30),
        ):
            register(item)
