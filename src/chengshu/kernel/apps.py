"""The kernel as a Django application."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Ledger, numbers, files, jobs, masks."""

    name = "chengshu.kernel"
    label = "kernel"
