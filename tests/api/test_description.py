"""The whole API does what its description says, routes of tomorrow included.

Every operation is called with what its description allows and with what it forbids, as a person who holds
every business role and with an API key that carries everything a key may. Nothing a call changes stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from PIL import Image
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks as rules

from chengshu.bureau.models import Certificate, District, RoleAssignment, Town, Unit, User
from chengshu.bureau.roles import key_permissions, roles
from chengshu.config.api import api
from chengshu.config.wsgi import application
from chengshu.inspections.services import arranging, inspecting
from chengshu.inspections.services.catalogue import load_catalogue
from chengshu.leads.services import Attachment, NewLead, Reporter, add_attachment, report
from chengshu.leads.services.classes import load_classes
from chengshu.registry.models import RegulatedObject
from chengshu.sensing.models import Comparison, Flight, PermittedFootprint, Suspect
from chengshu.structures.services.disposing import Offer, propose
from chengshu.structures.services.entering import NewEntry, enter
from chengshu.structures.services.recording import Photo as StructurePhoto
from chengshu.structures.services.recording import add_photos
from chengshu.structures.services.years import add_milestone, save_plot
from tests import factories
from tests.api.conftest import GiveKey

pytestmark = pytest.mark.django_db
EXAMPLES = 24  # calls an operation and caller
STREAM = "text/event-stream"
# Rules that ask for more than the description promises: a cursor may be well-formed and still not ours, and
# calls without credentials have a test of their own below.
LEFT_OUT = [rules.positive_data_acceptance, rules.ignored_auth]
# JSON bodies are read leniently ("7" for 7), which is no fault of the route.
LEFT_OUT_WITH_BODY = [*LEFT_OUT, rules.negative_data_rejection]


def operations() -> dict[str, Any]:
    """Every operation of the description by its label; streams never end and have tests of their own."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    found = (result.ok() for result in schema.get_all_operations())
    return {
        operation.label: operation
        for operation in found
        if not any(
            STREAM in response.get("content", {})
            for response in operation.definition.raw.get("responses", {}).values()
        )
    }


def labels() -> list[str]:
    """``GET /api/v1/registry/objects`` and so on, without asking a server."""
    described = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    return sorted(
        f"{method.upper()} {path}"
        for path, item in described.items()
        for method, operation in item.items()
        if not any(STREAM in answer.get("content", {}) for answer in operation["responses"].values())
    )


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A real server's request gives its connection back; here that would end the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def things(district: District) -> dict[str, int]:
    """What path parameters may stand for. A name that is missing here is met with made-up values only."""
    shop = factories.make_object(district)
    return {
        "object_id": shop.pk,
        **lead_things(district),
        **inspection_things(district, shop),
        **sensing_things(district),
        **structure_things(district),
    }


def sensing_things(district: District) -> dict[str, int]:
    """Two flights, their comparison with a suspect, a permit."""
    lng, lat = factories.IN_CHANGSHOU
    ring = [[lng, lat], [lng + 0.001, lat], [lng + 0.001, lat + 0.001], [lng, lat]]
    area = {"type": "Polygon", "coordinates": [ring]}
    day = date(2020, 5, 1)
    before, after, spare = (
        Flight.objects.create(
            district=district, name=name, flown_on=day, mosaic=f"{name}.tif", area=area, state="ready"
        )
        for name in ("before", "after", "spare")
    )
    comparison = Comparison.objects.create(
        district=district, before=before, after=after, state="done", seed="0" * 32
    )
    suspect = Suspect.objects.create(
        district=district, comparison=comparison, number=1, outline=area, position=(lng, lat), area_m2=40.0,
        kind="new_building", score_raw=0.8, score=0.8,
    )  # fmt: skip
    permit = PermittedFootprint.objects.create(
        district=district, kind="permit", number="沪建1号", outline=area, position=(lng, lat), source="名单"
    )
    return {
        "flight_id": spare.pk, "comparison_id": comparison.pk, "suspect_id": suspect.pk,
        "permit_id": permit.pk,
    }  # fmt: skip


def structure_things(district: District) -> dict[str, int]:
    """An entry with a photo and a proposal, a plot with a milestone. A sample needs a write-off: none."""
    clerk = factories.make_user("registry_clerk")
    new = NewEntry("长寿路1号", ["rooftop"], "stock", position=factories.IN_CHANGSHOU)
    structure = enter(new, district=district, by=clerk)
    content = BytesIO()
    Image.new("RGB", (8, 8), "green").save(content, "PNG")
    (photo,) = add_photos(structure, [StructurePhoto(content, "拆前.png", "before")], by=clerk)
    proposal = propose(structure, Offer("legalise", "已补办", permit_number="沪建1号"), by=clerk)
    town = Town.objects.get(pk=structure.town_id)
    plot = save_plot(district, by=clerk, name="地块", town=town, year=2020)
    milestone = add_milestone(plot, "签约", date(2020, 9, 30), by=clerk)
    return {
        "structure_id": structure.pk, "evidence_id": photo.pk, "proposal_id": proposal.pk,
        "plot_id": plot.pk, "milestone_id": milestone.pk,
    }  # fmt: skip


