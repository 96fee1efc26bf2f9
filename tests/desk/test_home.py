"""The desk's first page: numbers of the own area, each of them a link."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import District, Unit
from chengshu.registry.models import DuplicatePair, RoundItem, VerificationRound
from chengshu.registry.queries import reference
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"


@pytest.fixture
def district(db: None) -> District:
    reference.forget()
    return factories.make_district()


def numbers(client: Client) -> dict[str, int]:
    home = client.get("/").context["home"]
    return {entry["class"].code: entry["n"] for entry in home.classes or []}


def test_clerk_sees_the_district_and_what_waits(district: District, client: Client) -> None:
    user = factories.make_user("registry_clerk")
    first, second = (
        factories.make_object(district),
        factories.make_object(district, position=factories.IN_TAOPU),
    )
    DuplicatePair.objects.create(district=district, first=first, second=second, score=0.9, reasons=[])
    round_ = VerificationRound.objects.create(
        district=district, name="秋季核查", state="open", created_by=user
    )
    RoundItem.objects.create(
        round=round_, object=first, squad_id=first.squad_id, outcome="unchanged", done_at=timezone.now()
    )
    RoundItem.objects.create(round=round_, object=second, squad_id=second.squad_id)
    client.force_login(user, BACKEND)
    answer = client.get("/")
    home = answer.context["home"]
    assert (home.total, home.pairs, home.conflicts, home.jobs) == (2, 1, 0, 0)
    assert numbers(client)["shop"] == 2
    assert [(r["name"], r["done"], r["total"]) for r in home.rounds] == [("秋季核查", 1, 2)]
    html = answer.content.decode()
    assert reverse("registry:list") + "?class=" in html and reverse("jobs") in html


def test_squad_sees_its_own_area(district: District, client: Client) -> None:
    factories.make_object(district)
    factories.make_object(district, position=factories.IN_TAOPU)
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    client.force_login(factories.make_user("officer", squad), BACKEND)
    answer = client.get("/")
    assert answer.context["home"].total == 1
    assert (answer.context["home"].conflicts, answer.context["home"].pairs) == (None, None)
    assert squad.name in answer.content.decode()


def test_administrator_sees_no_objects(district: District, client: Client) -> None:
    factories.make_object(district)
    client.force_login(factories.make_user("security_admin"), BACKEND)
    assert client.get("/").context["home"].classes is None


def test_anonymous_is_sent_to_sign_in(district: District, client: Client) -> None:
    assert client.get("/").status_code == 302


def test_few_queries(
    district: District, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    factories.make_object(district)
    client.force_login(factories.make_user("registry_clerk"), BACKEND)
    client.get("/")
    with django_assert_max_num_queries(7):  # session, person, objects, rounds, conflicts, pairs, jobs
        client.get("/")
