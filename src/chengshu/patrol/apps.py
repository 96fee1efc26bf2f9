"""The patrol application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatrolConfig(AppConfig):
    """巡查: beats, check-ins, tracks, duty logs."""

    name = "chengshu.patrol"
    label = "patrol"
    verbose_name = _("Patrol")

    def ready(self) -> None:
        """Navigation, jobs by the clock, what the duty log tells of tracks."""
        from chengshu.bureau import deeds
        from chengshu.patrol import track_tasks as _track_tasks  # noqa: F401  found by the queue
        from chengshu.patrol import tracks_navigation
        from chengshu.patrol.queries import tracks

        tracks_navigation.register()
        deeds.register("patrol.tracks", tracks.deeds)
