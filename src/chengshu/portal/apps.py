"""The portal application."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """What the public may see without signing in."""

    name = "chengshu.portal"
    label = "portal"

    def ready(self) -> None:
        """The desk's entry of the ledger, the portal's own entries, the ears for what is published."""
        from chengshu.cases.signals import cases_written
        from chengshu.inspections.signals import penalty_repaired, published
        from chengshu.portal import publications
        from chengshu.ui.navigation import NavItem, register

        register(NavItem("ledger", _("Public ledger"), "portal:ledger", "", "system", "shield", 90))
        register(NavItem("portal", _("Public portal"), "portal:home", "", "system", "file", 95))
        publications.register()
        cases_written.connect(_follow, dispatch_uid="portal.penalties")
        penalty_repaired.connect(_follow, dispatch_uid="portal.repairs")
        published.connect(_touch, dispatch_uid="portal.inspections")


def _follow(sender: Any, ids: list[int], **kwargs: Any) -> None:
    """After the commit, bring the public rows up to the cases; a fault here must not undo the work."""
    from functools import partial

    from django.db import transaction

    from chengshu.portal.services import penalties

    transaction.on_commit(partial(penalties.refresh, ids), robust=True)


def _touch(sender: Any, district_id: int, **kwargs: Any) -> None:
    """Something of inspections that the public sees has changed."""
    from chengshu.portal.services import state

    state.touch(district_id)
