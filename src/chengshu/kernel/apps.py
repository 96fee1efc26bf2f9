"""The kernel as a Django application."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class KernelConfig(AppConfig):
    """Ledger, numbers, files, jobs, masks."""

    name = "chengshu.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Let every app register its long work, kept in its ``jobs.py``, and know the mail."""
        autodiscover_modules("jobs")
        from chengshu.kernel.outbox import mail  # noqa: F401 - registers its channel
