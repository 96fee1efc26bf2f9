"""Who may listen: as a page would decide, at the time of asking."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from chengshu.bureau.live import Admission, Refusal, admit, authenticate
from chengshu.bureau.models import District, RoleAssignment, Unit, User
from chengshu.bureau.session_store import SessionStore
from chengshu.kernel.events import emit, register_topic, sequencer
from chengshu.kernel.events.topics import forget_topic
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _topic() -> Iterator[None]:
    register_topic("thing", permission="registry.view")
    register_topic("secret", permission="audit.view")
    yield
    forget_topic("thing")
    forget_topic("secret")


def squad() -> Unit:
    """A squad of the shipped district."""
    return factories.unit(District.objects.get(code="310107"), Unit.Kind.SQUAD, "长寿路街道")


def signed_in(user: User, **values: Any) -> dict[str, str]:
    """Request headers of the person's session."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "chengshu.bureau.backends.BureauBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    for name, value in values.items():
        session[name] = value
    session.save()
    return {"cookie": f"other=1; {settings.SESSION_COOKIE_NAME}={session.session_key}"}


def test_a_session_proves_a_person() -> None:
    user = factories.make_user("bureau_leader")
    assert authenticate(signed_in(user)) == user


@pytest.mark.parametrize("cookie", ["", "chengshu_session=", "chengshu_session=nobodys", "=;;,\x00"])
def test_other_cookies_prove_nobody(cookie: str) -> None:
    assert authenticate({"cookie": cookie}) is None
    assert admit({"cookie": cookie}, "") == Refusal(401, "sign in first")


def test_an_idle_or_over_long_session_is_over_and_listening_does_not_prolong_it() -> None:
    user, now = factories.make_user("bureau_leader"), int(time.time())
    assert authenticate(signed_in(user, seen_at=now - settings.SESSION_IDLE_SECONDS - 5)) is None
    assert authenticate(signed_in(user, signed_in_at=now - settings.SESSION_COOKIE_AGE - 5)) is None
    headers = signed_in(user, seen_at=now - 100, signed_in_at=now - 100)
    assert authenticate(headers) == user
    assert SessionStore(headers["cookie"].rpartition("=")[2])["seen_at"] == now - 100


def test_a_new_password_or_a_lock_ends_it() -> None:
    user = factories.make_user("bureau_leader")
    headers = signed_in(user)
    user.set_password("Another-Horse-8!")
    user.save()
    assert authenticate(headers) is None
    headers = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert authenticate(headers) is None


def test_an_account_that_is_not_settled_hears_nothing() -> None:
    user = factories.make_user("bureau_leader", must_change_password=True)
    assert admit(signed_in(user), "") == Refusal(403, "settle your account first: password or second factor")


def test_a_role_taken_away_changes_what_is_heard() -> None:
    user = factories.make_user("bureau_leader")
    headers = signed_in(user)
    before = admit(headers, "topics=thing")
    assert isinstance(before, Admission) and before.audience
    RoleAssignment.objects.filter(user=user).update(revoked_at=timezone.now())
    assert admit(headers, "topics=thing") == Refusal(403, "missing permission for: thing")
    rest = admit(headers, "")
    assert isinstance(rest, Admission) and not rest.audience


def test_topics_and_positions_are_checked() -> None:
    headers = signed_in(factories.make_user("bureau_leader"))
    assert admit(headers, "topics=thing,secret") == Refusal(403, "missing permission for: secret")
    nothing = admit(headers, "topics=nothing")
    assert isinstance(nothing, Refusal) and nothing.status == 422 and "unknown topic" in nothing.detail
    for wrong in ("-1", "x", "1.5", "٣", "9" * 19, "9" * 400):
        refused = admit(headers, f"after={wrong}")
        assert isinstance(refused, Refusal) and refused.status == 422, wrong
    back = admit(headers | {"last-event-id": "12"}, "after=5")
    assert isinstance(back, Admission) and back.after == 12


def test_where_no_event_loop_is_the_route_gives_what_there_is() -> None:
    """A squad's officer hears the squad's own events; the last id moves on all the same."""
    officer, chief = factories.make_user("officer", squad()), factories.make_user("bureau_leader")
    district = officer.unit.district_id
    with transaction.atomic():
        emit("thing", district_id=district, squad_id=officer.unit_id, subject="thing:own")
        emit("thing", district_id=district, squad_id=officer.unit_id + 1, subject="thing:other")
    with connection.cursor() as cursor:
        cursor.execute(sequencer.GIVE, [10])
        cursor.execute("SELECT min(position), max(position) FROM kernel_event")
        first, last = cursor.fetchone()
    heard = {}
    for user in (officer, chief):
        client = Client()
        client.force_login(user, "chengshu.bureau.backends.BureauBackend")
        assert b"event: hello" in client.get("/api/v1/events").content
        assert b"event: reset" in client.get("/api/v1/events?after=999999").content
        answer = client.get(f"/api/v1/events?topics=thing&after={first - 1}")
        assert answer["Content-Type"].startswith("text/event-stream")
        assert f"id: {last}\n:\n".encode() in answer.content
        heard[user] = [name for name in (b"thing:own", b"thing:other") if name in answer.content]
    assert heard == {officer: [b"thing:own"], chief: [b"thing:own", b"thing:other"]}
