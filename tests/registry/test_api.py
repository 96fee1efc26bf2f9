"""The registry's API: what it gives and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chengshu.bureau.models import District, Unit
from chengshu.registry.models import ObjectIdentifier, Permit
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"
URL = "/api/v1/registry/objects"


@pytest.fixture
def clerk(district: District, client: Client) -> Client:
    client.force_login(factories.make_user("registry_clerk"), BACKEND)
    return client


def get(client: Client, url: str = URL, **query: Any) -> Any:
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_list_by_cursor(clerk: Client, district: District) -> None:
    made = [factories.make_object(district).pk for _ in range(5)]
    first = get(clerk, limit=2)
    second = get(clerk, limit=2, cursor=first["next"])
    third = get(clerk, limit=2, cursor=second["next"])
    assert [o["id"] for page in (first, second, third) for o in page["items"]] == made
    assert third["next"] is None
    assert clerk.get(URL, {"cursor": "nonsense"}).status_code == 400


def test_filters(clerk: Client, district: District) -> None:
    factories.make_object(district, "compound", name="春杨一村", credit="A")
    factories.make_object(district, name="便利店", status="closed")
    assert [o["name"] for o in get(clerk, **{"class": "compound"})["items"]] == ["春杨一村"]
    assert [o["name"] for o in get(clerk, status="closed")["items"]] == ["便利店"]
    assert [o["name"] for o in get(clerk, q="cyyc")["items"]] == ["春杨一村"]
    assert get(clerk, q="。")["items"] == []
    assert clerk.get(URL, {"status": "sleeping"}).status_code == 422


def test_object_is_masked_and_complete(clerk: Client, district: District) -> None:
    obj = factories.make_object(
        district,
        "site",
        responsible_name="张小三",
        responsible_phone="13812345678",
        **{"attributes.manager_phone": "13987654321", "attributes.builder": "某公司"},
    )
    for value in ("SH-1", "SH-2"):  # two of one system, as a merge leaves them
        ObjectIdentifier.objects.create(district=district, object=obj, scheme="市督察系统", value=value)
    Permit.objects.create(object=obj, kind="夜间施工许可", number="Y-1")
    found = get(clerk, f"{URL}/{obj.pk}")
    assert (found["responsible_name"], found["responsible_phone"]) == ("张*三", "138****5678")
    assert found["attributes"] == {"manager_phone": "139****4321", "builder": "某公司"}
    assert found["identifiers"] == [
        {"system": "市督察系统", "value": "SH-1"},
        {"system": "市督察系统", "value": "SH-2"},
    ]
    assert found["permits"][0]["kind"] == "夜间施工许可"
    assert found["position"] == list(factories.IN_CHANGSHOU) and found["town"] == "长寿路街道"
    assert found["class"] == "site"


def test_scope(district: District, client: Client) -> None:
    here, there = (
        factories.make_object(district),
        factories.make_object(district, position=factories.IN_TAOPU),
    )
    assert client.get(URL).status_code == 401
    squad = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    client.force_login(factories.make_user("officer", squad), BACKEND)
    assert [o["id"] for o in get(client)["items"]] == [there.pk]
    assert client.get(f"{URL}/{here.pk}").status_code == 404
    assert client.get(f"{URL}/0").status_code == 404
    client.force_login(factories.make_user("system_admin"), BACKEND)
    assert client.get(URL).status_code == 403


def test_classes(clerk: Client) -> None:
    found = get(clerk, "/api/v1/registry/classes")
    assert [c["code"] for c in found] == [
        "compound",
        "shop",
        "agency",
        "site",
        "restaurant",
        "billboard",
        "hauler",
    ]
    assert {"key", "kind", "choices"} <= set(found[1]["attributes"][0])
