"""Signing in with WeCom: a fake server next door that answers, fails and lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from chengshu.bureau.models import Unit, User
from chengshu.kernel.outbox import wecom
from tests import factories
from tests.receiver import Receiver, Reply, receiver

pytestmark = pytest.mark.django_db
LOGIN, BACK = "/accounts/wecom/login/", "/accounts/wecom/login/callback/"
TOKEN = Reply.of({"errcode": 0, "errmsg": "ok", "access_token": "token-1", "expires_in": 7200})


def somebody(account: str, name: str = "userid") -> Reply:
    """WeCom's answer about whoever came."""
    return Reply.of({"errcode": 0, "errmsg": "ok", name: account})


@pytest.fixture
def there(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """The house's WeCom server, set up and switched on."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    wecom.forget_tokens()
    with receiver() as made:
        settings.WECOM = {"base": made.url, "corp_id": "ww1", "agent_id": 1000002, "secret": "s3cret"}
        settings.WECOM_SIGN_IN = {**settings.WECOM_SIGN_IN, "on": True, "name": "政务微信"}
        yield made
    wecom.forget_tokens()


@pytest.fixture
def officer(squad: Unit) -> User:
    """An account whose name is that of WeCom."""
    return factories.make_user("officer", squad, username="lu.qiming")


def leave(client: Client, agent: str = "Mozilla/5.0", **query: str) -> tuple[str, dict[str, str]]:
    """To WeCom: where to, and what is asked."""
    away = client.get(LOGIN, query, headers={"User-Agent": agent})
    assert away.status_code == 302
    parts = urlsplit(away["Location"])
    return parts.netloc, {name: values[0] for name, values in parse_qs(parts.query).items()}


def walk(client: Client, code: str = "code", **query: str) -> Any:
    """There and back."""
    _host, asked = leave(client, **query)
    return client.get(BACK, {"code": code, "state": asked["state"]})


def test_without_the_setting_there_is_no_door(client: Client, district: Any) -> None:
    assert client.get(LOGIN).status_code == 404 and client.get(BACK).status_code == 404
    assert "wecom" not in client.get("/accounts/login/").content.decode()


def test_the_sign_in_page_offers_it(client: Client, there: Receiver, district: Any) -> None:
    page = client.get("/accounts/login/?next=/field/").content.decode()
    assert "通过政务微信登录" in page and f"{LOGIN}?next=%2Ffield%2F" in page


def test_elsewhere_a_code_is_scanned_and_inside_the_app_nothing(client: Client, there: Receiver) -> None:
    host, asked = leave(client)
    assert host == "login.work.weixin.qq.com" and asked["agentid"] == "1000002" and asked["appid"] == "ww1"
    assert asked["redirect_uri"].endswith(BACK) and len(asked["state"]) >= 32
    host, asked = leave(client, "Mozilla/5.0 wxwork/4.1 MicroMessenger/7.0.1")
    assert host == "open.weixin.qq.com" and asked["scope"] == "snsapi_base"


@pytest.mark.parametrize("name", ["userid", "UserId"])
def test_who_comes_back_is_signed_in(client: Client, there: Receiver, officer: User, name: str) -> None:
    there.then(TOKEN, somebody("Lu.Qiming", name))
    assert walk(client, next="/field/")["Location"] == "/field/"
    assert client.get("/me/").status_code == 200
    assert [urlsplit(one.path).path for one in there.requests] == [
        "/cgi-bin/gettoken",
        "/cgi-bin/auth/getuserinfo",
    ]
    assert "code=code" in there.requests[1].path


def test_an_old_token_is_fetched_anew(client: Client, there: Receiver, officer: User) -> None:
    there.then(TOKEN, Reply.of({"errcode": 42001, "errmsg": "expired"}), TOKEN, somebody("lu.qiming"))
    assert walk(client).status_code == 302 and client.get("/me/").status_code == 200


@pytest.mark.parametrize("account", ["stranger", "", "lu.qiming2"])
def test_nobody_gets_an_account_by_it(client: Client, there: Receiver, officer: User, account: str) -> None:
    before = User.objects.count()
    there.then(TOKEN, somebody(account))
    assert walk(client).status_code == 403
    assert User.objects.count() == before and client.get("/me/").status_code == 302


def test_a_closed_account_stays_closed(client: Client, there: Receiver, officer: User) -> None:
    officer.is_active = False
    officer.save(update_fields=["is_active"])
    there.then(TOKEN, somebody("lu.qiming"))
    assert walk(client).status_code == 403


def test_a_service_account_never_signs_in(client: Client, there: Receiver, officer: User) -> None:
    officer.is_service = True
    officer.save(update_fields=["is_service"])
    there.then(TOKEN, somebody("lu.qiming"))
    assert walk(client).status_code == 403


@pytest.mark.parametrize(
    "answer",
    [
        Reply.of({"errcode": 40029, "errmsg": "invalid code"}),
        Reply(status=500),
        Reply(body=b"<html>"),
        Reply.of([1]),
    ],
)
def test_a_server_that_fails_signs_nobody_in(
    client: Client, there: Receiver, officer: User, answer: Reply
) -> None:
    there.then(TOKEN, answer)
    assert walk(client).status_code == 401 and client.get("/me/").status_code == 302


def test_the_word_must_come_back_and_only_once(client: Client, there: Receiver, officer: User) -> None:
    there.otherwise = somebody("lu.qiming")
    assert client.get(BACK, {"code": "code", "state": ""}).status_code == 401
    _host, asked = leave(client)
    assert client.get(BACK, {"code": "code", "state": "other"}).status_code == 401
    assert client.get(BACK, {"code": "code", "state": asked["state"]}).status_code == 401  # used up
    assert there.requests == []


def test_it_leads_to_no_other_house(client: Client, there: Receiver, officer: User) -> None:
    there.then(TOKEN, somebody("lu.qiming"))
    assert walk(client, next="https://evil.example/")["Location"] == "/"
