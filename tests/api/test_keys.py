"""API keys: given, used, limited, changed, taken back; and each refusal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau import keys
from chengshu.bureau.models import ApiKey, District, ServiceAccount, User
from chengshu.bureau.roles import NEVER_FOR_KEYS, key_permissions, permissions, roles
from chengshu.bureau.services import apikeys
from chengshu.bureau.services.base import Refused
from chengshu.kernel.models import LedgerEntry
from tests import factories
from tests.api.conftest import GiveKey, caller, squad_of

pytestmark = pytest.mark.django_db
URL = "/api/v1/registry/objects"
HISTORY: Any = ApiKey.pgh_event_models["before"]  # type: ignore[attr-defined]


def test_a_key_sees_what_its_unit_and_permissions_say(district: District, give: GiveKey) -> None:
    here = factories.make_object(district)
    there = factories.make_object(district, position=factories.IN_TAOPU)
    everything = caller(give().secret).get(URL)
    assert [item["id"] for item in everything.json()["items"]] == [here.pk, there.pk]
    squad = give(name="桃浦平台", unit=squad_of(district, "桃浦镇"))
    assert [item["id"] for item in caller(squad.secret).get(URL).json()["items"]] == [there.pk]
    assert caller(squad.secret).get(f"{URL}/{here.pk}").status_code == 404
    other = caller(give(name="法规系统", permissions=["law.view"]).secret).get(URL)
    assert other.status_code == 403 and "registry.view" in other.json()["detail"]


def test_only_the_digest_of_the_secret_is_kept(give: GiveKey) -> None:
    new = give()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(k)::text FROM bureau_apikey k WHERE id = %s", [new.key.pk])
        row = cursor.fetchone()[0]
        cursor.execute("SELECT payload::text FROM kernel_ledgerentry WHERE action LIKE 'apikey.%'")
        entries = " ".join(line for (line,) in cursor.fetchall())
    assert new.secret not in row + entries and new.secret.split("_", 2)[2] not in row + entries
    assert new.secret.startswith(f"cs_{new.key.prefix}_") and len(new.secret) > 50


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer cs_", "Bearer cs_00000000_" + "x" * 43, "Bearer nonsense", "bearer é"],
)
def test_a_wrong_key_is_answered_401(header: str, give: GiveKey) -> None:
    give()
    answer = Client(headers={"authorization": header}).get(URL)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")


@given(st.text(max_size=200), st.binary(max_size=60))
def test_no_header_upsets_the_reading_of_keys(text: str, junk: bytes) -> None:
    assert keys.account_of(text) is None
    assert keys.account_of("Bearer cs_" + junk.decode("latin-1")) is None


def test_a_key_with_one_letter_changed_is_refused(give: GiveKey) -> None:
    secret = give().secret
    changed = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    assert keys.account_of(f"Bearer {secret}") is not None
    assert keys.account_of(f"Bearer {changed}") is None


def test_a_wrong_key_does_not_fall_back_on_the_session(district: District, give: GiveKey) -> None:
    client = Client(headers={"authorization": "Bearer cs_00000000_" + "x" * 43})
    client.force_login(factories.make_user("registry_clerk"), "chengshu.bureau.backends.BureauBackend")
    assert client.get(URL).status_code == 401


def test_an_expired_key_is_refused(give: GiveKey) -> None:
    secret = give(days=1).secret
    assert caller(secret).get(URL).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert caller(secret).get(URL).status_code == 401


def test_a_revoked_key_is_refused_at_once_here_and_in_seconds_elsewhere(
    give: GiveKey, security: User, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = give()
    assert caller(new.secret).get(URL).status_code == 200
    apikeys.revoke_key(new.key, by=security, reason="合同终止")  # committed by another process
    moment = keys.monotonic()
    monkeypatch.setattr(keys, "monotonic", lambda: moment + keys.CACHE_SECONDS + 1)
    assert keys.CACHE_SECONDS < 10
    assert caller(new.secret).get(URL).status_code == 401
    with pytest.raises(Refused, match="已吊销"):
        apikeys.revoke_key(new.key, by=security, reason="再次")
    again = give(name="另一平台")
    assert caller(again.secret).get(URL).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        apikeys.revoke_key(again.key, by=security, reason="泄露")
    assert caller(again.secret).get(URL).status_code == 401


def test_after_a_change_of_the_secret_the_former_works_as_long_as_was_said(
    give: GiveKey, security: User
) -> None:
    old = give()
    new = apikeys.rotate_key(old.key, by=security, keep_hours=2)
    keys.forget()
    assert {caller(s).get(URL).status_code for s in (old.secret, new.secret)} == {200}
    with time_machine.travel(timezone.now() + timedelta(hours=2, seconds=1)):
        assert caller(old.secret).get(URL).status_code == 401
        assert caller(new.secret).get(URL).status_code == 200
    newest = apikeys.rotate_key(new.key, by=security)
    keys.forget()
    assert caller(new.secret).get(URL).status_code == 401
    assert caller(newest.secret).get(URL).status_code == 200


def test_the_limit_is_exact_and_a_new_minute_starts_anew(give: GiveKey) -> None:
    new = give(rate_per_minute=3)
    client = caller(new.secret)
    with connection.cursor() as cursor:  # so that the minute does not end in the middle
        cursor.execute(
            "INSERT INTO bureau_apikeyuse VALUES (%s, date_trunc('minute', now()) + interval '1 minute', 0)",
            [new.key.pk],
        )
    answers = [client.get(URL) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [a["RateLimit"].split(";")[1] for a in answers] == ["r=2", "r=1", "r=0", "r=0", "r=0"]
    assert answers[0]["RateLimit-Policy"] == '"minute";q=3;w=60'
    assert 1 <= int(answers[3]["Retry-After"]) <= 120
    assert answers[3]["Content-Type"] == "application/problem+json"
    ApiKey.objects.get(pk=new.key.pk).use.delete()
    assert client.get(URL).status_code == 200


def test_the_last_use_is_noted_once_a_minute_and_leaves_no_history(give: GiveKey) -> None:
    new = give()
    client = caller(new.secret)
    assert new.key.last_used_at is None
    client.get(URL)
    first = ApiKey.objects.get(pk=new.key.pk).last_used_at
    client.get(URL)
    assert first is not None and ApiKey.objects.get(pk=new.key.pk).last_used_at in (first, timezone.now())
    assert not HISTORY.objects.filter(pgh_obj_id=new.key.pk).exists()


def test_changes_leave_history_and_ledger_entries(give: GiveKey, security: User) -> None:
    key = give().key
    apikeys.change_key(key, by=security, permissions=["law.view"], rate_per_minute=60)
    apikeys.rotate_key(key, by=security)
    apikeys.revoke_key(key, by=security, reason="试用结束")
    actions = LedgerEntry.objects.filter(chain=f"bureau.user:{key.account_id}").order_by("seq")
    assert [entry.action for entry in actions] == [
        "apikey.created",
        "apikey.changed",
        "apikey.rotated",
        "apikey.revoked",
    ]
    before = HISTORY.objects.filter(pgh_obj_id=key.pk).order_by("pgh_id").first()
    assert before.permissions == ["registry.view"] and before.rate_per_minute == 600


def test_a_request_with_a_key_takes_no_query_for_browsers(
    give: GiveKey, django_assert_max_num_queries: Any
) -> None:
    client = caller(give().secret)
    client.get("/api/v1/registry/classes")
    with django_assert_max_num_queries(1):  # the count; classes are kept in memory
        answer = client.get("/api/v1/registry/classes")
    assert answer.status_code == 200 and not answer.cookies


def test_the_service_account_is_no_person(give: GiveKey, district: District) -> None:
    key = give().key
    account = User.objects.get(pk=key.account_id)
    assert not account.is_active and not account.has_usable_password()
    assert account not in User.objects.visible_to(factories.make_user("system_admin"))
    assert not account.may("registry.view")
    assert isinstance(ServiceAccount.objects.get(pk=account.pk), User)


def test_nothing_administrative_and_no_unmasking_for_keys(give: GiveKey) -> None:
    administrative = {
        code for role in roles().values() if role.administers for code in role.permissions
    } - frozenset().union(*(role.permissions for role in roles().values() if not role.administers))
    assert administrative and not key_permissions() & (administrative | NEVER_FOR_KEYS)
    for code in [*administrative, *NEVER_FOR_KEYS]:
        assert code in permissions()
        with pytest.raises(Refused, match="接口密钥不能"):
            give(permissions=["registry.view", code])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "名称"),
        ({"owner": ""}, "负责"),
        ({"permissions": []}, "至少选择一项权限"),
        ({"permissions": ["no.such"]}, "no.such"),
        ({"rate_per_minute": 0}, "每分钟"),
        ({"rate_per_minute": 10**9}, "每分钟"),
        ({"days": 0}, "有效期"),
        ({"days": 10**6}, "有效期"),
    ],
)
def test_refusals(changes: dict[str, Any], sentence: str, give: GiveKey) -> None:
    with pytest.raises(Refused, match=sentence):
        give(**changes)


def test_a_name_is_free_again_once_its_key_is_revoked(give: GiveKey, security: User) -> None:
    key = give().key
    with pytest.raises(Refused, match="同名"):
        give()
    apikeys.revoke_key(key, by=security, reason="更换")
    assert give().key.pk != key.pk


def test_only_the_security_administrator_of_the_district_gives_keys(
    give: GiveKey, district: District
) -> None:
    key = give().key
    strangers = [factories.make_user("system_admin"), factories.make_user("bureau_leader")]
    other = factories.make_other_district()
    strangers.append(factories.make_user("security_admin", factories.unit(other)))
    for person in strangers:
        with pytest.raises(Refused):
            apikeys.revoke_key(key, by=person, reason="试试")
        assert key not in ApiKey.objects.visible_to(person)


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_over_callers_at_the_same_time() -> None:
    key = a_committed_key(rate_per_minute=50)
    with connection.cursor() as cursor:  # so that the minute does not end in the middle
        cursor.execute(
            "INSERT INTO bureau_apikeyuse VALUES (%s, date_trunc('minute', now()) + interval '1 minute', 0)",
            [key.pk],
        )

    def call(_number: int) -> int:
        try:
            return sum(not keys.count(key).refused for _ in range(20))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(call, range(4))) == 50
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'bureau_apikeyuse'")
        assert cursor.fetchone() == ("u",)


def a_committed_key(**changes: Any) -> ApiKey:
    district = factories.make_district()
    wanted: dict[str, Any] = {
        "name": "市平台",
        "owner": "王工",
        "unit": factories.unit(district),
        "permissions": ["registry.view"],
        "days": 1,
        **changes,
    }
    return apikeys.create_key(by=factories.make_user("security_admin"), **wanted).key
