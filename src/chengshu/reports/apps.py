"""The application of figures and reports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """指标与报告: the bureau's figures, and the documents made of them."""

    name = "chengshu.reports"
    label = "reports"
    verbose_name = _("Figures and reports")

    def ready(self) -> None:
        """The entries in the rail, jobs by the clock, notices."""
        from chengshu.reports import navigation
        from chengshu.reports import tasks as _tasks  # noqa: F401
        from chengshu.reports.services import deliveries, targets

        navigation.register()
        targets.register()
        deliveries.register()
