"""The desk application."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """See the package's documentation."""

    name = "chengshu.desk"
    label = "desk"
