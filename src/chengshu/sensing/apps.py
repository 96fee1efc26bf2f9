"""The application of flights and suspects."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SensingConfig(AppConfig):
    """感知: flights, comparisons, suspects."""

    name = "chengshu.sensing"
    label = "sensing"
    verbose_name = _("Aerial comparison")

    def ready(self) -> None:
        """Navigation, jobs, what other domains may ask of a place, the way back from leads, deeds."""
        from chengshu.sensing import deeds, navigation, neighbours
        from chengshu.sensing import tasks as _tasks  # noqa: F401  found by the queue
        from chengshu.sensing.services import sending as _sending  # noqa: F401  follows leads

        navigation.register()
        neighbours.register()
        deeds.register()
