"""The inspections application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    """检查: random draws, checklists, results, publication."""

    name = "chengshu.inspections"
    label = "inspections"
    verbose_name = _("Inspections")

    def ready(self) -> None:
        """Navigation, the file of an object, the way back from a lead, jobs."""
        from chengshu.inspections import deeds, dossier, navigation
        from chengshu.inspections import tasks as _tasks  # noqa: F401  found by the queue
        from chengshu.inspections.credit import dossier as credit_dossier
        from chengshu.inspections.credit import tasks as _credit_tasks  # noqa: F401

        navigation.register()
        dossier.register()
        credit_dossier.register()
        deeds.register()
