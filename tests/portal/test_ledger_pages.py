"""The public ledger: open to anybody, enough to check with, naming nobody."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from chengshu.kernel import ledger
from chengshu.kernel.ledger import hashing, merkle
from chengshu.kernel.models import DailyRoot
from chengshu.portal.views import ledger as views

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> DailyRoot:
    """A sealed day with seven records, and the day before it with one."""
    with time_machine.travel(datetime(2021, 1, 3, 4, tzinfo=UTC), tick=False) as clock:
        ledger.append("registry.object:0", "test.changed", {"name": "某某商店"}, actor="clerk")
        clock.move_to(datetime(2021, 1, 4, 4, tzinfo=UTC))
        for number in range(7):
            ledger.append(f"registry.object:{number}", "test.changed", {"name": "某某商店"}, actor="clerk")
        clock.move_to(datetime(2021, 1, 5, 4, tzinfo=UTC))
        ledger.seal_missed()
    return DailyRoot.objects.get(day=date(2021, 1, 4))


def test_the_pages_are_open_to_strangers_and_name_nobody(client: Client, root: DailyRoot) -> None:
    for page in (
        "",
        "ledger/",
        "ledger/roots.json",
        "ledger/2021-01-04.json",
        "ledger/2021-01-04/leaves.txt",
    ):
        address = f"/public/{page}"
        answer = client.get(address)
        assert answer.status_code == 200, address
        content = b"".join(answer) if answer.streaming else answer.content
        for secret in ("clerk", "某某商店", "registry.object"):
            assert secret.encode() not in content, (address, secret)


def test_the_list_shows_each_day_in_both_languages(client: Client, root: DailyRoot) -> None:
    page = client.get("/public/ledger/").content.decode()
    assert root.seal in page.replace("<wbr>", "")
    assert root.root in page.replace("<wbr>", "")
    assert "公开账本" in page
    assert "2021-01-03" in page
    with translation.override("en"):
        page = client.get("/public/ledger/", headers={"Accept-Language": "en"}).content.decode()
    assert "Public ledger" in page


def test_before_the_first_seal_the_page_says_so(client: Client) -> None:
    assert "尚无已封存的日期" in client.get("/public/ledger/").content.decode()
    assert client.get("/public/ledger/roots.json").json()["roots"] == []
    assert client.get("/public/").status_code == 200


def test_a_stranger_can_recompute_root_and_seal(client: Client, root: DailyRoot) -> None:
    published = client.get("/public/ledger/2021-01-04.json").json()
    lines = b"".join(client.get("/public/ledger/2021-01-04/leaves.txt")).decode().split()
    hash_ = hashing.hasher(published["algorithm"])
    assert len(lines) == published["chains"] == 7
    assert merkle.root_of(hash_, [bytes.fromhex(line) for line in lines]).hex() == published["root"]
    document = {key: published[key] for key in ("algorithm", "chains", "day", "previous", "root")}
    assert hash_(hashing.canonical(document)).hex() == published["seal"] == root.seal
    before = client.get("/public/ledger/2021-01-03.json").json()
    assert published["previous"] == before["seal"]
    assert published["timestamp"] is None
    roots = client.get("/public/ledger/roots.json").json()["roots"]
    assert [entry["seal"] for entry in roots] == [before["seal"], root.seal]
    assert ledger.verify_proof(ledger.proof("registry.object:3", root.day), roots[1]["seal"])


def test_a_time_stamp_is_given_out_as_it_came(client: Client, root: DailyRoot) -> None:
    assert client.get("/public/ledger/2021-01-04.tsr").status_code == 404
    DailyRoot.objects.filter(pk=root.pk).update(
        timestamp_token=b"token", timestamped_at=datetime(2021, 1, 5, tzinfo=UTC)
    )
    stamp = client.get("/public/ledger/2021-01-04.json").json()["timestamp"]
    assert base64.b64decode(stamp["response"]) == b"token"
    answer = client.get("/public/ledger/2021-01-04.tsr")
    assert (answer.content, answer["Content-Type"]) == (b"token", "application/timestamp-reply")


@pytest.mark.parametrize(
    "address",
    [
        "/public/ledger/2021-01-05.json",
        "/public/ledger/2021-02-30.json",
        "/public/ledger/x.json",
        "/public/ledger/2020-12-31/leaves.txt",
        "/public/ledger/2020-12-31.tsr",
    ],
)
def test_days_that_are_not_sealed_are_not_there(client: Client, root: DailyRoot, address: str) -> None:
    assert client.get(address).status_code == 404


def test_nothing_can_be_sent(client: Client, root: DailyRoot) -> None:
    assert client.post("/public/ledger/").status_code == 405


def test_long_lists_are_given_to_two_at_a_time(client: Client, root: DailyRoot) -> None:
    address = "/public/ledger/2021-01-04/leaves.txt"
    with views.LEAVES_AT_ONCE, views.LEAVES_AT_ONCE:
        refused = client.get(address)
    assert (refused.status_code, refused["Retry-After"]) == (503, "30")
    for _ in range(3):  # every answer gives its turn back
        given = client.get(address)
        assert len(b"".join(given).split()) == 7
    assert client.get(address, headers={"If-None-Match": given["ETag"]}).status_code == 304
