"""Session and person come in one statement, and are proved as if they had been read one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import RoleAssignment, Session, Unit, User
from chengshu.bureau.session_store import SessionStore
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"
PAGE = "/notices/unread"


@pytest.fixture
def person(db: None) -> User:
    factories.make_district()
    return factories.make_user("dispatcher")


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def seen_as(client: Client) -> Any:
    """Who a page takes the browser for; None for nobody."""
    answer = client.get("/leads/")
    return answer.context["user"] if answer.status_code == 200 else None


def test_one_statement_reads_session_and_person(
    person: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(person)
    client.get(PAGE)  # notes when the session was used first
    with django_assert_num_queries(2):  # session with person, the number of unread notices
        assert client.get(PAGE).status_code == 200


def test_a_session_of_before_the_column_costs_one_more_and_still_opens(
    person: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(person)
    client.get(PAGE)
    Session.objects.update(user=None)
    with django_assert_num_queries(3):
        assert client.get(PAGE).status_code == 200


def test_the_signed_content_decides_who_it_is_and_not_the_column(person: User) -> None:
    client = signed_in(person)
    Session.objects.update(user=factories.make_user("dispatcher", username="somebody-else"))
    assert seen_as(client) == person


def test_roles_and_unit_come_along(person: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    session = SessionStore(signed_in(person).session.session_key)
    session.load()
    read = session.take_person()
    assert read == person
    with django_assert_num_queries(0):
        assert read.may("leads.dispatch") and read.unit.district.code
    assert session.take_person() is None, "who was read once may be out of date later"


def test_a_role_taken_away_or_given_counts_with_the_next_page(person: User) -> None:
    client = signed_in(person)
    assert seen_as(client) == person
    RoleAssignment.objects.filter(user=person).update(revoked_at=timezone.now())
    assert client.get("/leads/").status_code == 403
    bureau = Unit.objects.get(district=person.unit.district, kind=Unit.Kind.BUREAU)
    RoleAssignment.objects.create(
        user=person, role="dispatcher", unit=bureau, granted_at=timezone.now(), granted_by=person
    )
    assert seen_as(client) == person


def test_a_closed_account_is_nobody_with_the_next_page(person: User) -> None:
    client = signed_in(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert seen_as(client) is None


def test_another_password_ends_the_session(person: User) -> None:
    client = signed_in(person)
    person.set_password("Ein-ganz-anderes-9!")
    person.save()
    assert seen_as(client) is None


def test_signing_out_leaves_no_person_with_the_session(person: User) -> None:
    client = signed_in(person)
    assert Session.objects.get().user == person
    client.logout()
    assert not Session.objects.filter(user=person).exists()


def test_two_people_at_one_browser_are_told_apart(person: User) -> None:
    client = signed_in(person)
    other = factories.make_user("dispatcher", username="second")
    client.force_login(other, backend=BACKEND)
    assert seen_as(client) == other
    assert client.session[SESSION_KEY] == str(other.pk)


def test_an_invented_or_expired_session_is_nobody(person: User) -> None:
    client = signed_in(person)
    Session.objects.update(expire_date=timezone.now())
    assert seen_as(client) is None
    client.cookies["chengshu_session"] = "no-such-session-key"
    assert seen_as(client) is None
