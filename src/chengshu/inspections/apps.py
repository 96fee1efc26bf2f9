"""The inspections application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    """检查: random draws, checklists, results, publication."""

    name = "chengshu.inspections"
    label = "inspections"
    verbose_name = _("Inspections")

    def ready(self) -> None:
        """Navigation, the file of an object, the way back from a lead."""
        from chengshu.inspections import dossier, navigation

        navigation.register()
        dossier.register()
