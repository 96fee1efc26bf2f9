"""Who reported a lead: personal data, kept apart from it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from .leads import Lead


class LeadReporter(models.Model):
    """反映人. A lead with doubles joined to it keeps every reporter on the lead he reported."""

    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, related_name="reporter")
    name = models.CharField(_("reporter"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    wants_answer = models.BooleanField(_("wants an answer"), default=True)
    informed_at = models.DateTimeField(null=True, help_text="when told how it ended")

    class Meta:
        indexes = [
            models.Index(
                fields=["-lead"],
                condition=models.Q(wants_answer=True, informed_at=None),
                name="lead_reporter_to_inform",
            )
        ]
        triggers = [pgtrigger.Protect(name="keep", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"reporter of {self.lead_id}"
