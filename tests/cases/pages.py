"""What tests of the case pages share: people at browsers, and forms filled in as a page offers them."""

from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from chengshu.bureau.models import User
from chengshu.cases.models import Case
from tests.cases.conftest import Team

BACKEND = "chengshu.bureau.backends.BureauBackend"
NOW = "2022-03-10 10:00+08:00"
CAUSE = "waste.littering"
PERSON_ID = "31010719900307451X"


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


def on_the_spot(team: Team, **changes: Any) -> dict[str, Any]:
    """The form of the simple procedure, filled in properly."""
    return {
        "client_id": str(uuid.uuid4()),
        "cause": CAUSE,
        "act_on": "2022-03-10",
        "address": "长寿路1号",
        "lng": "121.4330",
        "lat": "31.2430",
        "facts": "店外堆放货物占用人行道",
        "id_shown": "on",
        "told": "on",
        "heard": "on",
        "second_officer": str(team.second.pk),
        "photos": photo(),
        "fine": "100",
        "p-kind": "person",
        "p-name": "张小三",
        "p-id_type": "resident_id",
        "p-id_number": PERSON_ID,
        "p-phone": "13812345678",
        **changes,
    }


def spot_case(team: Team, **changes: Any) -> Case:
    """A case that was decided on the spot."""
    answer = browser(team.first).post(reverse("cases:simple"), on_the_spot(team, **changes))
    assert answer.status_code == 302, answer.context["refused"] or answer.context["form"].errors
    return Case.objects.order_by("-pk")[0]


def form_of(client: Client, case: Case, kind: str) -> dict[str, Any]:
    """The values that the form of a step starts with."""
    form = client.get(reverse("cases:step", args=[case.pk, kind])).context["step_form"]
    values: dict[str, Any] = {}
    for one in [form, *(part for _label, part in form.parts)]:
        for bound in one:
            value = bound.value()
            if value not in (None, "", [], False):
                values[bound.html_name] = "on" if value is True else value
    return values


def take(client: Client, case: Case, kind: str, **values: Any) -> HttpResponse:
    """Send the form of a step with what it starts with and some changes."""
    filled = {**form_of(client, case, kind), **values}
    answer: Any = client.post(reverse("cases:step", args=[case.pk, kind]), filled)
    return answer


def taken(client: Client, case: Case, kind: str, **values: Any) -> Case:
    """Take a step that the law allows."""
    answer: Any = take(client, case, kind, **values)
    if answer.status_code != 302:
        form = answer.context["step_form"]
        raise AssertionError([form.refused, form.errors, [part.errors for _label, part in form.parts]])
    case.refresh_from_db()
    return case
