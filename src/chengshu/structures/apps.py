"""The application of the illegal-construction ledger."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StructuresConfig(AppConfig):
    """违法建筑: the ledger and what becomes of its entries."""

    name = "chengshu.structures"
    label = "structures"
    verbose_name = _("Illegal structures")

    def ready(self) -> None:
        """Navigation, what is on record at a place, what a person did, notices, jobs by the clock."""
        from chengshu.structures import deeds, known, lead_ways, navigation
        from chengshu.structures import tasks as _tasks  # noqa: F401  found by the queue
        from chengshu.structures.services import telling

        navigation.register()
        known.register()
        lead_ways.register()
        deeds.register()
        telling.register()
