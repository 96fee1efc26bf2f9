"""The portal application."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """See the package's documentation."""

    name = "chengshu.portal"
    label = "portal"
