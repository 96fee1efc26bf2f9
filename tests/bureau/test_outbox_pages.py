"""Undeliverable messages: shown with the reason, sent again, given up for a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chengshu.bureau.models import User
from chengshu.kernel import outbox
from chengshu.kernel.models import LedgerEntry, OutgoingMessage

pytestmark = pytest.mark.django_db
State = OutgoingMessage.State


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    client.get("/notices/unread")  # the first request of a session writes when it was seen
    return client


def dead(key: str, user: User, **fields: Any) -> OutgoingMessage:
    outbox.enqueue(
        "mail", "zhang@example.cn", {"subject": key}, key=key, title=key, district_id=user.unit.district_id
    )
    outbox.drain()
    OutgoingMessage.objects.filter(key=key).update(**fields)
    return OutgoingMessage.objects.get(key=key)


def test_the_list_says_why_and_to_whom_but_no_address(
    system: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(8):
        dead(f"线索{n}", system)
    client = as_(system)
    with django_assert_max_num_queries(3):
        page = client.get("/outbox/").content.decode()
    assert page.count("未配置邮件服务器。") == 8
    assert "z***@example.cn" in page
    assert "zhang@" not in page


def test_one_is_sent_again_with_all_its_attempts(system: User) -> None:
    message = dead("one", system)
    as_(system).post(f"/outbox/{message.pk}/retry")
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.QUEUED, 0)


def test_all_of_a_filter_are_sent_again_and_no_others(system: User) -> None:
    dead("线索一", system)
    dead("线索二", system)
    dead("案件一", system)
    dead("线索三", system, state=State.SENT)
    as_(system).post("/outbox/retry", {"query": "q=线索"})
    assert set(OutgoingMessage.objects.filter(state=State.QUEUED).values_list("key", flat=True)) == {
        "线索一",
        "线索二",
    }
    entry = LedgerEntry.objects.get(chain="kernel.outbox")
    assert (entry.actor, entry.payload) == (system.username, {"messages": 2})


def test_giving_up_takes_a_reason_and_is_recorded(system: User) -> None:
    message = dead("one", system)
    client = as_(system)
    client.post(f"/outbox/{message.pk}/give-up", {"reason": ""})
    message.refresh_from_db()
    assert message.state == State.DEAD
    client.post(f"/outbox/{message.pk}/give-up", {"reason": "已电话告知"})
    message.refresh_from_db()
    assert (message.state, message.settled_reason, message.settled_by) == (
        State.GIVEN_UP,
        "已电话告知",
        system,
    )
    assert "已不在无法送达之列" in client.post(f"/outbox/{message.pk}/retry", follow=True).content.decode()
    assert "已电话告知" in client.get("/outbox/?state=given_up").content.decode()


def test_messages_of_another_district_are_not_there(system: User, elsewhere: User) -> None:
    message = dead("theirs", elsewhere)
    client = as_(system)
    assert "theirs" not in client.get("/outbox/").content.decode()
    assert client.post(f"/outbox/{message.pk}/retry").status_code == 404
    assert client.post(f"/outbox/{message.pk}/give-up", {"reason": "无需"}).status_code == 404
    client.post("/outbox/retry", {"query": ""})
    message.refresh_from_db()
    assert message.state == State.DEAD


@pytest.mark.parametrize("query", ["state=nonsense", "since=x", "channel=pigeon", "page=99", "q=%00"])
def test_odd_filters_do_no_harm(query: str, system: User) -> None:
    dead("one", system)
    assert as_(system).get(f"/outbox/?{query}").status_code == 200
