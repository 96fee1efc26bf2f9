"""Displays that nobody sits at: they stay signed in, look, and change nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from chengshu.bureau import sessions
from chengshu.bureau.live import Admission, admit, authenticate
from chengshu.bureau.models import District, RoleAssignment, User
from chengshu.bureau.roles import NEVER_FOR_KEYS, roles
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def screen(db: None) -> User:
    factories.make_district()
    return factories.make_user("screen")


@pytest.fixture
def wall(screen: User) -> Iterator[Client]:
    """The display's browser, left alone for longer than the idle time."""
    client = Client()
    client.force_login(screen, "chengshu.bureau.backends.BureauBackend")
    client.get("/leads/")
    left_alone(client)
    return client


def left_alone(client: Client) -> None:
    session = client.session
    session[sessions.SEEN] = int(time.time()) - settings.SESSION_IDLE_SECONDS - 60
    session.save()


def headers(client: Client) -> dict[str, str]:
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"}


def test_a_display_left_alone_goes_on_and_hears(wall: Client, screen: User) -> None:
    assert authenticate(headers(wall)) == screen
    admission = admit(headers(wall), "topics=lead,alarm,shift")
    assert isinstance(admission, Admission) and admission.audience
    assert wall.get("/leads/").status_code == 200


def test_the_longest_time_of_a_session_holds_for_displays_too(wall: Client) -> None:
    session = wall.session
    session[sessions.SIGNED_IN] = int(time.time()) - settings.SESSION_COOKIE_AGE - 5
    session.save()
    assert authenticate(headers(wall)) is None
    assert wall.get("/leads/").status_code == 302


def test_whoever_holds_another_role_beside_it_is_a_person(wall: Client, screen: User) -> None:
    RoleAssignment.objects.create(user=screen, role="officer", unit=screen.unit, granted_at=timezone.now())
    assert authenticate(headers(wall)) is None
    assert wall.get("/leads/").status_code == 302


def test_whoever_lost_all_roles_is_no_display(wall: Client, screen: User) -> None:
    RoleAssignment.objects.filter(user=screen).update(revoked_at=timezone.now())
    assert authenticate(headers(wall)) is None


def test_nobody_changes_anything_at_a_display(wall: Client) -> None:
    assert wall.post("/notices/read").status_code == 403
    answer = wall.post("/api/v1/cases/blocks", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (403, "无人值守的显示屏不能进行任何操作。")


def test_a_display_begins_with_the_page_it_may_open(screen: User) -> None:
    client = Client()
    answer = client.post("/accounts/login/", {"login": screen.username, "password": factories.PASSWORD})
    assert client.get(answer["Location"]).status_code == 200
    assert client.get("/").status_code == 403
    out = client.post("/accounts/logout/")
    assert out.status_code == 302 and client.get("/leads/").status_code == 302


def test_displays_see_no_personal_data() -> None:
    for role in roles().values():
        if role.unattended:
            assert not role.permissions & NEVER_FOR_KEYS
            assert {name.partition(".")[2] for name in role.permissions} == {"view"}


def test_the_districts_of_a_display_are_its_own(wall: Client, screen: User) -> None:
    heard: Any = admit(headers(wall), "topics=lead")
    (hearing,) = heard.audience.hearings
    assert hearing.districts == {District.objects.get(code="310107").pk}


def test_the_bell_that_asks_by_itself_keeps_no_session_alive() -> None:
    factories.make_district()
    client = Client()
    client.force_login(factories.make_user("officer"), "chengshu.bureau.backends.BureauBackend")
    client.get("/me/")
    session = client.session
    session[sessions.SEEN] = seen = int(time.time()) - 600
    session.save()
    assert client.get("/notices/unread").status_code == 200
    assert client.session[sessions.SEEN] == seen
    left_alone(client)
    assert client.get("/notices/unread").status_code == 302
