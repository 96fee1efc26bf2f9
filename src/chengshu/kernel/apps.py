"""The kernel as a Django application."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class KernelConfig(AppConfig):
    """Ledger, numbers, files, jobs, masks."""

    name = "chengshu.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Let every app register its long work and its indicators, and know the mail."""
        autodiscover_modules("jobs", "indicators")
        from chengshu.kernel.outbox import mail  # noqa: F401 - registers its channel

        post_migrate.connect(_watch_sources, sender=self)


def _watch_sources(**_ignored: Any) -> None:
    """After migrations: note the changes of every table that an indicator counts from."""
    from chengshu.kernel.indicators.computing import sources_of
    from chengshu.kernel.indicators.declarations import Indicator, all_declared
    from chengshu.kernel.indicators.versions import watch

    counted = [one for one in all_declared() if isinstance(one, Indicator)]
    watch(table for one in counted for table in sources_of(one))