def inspection_things(district: District, shop: RegulatedObject) -> dict[str, int]:
    """An inspection outside the draw, with a photo of an entry of its checklist."""
    load_catalogue(district)
    squad = Unit.objects.get(pk=shop.squad_id)
    officers = [factories.make_user("officer", squad) for _n in range(2)]
    today = timezone.localdate()
    for officer in officers:
        Certificate.objects.create(
            user=officer,
            number=f"3107{officer.pk:06d}",
            valid_from=today,
            valid_to=today,
        )
    one = arranging.arrange(shop, "routine", officers, by=officers[0], reason="巡查", due_on=today)
    content = BytesIO()
    Image.new("RGB", (8, 8), "blue").save(content, "PNG")
    (photo,) = inspecting.add_photos(one, [inspecting.Photo(content, "门前.png", "1")], by=officers[0])
    return {"inspection_id": one.pk, "photo_id": photo.pk}


def lead_things(district: District) -> dict[str, int]:
    """A lead that squad and clocks know, with a photo."""
    load_classes(district)
    new = NewLead(
        "hotline",
        "E0201",
        "占道设摊",
        position=factories.IN_CHANGSHOU,
        reporter=Reporter("张三", "13812345678"),
    )
    lead = report(new, district=district, by=None).lead
    photo = BytesIO()
    Image.new("RGB", (8, 8), "red").save(photo, "JPEG")
    attachment = add_attachment(lead, Attachment(photo, "现场.jpg"), by=None)
    return {"lead_id": lead.pk, "attachment_id": attachment.pk}


@pytest.fixture
def everybody(district: District) -> dict[str, str]:
    """Headers of somebody who holds every business role at the bureau."""
    person: User = factories.make_user()
    RoleAssignment.objects.bulk_create(
        RoleAssignment(user=person, role=code, unit=person.unit, granted_at=timezone.now())
        for code, role in roles().items()
        if not role.administers
    )
    client = Client()
    client.force_login(person, "chengshu.bureau.backends.BureauBackend")
    token = _get_new_csrf_string()
    cookie = f"chengshu_session={client.cookies['chengshu_session'].value}; csrftoken={token}"
    return {"Cookie": cookie, "X-CSRFToken": token}


@pytest.fixture
def keyed(give: GiveKey) -> dict[str, str]:
    """Headers with a key that may do all a key may."""
    new = give(permissions=key_permissions(), rate_per_minute=30_000)
    return {"Authorization": f"Bearer {new.secret}"}


@pytest.mark.parametrize("caller", ["everybody", "keyed"])
@pytest.mark.parametrize("label", labels())
def test_an_operation_does_what_its_description_says(
    label: str, caller: str, things: dict[str, int], request: pytest.FixtureRequest
) -> None:
    headers = request.getfixturevalue(caller)
    operation = operations()[label]
    left_out = LEFT_OUT_WITH_BODY if "requestBody" in operation.definition.raw else LEFT_OUT
    known = {name: things[name] for name in _path_names(operation) if name in things}
    cases = [operation.as_strategy(mode) for mode in _modes(operation)]
    if known:
        cases.append(operation.as_strategy(path_parameters=known))

    @seed(20200603)
    @given(case=st.one_of(cases))
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def holds(case: Any) -> None:
        with transaction.atomic():
            case.call_and_validate(headers=headers, excluded_checks=left_out)
            transaction.set_rollback(True)

    holds()


def test_without_credentials_every_guarded_operation_answers_401() -> None:
    for label, operation in operations().items():
        if operation.definition.raw.get("security"):
            answer = Client().generic(
                operation.method.upper(), operation.full_path.replace("{", "").replace("}", "")
            )
            assert answer.status_code in (401, 404), label
            assert answer["Content-Type"] == "application/problem+json", label


def _path_names(operation: Any) -> set[str]:
    return {parameter.name for parameter in operation.path_parameters}


def _modes(operation: Any) -> list[GenerationMode]:
    """What is forbidden can only be asked where something is: an operation without input forbids nothing."""
    described = operation.definition.raw
    if described.get("parameters") or "requestBody" in described:
        return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    return [GenerationMode.POSITIVE]


def test_examples_fit_what_they_are_examples_of() -> None:
    described = api.get_openapi_schema(path_prefix="/api/v1/")
    schemas = described["components"]["schemas"]
    checked = 0
    for name, schema in schemas.items():
        for example in schema.get("examples", ()):
            missing = set(schema.get("required", ())) - set(example)
            unknown = set(example) - set(schema["properties"])
            assert not missing and not unknown, (name, missing, unknown)
            checked += 1
    assert checked >= 3
