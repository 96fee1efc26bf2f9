"""The patrol application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PatrolConfig(AppConfig):
    """巡查: beats, check-ins, tracks, duty logs."""

    name = "chengshu.patrol"
    label = "patrol"
    verbose_name = _("Patrol")

    def ready(self) -> None:
        """Navigation, kinds of notices, jobs by the clock, what a person did."""
        from chengshu.bureau import deeds
        from chengshu.patrol import checkin_deeds, navigation_checkins, navigation_logs, tracks_navigation
        from chengshu.patrol import log_tasks as _log_tasks  # noqa: F401  found by the queue
        from chengshu.patrol import track_tasks as _track_tasks  # noqa: F401  found by the queue
        from chengshu.patrol.queries import tracks
        from chengshu.patrol.services import attempts, logs
        from chengshu.ui import navigation

        navigation.register_group("patrol", pgettext_lazy("group", "Patrol"), 28)
        navigation_checkins.register()
        tracks_navigation.register()
        navigation_logs.register()
        attempts.register()
        logs.register()
        checkin_deeds.register()
        deeds.register("patrol.tracks", tracks.deeds, tracks.deeds_in)
