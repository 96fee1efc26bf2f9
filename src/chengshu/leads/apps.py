"""The leads application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    """线索: the loop."""

    name = "chengshu.leads"
    label = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        """Entries of the navigation and of the files of objects."""
        from chengshu.leads import dossier, navigation

        navigation.register()
        dossier.register()
