"""The buttons on the page of a lead that lead into a case."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.services.leading import may_file
from chengshu.leads import links
from chengshu.leads.links import Way
from chengshu.leads.models import Lead


def register() -> None:
    """Offer both ways; a lead whose order was refused offers the case of the general procedure first."""
    links.register("cases.general", _general)
    links.register("cases.simple", _simple)


def _general(user: User, lead: Lead) -> Way | None:
    if not may_file(user, lead):
        return None
    label = _("File a case: the order was not followed") if lead.refused else _("File a case")
    return Way(label, f"{reverse('cases:new')}?lead={lead.pk}", "scale")


def _simple(user: User, lead: Lead) -> Way | None:
    if not may_file(user, lead):
        return None
    return Way(_("Penalty on the spot"), f"{reverse('cases:simple')}?lead={lead.pk}", "edit")
