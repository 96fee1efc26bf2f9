"""The Django app of the page frame and the components."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UiConfig(AppConfig):
    """Page frame, components and islands: above the kernel, below every domain."""

    name = "chengshu.ui"
    label = "ui"
    verbose_name = _("Interface")

    def ready(self) -> None:
        """Register this app's own navigation item."""
        from chengshu.ui import navigation

        navigation.register(
            navigation.NavItem(
                code="ui",
                label=_("Interface components"),
                url_name="ui:gallery",
                permission="",
                group="system",
                icon="grid",
                order=990,
            )
        )
