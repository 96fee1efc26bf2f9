"""The patrol application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatrolConfig(AppConfig):
    """巡查: beats, check-ins, tracks, duty logs."""

    name = "chengshu.patrol"
    label = "patrol"
    verbose_name = _("Patrol")
