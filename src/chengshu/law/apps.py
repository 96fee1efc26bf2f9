"""The law application."""

from django.apps import AppConfig


class LawConfig(AppConfig):
    """See the package's documentation."""

    name = "chengshu.law"
    label = "law"
