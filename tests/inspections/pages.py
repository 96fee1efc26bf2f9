"""What tests of the inspection pages share: people at browsers, photos, forms as the pages offer them."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chengshu.inspections.models import Inspection
from chengshu.inspections.queries.one import checklist_of, entries_of
from tests.inspections.conftest import picture
from tests.leads.pages import browser

__all__ = ["answers", "browser", "drawn_signature", "page", "photo", "post", "refusals"]


def photo(name: str = "现场.png", colour: str = "red") -> SimpleUploadedFile:
    """A picture as a phone takes it."""
    return SimpleUploadedFile(name, picture(colour).getvalue(), content_type="image/png")


def drawn_signature() -> str:
    """What the canvas sends."""
    return "data:image/png;base64," + base64.b64encode(picture("black").getvalue()).decode()


def page(client: Client, inspection: Inspection) -> Any:
    """The page of an inspection."""
    return client.get(reverse("inspections:inspection", args=[inspection.pk]))


def answers(inspection: Inspection, problems: tuple[str, ...] = (), **stated: Any) -> dict[str, Any]:
    """A form of the report: signed by finger, a photo of every problem."""
    filled: dict[str, Any] = {
        "client_id": str(uuid.uuid4()),
        "signing": "signed",
        "party_name": "王小明",
        "drawn": drawn_signature(),
    }
    for place, entry in enumerate(entries_of(checklist_of(inspection))):
        filled[f"found-{place}"] = "yes" if entry.code in problems else "no"
        if entry.code in problems:
            filled[f"photos-{place}"] = photo(f"{entry.code}.png")
    return {**filled, **stated}


def post(client: Client, name: str, inspection: Inspection, data: dict[str, Any]) -> Any:
    """Send a form of the inspection."""
    answer = client.post(reverse(f"inspections:{name}", args=[inspection.pk]), data)
    inspection.refresh_from_db()
    return answer


def refusals(answer: Any) -> str:
    """The sentences of a refused form."""
    assert answer.status_code == 422, answer.status_code
    return " ".join(str(text) for texts in answer.context["form"].errors.values() for text in texts)
