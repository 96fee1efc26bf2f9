"""Routing rules as data of the bureau."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Unit


class RoutingRule(models.Model):
    """派遣规则: tried in order; the first whose condition holds names the squad (and the officer)."""

    class Target(models.TextChoices):
        """Where a matching lead goes."""

        TOWN_SQUAD = "town_squad", _("The squad of the town")
        UNIT = "unit", _("A named squad")
        OFFICER = "officer", _("A named officer")
        DISPATCHER = "dispatcher", _("The dispatcher decides")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="routing_rules")
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    name = models.CharField(_("name"), max_length=80)
    condition = models.JSONField(
        _("condition"), default=dict, help_text="as `chengshu.leads.routing.Condition`; all parts must hold"
    )
    target = models.CharField(_("goes to"), max_length=10, choices=Target.choices, default=Target.TOWN_SQUAD)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def problem(self) -> str:
        """Why nobody can be sent there any more: a closed squad, an officer who left. Empty: all is well."""
        if self.target not in (self.Target.UNIT, self.Target.OFFICER) or self.unit is None:
            return ""
        if not self.unit.active:
            return gettext("its squad is closed")
        officer = self.officer if self.target == self.Target.OFFICER else None
        if officer is not None and not (officer.is_active and officer.unit_id == self.unit_id):
            return gettext("its officer no longer works in the squad")
        return ""
