"""The pages for API keys as the security administrator meets them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from chengshu.bureau import keys
from chengshu.bureau.models import ApiKey, District, User
from tests import factories
from tests.api.conftest import GiveKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(security: User, client: Client) -> Client:
    client.force_login(security, "chengshu.bureau.backends.BureauBackend")
    return client


def test_a_key_is_made_shown_once_renewed_and_revoked(desk: Client, district: District) -> None:
    form = {
        "name": "市城运平台",
        "owner": "城运中心 王工 021-12345678",
        "unit": str(factories.unit(district).pk),
        "permissions": ["registry.view", "law.view"],
        "rate_per_minute": "120",
        "days": "90",
    }
    secret = shown(desk.post("/api-keys/new/", form))
    assert keys.account_of(f"Bearer {secret}") is not None
    key = ApiKey.objects.get()
    page = desk.get(f"/api-keys/{key.pk}/").content.decode()
    assert secret not in page and f"cs_{key.prefix}_" in page and "查看监管对象" in page
    renewed = shown(desk.post(f"/api-keys/{key.pk}/rotate/", {"keep_hours": "0"}))
    keys.forget()
    assert keys.account_of(f"Bearer {secret}") is None
    assert keys.account_of(f"Bearer {renewed}") is not None
    desk.post(f"/api-keys/{key.pk}/change/", {"permissions": ["law.view"], "rate_per_minute": "60"})
    desk.post(f"/api-keys/{key.pk}/revoke/", {"reason": ""})
    assert ApiKey.objects.get().revoked_at is None
    desk.post(f"/api-keys/{key.pk}/revoke/", {"reason": "合同终止"})
    page = desk.get(f"/api-keys/{key.pk}/").content.decode()
    assert "合同终止" in page and "已吊销" in page
    assert (ApiKey.objects.get().permissions, ApiKey.objects.get().rate_per_minute) == (["law.view"], 60)


def test_the_answer_with_the_secret_is_kept_by_no_cache(desk: Client, give: GiveKey) -> None:
    answer = desk.post(f"/api-keys/{give().key.pk}/rotate/", {"keep_hours": "1"})
    assert "no-store" in answer["Cache-Control"]


def test_what_does_not_fit_is_told_at_its_field(desk: Client, give: GiveKey, district: District) -> None:
    give()
    answer = desk.post(
        "/api-keys/new/",
        {
            "name": "市平台",
            "owner": "x",
            "unit": str(factories.unit(district).pk),
            "permissions": ["registry.view"],
            "rate_per_minute": "60",
            "days": "9",
        },
    )
    assert "已有同名的有效密钥。" in answer.content.decode() and ApiKey.objects.count() == 1


def test_the_list_takes_three_queries_however_long(
    desk: Client, give: GiveKey, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        give(name=f"平台{number}")
    desk.get("/api-keys/")
    with django_assert_max_num_queries(3):
        page = desk.get("/api-keys/").content.decode()
    assert "平台7" in page


def test_keys_of_another_district_are_not_there(give: GiveKey, client: Client) -> None:
    key = give().key
    other = factories.unit(factories.make_other_district())
    client.force_login(factories.make_user("security_admin", other), "chengshu.bureau.backends.BureauBackend")
    assert client.get(f"/api-keys/{key.pk}/").status_code == 404
    assert client.post(f"/api-keys/{key.pk}/revoke/", {"reason": "x"}).status_code == 404
    assert "市平台" not in client.get("/api-keys/").content.decode()


def shown(answer: Any) -> str:
    """The secret on the page."""
    assert answer.status_code == 200
    found = re.search(r'id="secret">(cs_[^<]+)<', answer.content.decode())
    assert found, answer.content.decode()[-3000:]
    return found[1]
