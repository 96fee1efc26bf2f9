"""What tests of the lead pages share: people at browsers, photos, actions sent as the page offers them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from chengshu.bureau.models import User
from chengshu.leads.models import Lead

BACKEND = "chengshu.bureau.backends.BureauBackend"


def browser(person: User) -> Client:
    """Somebody signed in."""
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def photo(name: str = "现场.jpg", grey: int = 90) -> SimpleUploadedFile:
    """A picture as a phone takes it."""
    buffer = BytesIO()
    Image.new("RGB", (64, 48), (grey, grey, grey)).save(buffer, "JPEG")
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/jpeg")


def page(client: Client, lead: Lead) -> Any:
    """The page of a lead."""
    return client.get(reverse("leads:lead", args=[lead.pk]))


def offered(client: Client, lead: Lead) -> list[str]:
    """The actions that the page offers."""
    shown = page(client, lead).context
    return [str(form.action.value) for form in [*shown["forward"], *shown["others"]]]


def act(client: Client, lead: Lead, action: str, **values: Any) -> Any:
    """Send an action with the version that the lead has now, unless another is given."""
    lead.refresh_from_db()
    filled = {"version": lead.version, **values}
    answer = client.post(reverse("leads:act", args=[lead.pk, action]), filled)
    lead.refresh_from_db()
    return answer


def refusal(answer: Any) -> str:
    """The sentences of a refused action."""
    form = answer.context["refused"]
    return " ".join(text for texts in form.errors.values() for text in texts)
