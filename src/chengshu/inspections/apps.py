"""The inspections application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    """检查: random draws, checklists, results, publication."""

    name = "chengshu.inspections"
    label = "inspections"
    verbose_name = _("Inspections")

    def ready(self) -> None:
        """Navigation."""
        from chengshu.inspections import navigation

        navigation.register()
