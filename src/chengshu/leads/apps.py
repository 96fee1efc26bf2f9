"""The leads application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    """线索: the loop."""

    name = "chengshu.leads"
    label = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        """Entries of the navigation and of the files of objects, work done by itself."""
        from chengshu.leads import dossier, navigation, routing_navigation, upkeep  # noqa: F401  tasks of upkeep

        navigation.register()
        routing_navigation.register()
        dossier.register()
