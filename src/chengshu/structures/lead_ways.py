"""The button on the page of a lead that leads into the ledger."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.leads import links
from chengshu.leads.links import Way
from chengshu.leads.models import Lead
from chengshu.structures.models import Structure
from chengshu.structures.settings import rules


def _enter(user: User, lead: Lead) -> Way | None:
    """For leads about illegal construction (`lead_majors` in data/rules.yaml): enter, or open the entry."""
    if lead.lead_class.major_zh not in rules().lead_majors:
        return None
    if known := Structure.objects.visible_to(user).filter(lead=lead).only("pk", "number").first():
        return Way(known.number, reverse("structures:entry", args=[known.pk]), "building")
    scope = user.scope_for("structures.work")
    if not scope.covers(district_id=lead.district_id, squad_id=lead.squad_id):
        return None
    return Way(_("Enter in the ledger"), f"{reverse('structures:new')}?lead={lead.pk}", "building")


def register() -> None:
    """Called once the app is loaded."""
    links.register("structures.enter", _enter)
