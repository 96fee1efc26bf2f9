"""The check of officers' certificates: a number in, valid or not out; nothing to browse, nothing to guess."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.bureau.models import Certificate, District, Unit, User
from chengshu.portal.models import AddressUse
from chengshu.portal.services import limits
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/public/certificates/"


@pytest.fixture
def officer(db: None) -> User:
    """An officer of a squad with a certificate valid through 2021."""
    squad = factories.unit(District.objects.get(code="310107"), Unit.Kind.SQUAD, "长寿路街道")
    person = factories.make_user("officer", squad, full_name="赵铁柱")
    Certificate.objects.create(
        user=person, number="沪A12345", valid_from=date(2021, 1, 1), valid_to=date(2021, 12, 31)
    )
    return person


@pytest.fixture(autouse=True)
def _in_2021(settings: Any) -> None:
    settings.PUBLIC_DAY = date(2021, 6, 1)


def test_the_form_stands_there_without_a_number(client: Client) -> None:
    page = client.get(PAGE).content.decode()
    assert "证件核验" in page and "<form" in page and 'role="alert"' not in page
    assert not AddressUse.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_valid_certificate_is_told_with_unit_and_dates_and_no_name(
    client: Client, officer: User, method: str
) -> None:
    page = getattr(client, method)(PAGE, {"number": " 沪A12345 "}).content.decode()
    for said in ("今日有效", "长寿路街道中队", "2021-01-01", "2021-12-31"):
        assert said in page, said
    assert "赵铁柱" not in page and officer.username not in page


def test_a_form_from_elsewhere_needs_no_token(officer: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert "今日有效" in strict.post(PAGE, {"number": "沪A12345"}).content.decode()


@pytest.mark.parametrize("case", ["expired", "to come", "left", "of another bureau"])
def test_every_number_that_is_not_valid_gets_the_same_answer(
    client: Client, officer: User, case: str
) -> None:
    held = Certificate.objects.get(number="沪A12345")
    if case == "left":
        officer.is_active = False
        officer.save()
    elif case == "of another bureau":
        User.objects.filter(pk=officer.pk).update(unit=factories.unit(factories.make_other_district()))
    else:
        span = (
            (date(2020, 1, 1), date(2021, 5, 31))
            if case == "expired"
            else (date(2021, 6, 2), date(2022, 1, 1))
        )
        Certificate.objects.filter(pk=held.pk).update(valid_from=span[0], valid_to=span[1])
    known = client.get(PAGE, {"number": "沪A12345"}).content.decode()
    unknown = client.get(PAGE, {"number": "沪B99999"}).content.decode()
    assert "今日无效" in known and "长寿路" not in known
    assert known.replace("A12345", "") == unknown.replace("B99999", "")


@pytest.mark.parametrize("number", ["", "   ", "9" * 41, "\0"])
def test_what_cannot_be_a_number_is_said_in_one_sentence(client: Client, officer: User, number: str) -> None:
    answer = client.get(PAGE, {"number": number})
    assert answer.status_code == 422
    assert "请按证件上印制的编号输入" in answer.content.decode()


def test_one_address_may_not_try_numbers_in_bulk(client: Client, officer: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "CERTIFICATES", limits.Limit("certificate", most=2, seconds=3600))
    statuses = [client.get(PAGE, {"number": f"沪A{n}"}).status_code for n in range(3)]
    assert statuses == [200, 200, 429]
    refused = client.get(PAGE, {"number": "沪A12345"})
    assert "查询次数过多" in refused.content.decode() and "今日有效" not in refused.content.decode()
    assert refused["Retry-After"] == "3600"
    other = client.get(PAGE, {"number": "沪A12345"}, REMOTE_ADDR="203.0.113.9")
    assert "今日有效" in other.content.decode()


def test_after_the_window_the_address_may_ask_again(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "CERTIFICATES", limits.Limit("certificate", most=1, seconds=60))
    assert [client.get(PAGE, {"number": "1"}).status_code for _ in range(2)] == [200, 429]
    AddressUse.objects.update(window_start=timezone.now() - timedelta(seconds=61))
    assert client.get(PAGE, {"number": "1"}).status_code == 200


def test_no_address_is_kept_and_counts_are_let_go(client: Client) -> None:
    client.get(PAGE, {"number": "1"}, REMOTE_ADDR="203.0.113.9")
    assert "203" not in AddressUse.objects.get().key[:3] and len(AddressUse.objects.get().key) == 64
    assert limits.forget() == 0
    AddressUse.objects.update(window_start=timezone.now() - timedelta(hours=2))
    assert limits.forget() == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_subscriber_is_one_address(address: str, network: str) -> None:
    assert limits.network_of(address) == network


def test_behind_tls_the_address_is_the_one_that_the_proxy_saw(rf: Any, settings: Any) -> None:
    request = rf.get(PAGE, headers={"X-Forwarded-For": "1.1.1.1, 203.0.113.9"})
    assert limits.address_of(request) == "127.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert limits.address_of(request) == "203.0.113.9"


def test_an_answer_is_not_kept_for_others(client: Client) -> None:
    assert client.get(PAGE, {"number": "1"})["Cache-Control"] == "private, no-cache"
