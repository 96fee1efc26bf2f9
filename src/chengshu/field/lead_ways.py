"""From the page of a lead to what officers noted about it on the spot."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.field.models import FieldNote
from chengshu.leads import links
from chengshu.leads.links import Way
from chengshu.leads.models import Lead


def register() -> None:
    """Called once the app is loaded."""
    links.register("field.notes", notes_of)


def notes_of(user: User, lead: Lead) -> Way | None:
    """The way to the notes, where there are any."""
    if not FieldNote.objects.filter(about=FieldNote.About.LEAD, subject=lead.pk).exists():
        return None
    return Way(_("Notes from the spot"), reverse("field:notes", args=["lead", lead.pk]), "file")
