"""The kernel as a Django application."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class KernelConfig(AppConfig):
    """Ledger, numbers, files, jobs, masks."""

    name = "chengshu.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Let every app register its long work, kept in its ``jobs.py``."""
        autodiscover_modules("jobs")
