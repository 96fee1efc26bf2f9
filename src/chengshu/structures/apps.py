"""The application of the illegal-construction ledger."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StructuresConfig(AppConfig):
    """违法建筑: the ledger and what becomes of its entries."""

    name = "chengshu.structures"
    label = "structures"
    verbose_name = _("Illegal structures")
