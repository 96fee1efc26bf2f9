"""The demo application."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """See the package's documentation."""

    name = "chengshu.demo"
    label = "demo"
