"""Pages of possible duplicates: the queue, the comparison, both decisions."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chengshu.bureau.models import District, User
from chengshu.kernel.models import Job
from chengshu.registry.models import DuplicatePair, RegulatedObject
from chengshu.registry.queries.reference import reference
from chengshu.registry.services.doubles import find_doubles
from chengshu.registry.views.doubles import visible_pairs
from tests import factories
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db
NEAR = (121.4331, 31.2430)


@pytest.fixture
def district() -> District:
    return factories.make_district()


@pytest.fixture
def client(district: District) -> Client:
    client = Client()
    clerk: User = factories.make_user("registry_clerk")
    client.force_login(clerk, backend="chengshu.bureau.backends.BureauBackend")
    return client


@pytest.fixture
def pair(district: District) -> DuplicatePair:
    factories.make_object(district, name="鑫旺水果店", address="长寿路88号", responsible_phone="13800000000")
    factories.make_object(district, name="新旺水果", address="普陀区长寿路88号", position=NEAR)
    find_doubles(district)
    return DuplicatePair.objects.get()


def test_the_queue_takes_three_queries(
    client: Client, pair: DuplicatePair, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    address = reverse("registry:doubles")
    client.get(address)
    reference()
    with django_assert_max_num_queries(3):
        answer = client.get(address)
    assert [row["pair"] for row in answer.context["rows"]] == [pair]
    assert "名称读音相同" in answer.content.decode()


def test_filters_narrow_the_queue(client: Client, pair: DuplicatePair, district: District) -> None:
    address = reverse("registry:doubles")
    town = pair.first.town_id
    other = factories.object_class(district, "compound").pk

    def found(query: str) -> int:
        return len(client.get(f"{address}?{query}").context["rows"])

    assert found(f"class={pair.first.object_class_id}&town={town}&score=high") == 1
    assert found(f"class={other}") == 0
    assert found("score=low") == 0
    assert found("state=merged") == 0
    assert found("class=nonsense") == 1


def test_two_objects_stand_side_by_side_with_masks(client: Client, pair: DuplicatePair) -> None:
    page = client.get(reverse("registry:double", args=[pair.pk]))
    text = page.content.decode()
    assert "13800000000" not in text and "138****0000" in text
    differing = {row["name"] for row in page.context["rows"] if row["differs"]}
    assert differing == {"name", "address", "responsible_phone", "position"}
    pins = client.get(reverse("registry:double_pins", args=[pair.pk])).json()
    assert pins["points"]["class"] == ["first", "second"]


def test_merging_takes_the_chosen_values_and_goes_on(client: Client, pair: DuplicatePair) -> None:
    fields = {
        "survivor": "second",
        "field:name": "first",
        "field:address": "second",
        "field:responsible_phone": "first",
        "note": "同一家",
    }
    answer = client.post(reverse("registry:double_merge", args=[pair.pk]), fields, follow=True)
    assert "已合并到" in answer.content.decode()
    kept = RegulatedObject.objects.live().get()
    assert (kept.pk, kept.name, kept.responsible_phone) == (pair.second_id, "鑫旺水果店", "13800000000")
    again = client.post(reverse("registry:double_merge", args=[pair.pk]), fields, follow=True)
    assert "已被合并" in again.content.decode()


def test_different_for_good_leaves_both(client: Client, pair: DuplicatePair) -> None:
    answer = client.post(reverse("registry:double_different", args=[pair.pk]), {"note": ""}, follow=True)
    assert "已确认不重复" in answer.content.decode()
    assert RegulatedObject.objects.live().count() == 2
    pair.refresh_from_db()
    assert pair.state == "different"
    settled = client.get(reverse("registry:double", args=[pair.pk]))
    assert 'data-key="m"' not in settled.content.decode()


def test_a_search_is_started_watched_and_told(client: Client, pair: DuplicatePair) -> None:
    client.post(reverse("registry:double_search"))
    job = Job.objects.get()
    progress = watched_by(client)
    assert "hx-get" in client.get(progress).content.decode()
    client.post(reverse("registry:double_search"))
    assert Job.objects.count() == 1  # one at a time
    run_jobs()
    job.refresh_from_db()
    assert job.result["pairs"] == 1
    assert client.get(progress).headers["HX-Refresh"] == "true"
    again = client.get(watched_by(client))
    assert "HX-Refresh" not in again.headers
    assert "上次查找：比对2个对象" in again.content.decode()


def watched_by(client: Client) -> str:
    """The address at which the page of doubles asks how far the search is."""
    page = client.get(reverse("registry:doubles")).content.decode()
    found = re.search(r'hx-get="([^"]+progress[^"]+)"', page)
    assert found
    return unescape(found[1])


def test_a_search_that_ends_while_the_page_arrives_is_not_missed(client: Client, pair: DuplicatePair) -> None:
    client.post(reverse("registry:double_search"))
    progress = watched_by(client)  # the page was made before the search found anything …
    run_jobs()  # … and the search is over before the browser first asks
    assert client.get(progress).headers["HX-Refresh"] == "true"


def test_progress_asked_for_without_a_page_loads_nothing_anew(client: Client, pair: DuplicatePair) -> None:
    client.post(reverse("registry:double_search"))
    run_jobs()
    assert "HX-Refresh" not in client.get(reverse("registry:double_progress")).headers


def test_officers_do_not_settle_doubles(pair: DuplicatePair) -> None:
    client = Client()
    officer = factories.make_user("officer")
    client.force_login(officer, backend="chengshu.bureau.backends.BureauBackend")
    assert client.get(reverse("registry:doubles")).status_code == 403
    assert client.post(reverse("registry:double_merge", args=[pair.pk])).status_code == 403


def test_a_pair_is_seen_only_by_those_who_may_settle_both(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = factories.make_object(district, name="鑫旺水果店")
    near = factories.make_object(district, name="新旺水果店")
    away = factories.make_object(district, name="鑫旺水果店", position=factories.IN_TAOPU)
    inside, across = (
        DuplicatePair.objects.create(district=district, first=here, second=other, score=0.9, reasons=[])
        for other in (near, away)
    )
    leader = factories.make_user("squad_leader", here.squad)
    reach = leader.scope_for("registry.edit")
    monkeypatch.setattr(User, "scope_for", lambda self, permission: reach)
    assert list(visible_pairs(leader)) == [inside]
    monkeypatch.undo()
    assert set(visible_pairs(factories.make_user("registry_clerk"))) == {inside, across}
