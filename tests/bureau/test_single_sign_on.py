"""Single sign-on joins existing accounts and makes none."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from chengshu.bureau.models import Unit, User
from chengshu.kernel.models import LedgerEntry
from tests import factories

pytestmark = pytest.mark.django_db
SERVER = "https://sso.example.gov"
LOGIN = "/accounts/oidc/sso/login/"


class Answer:
    """What the provider's server sends back."""

    status_code = 200
    headers = {"content-type": "application/json"}

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.text = ""

    def json(self) -> dict[str, Any]:
        return self.data

    def raise_for_status(self) -> None:
        """Fine."""


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A provider whose claims the test sets."""
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": "政务微信",
                    "client_id": "chengshu",
                    "secret": "secret",
                    "settings": {"server_url": SERVER},
                }
            ]
        }
    }
    claims: dict[str, Any] = {"sub": "42"}
    places = {
        f"{SERVER}/.well-known/openid-configuration": {
            "issuer": SERVER,
            "authorization_endpoint": f"{SERVER}/authorize",
            "token_endpoint": f"{SERVER}/token",
            "userinfo_endpoint": f"{SERVER}/userinfo",
            "jwks_uri": f"{SERVER}/keys",
        },
        f"{SERVER}/token": {"access_token": "token", "token_type": "Bearer"},
        f"{SERVER}/userinfo": claims,
    }

    def answer(_session: Any, method: str, url: str, **_rest: Any) -> Answer:
        return Answer(places[url])

    monkeypatch.setattr("requests.sessions.Session.request", answer)
    return claims


def walk(client: Client) -> Any:
    """To the provider and back."""
    away = client.post(LOGIN)
    assert away.status_code == 302 and away["Location"].startswith(f"{SERVER}/authorize")
    state = away["Location"].split("state=")[1].split("&")[0]
    return client.get("/accounts/oidc/sso/login/callback/", {"code": "code", "state": state})


@pytest.fixture
def officer(squad: Unit) -> User:
    return factories.make_user("officer", squad, username="lu.qiming", email="lu@example.gov")


def test_without_configuration_there_is_no_door(client: Client, district: Any) -> None:
    assert client.post(LOGIN).status_code == 404
    assert "oidc" not in client.get("/accounts/login/").content.decode()


def test_the_sign_in_page_offers_it(client: Client, provider: dict[str, Any], district: Any) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "通过政务微信登录" in page and LOGIN in page


@pytest.mark.parametrize(
    "claims",
    [
        {"preferred_username": "Lu.Qiming"},
        {"preferred_username": "somebody", "email": "LU@example.gov", "email_verified": True},
    ],
)
def test_it_joins_the_account_of_the_same_name_or_verified_address(
    client: Client, provider: dict[str, Any], officer: User, claims: dict[str, Any]
) -> None:
    provider.update(claims)
    before = User.objects.count()
    assert walk(client)["Location"] == "/"
    assert client.get("/me/").status_code == 200
    assert SocialAccount.objects.get().user == officer
    assert User.objects.count() == before
    assert LedgerEntry.objects.filter(chain=f"bureau.user:{officer.pk}", action="sso.joined").exists()
    client.logout()
    provider.pop("preferred_username")
    assert walk(client)["Location"] == "/"
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"preferred_username": "stranger"},
        {"preferred_username": "stranger", "email": "lu@example.gov"},
        {"email": "lu@example.gov", "email_verified": False},
        {},
    ],
)
def test_it_makes_no_account_and_trusts_no_unverified_address(
    client: Client, provider: dict[str, Any], officer: User, claims: dict[str, Any]
) -> None:
    provider.update(claims)
    before = User.objects.count()
    answer = walk(client)
    assert answer.status_code == 403 and "没有可用账号" in answer.content.decode()
    assert client.get("/me/").status_code == 302
    assert User.objects.count() == before and not SocialAccount.objects.exists()


def test_an_address_that_two_people_share_joins_nobody(
    client: Client, provider: dict[str, Any], officer: User, squad: Unit
) -> None:
    factories.make_user("officer", squad, email="lu@example.gov")
    provider.update(email="lu@example.gov", email_verified=True)
    assert walk(client).status_code == 403


def test_a_closed_account_stays_closed(client: Client, provider: dict[str, Any], officer: User) -> None:
    provider.update(preferred_username="lu.qiming")
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert walk(client).status_code == 403
    User.objects.filter(pk=officer.pk).update(is_active=True)
    walk(client)
    client.logout()
    User.objects.filter(pk=officer.pk).update(is_active=False)
    walk(client)
    assert client.get("/me/").status_code == 302
