"""The application of flights and suspects."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SensingConfig(AppConfig):
    """感知: flights, comparisons, suspects."""

    name = "chengshu.sensing"
    label = "sensing"
    verbose_name = _("Aerial comparison")
