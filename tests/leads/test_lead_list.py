"""The list of leads: filters in the address, lights, sorts, saved filters, export, three queries."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from chengshu.kernel.models import LedgerEntry
from chengshu.leads import services
from chengshu.leads.clocks import light
from chengshu.leads.models import Lead, LeadAlarm, LeadClass, SavedLeadFilter
from chengshu.leads.queries.lists import LIGHTS, LeadFilter, with_light
from chengshu.leads.services.alarms import sweep
from chengshu.leads.statistics import days
from chengshu.leads.views.lists import asked_for
from chengshu.registry.queries import reference
from tests import factories
from tests.leads.conftest import SIGN, Loop
from tests.leads.pages import browser

pytestmark = pytest.mark.django_db
URL = "/leads/"


@pytest.fixture
def some(loop: Loop) -> dict[str, Lead]:
    """Leads that differ in everything one filters by."""
    reference.forget()
    shop = factories.make_object(loop.district, name="绿洲水果店")
    made = {
        "found": loop.lead(source="public", description="商铺门口乱堆物 13812345678"),
        "sent": loop.lead(route=True, object_id=shop.pk),
        "far": loop.lead(route=True, lead_class=SIGN, position=factories.IN_TAOPU, address="祁连山路12号"),
        "late": loop.lead(route=True, handle_by=timezone.now() - timedelta(hours=5), severity=3),
        "done": loop.lead(source="hotline", source_ref="SH123456", description="夜间噪声扰民"),
    }
    services.accept(made["sent"], by=loop.officer)
    services.dismiss(made["done"], "unfounded", by=None, note="查无")
    return made


def found(client: Client, some: dict[str, Lead], **query: Any) -> list[str]:
    """Names of the leads that the list shows, in its order."""
    answer = client.get(URL, query)
    assert answer.status_code == 200
    by_url = {reverse("leads:lead", args=[lead.pk]): name for name, lead in some.items()}
    return [by_url[row["url"]] for row in answer.context["rows"]]


def test_every_filter_narrows_the_list(loop: Loop, some: dict[str, Lead]) -> None:
    client = browser(loop.dispatcher)
    kind = {one.code: one for one in LeadClass.objects.all()}
    taopu = some["far"].town_id
    today = timezone.localdate()
    assert found(client, some) == ["done", "late", "far", "sent", "found"]
    assert found(client, some, stage="open") == ["late", "far", "sent", "found"]
    assert found(client, some, stage="accepted") == ["sent"]
    assert found(client, some, outcome="unfounded") == ["done"]
    assert found(client, some, source="hotline") == ["done"]
    assert found(client, some, kind=kind[SIGN].pk) == ["far"]
    assert found(client, some, major=kind[SIGN].major_zh) == ["far"]
    assert found(client, some, squad=loop.other_squad.pk) == ["far"]
    assert found(client, some, officer=loop.officer.pk) == ["sent"]
    assert found(client, some, town=taopu) == ["far"]
    assert found(client, some, severity=3) == ["late"]
    assert found(client, some, light="red") == ["late"]
    assert found(client, some, reported_from=today, reported_to=today) == found(client, some)
    assert found(client, some, reported_to=today - timedelta(days=1)) == []
    assert found(client, some, object=some["sent"].object_id) == ["sent"]
    assert found(client, some, near=some["sent"].object_id) == ["done", "late", "sent", "found"]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("堆物", ["found"]),
        ("祁连山路", ["far"]),
        ("绿洲", ["sent"]),
        ("SH123456", ["done"]),
        ("祁连山路 堆物", []),
        ("堆", []),
    ],
)
def test_words_are_looked_for_in_text_place_object_and_number(
    loop: Loop, some: dict[str, Lead], q: str, names: list[str]
) -> None:
    assert found(browser(loop.dispatcher), some, q=q) == names


def test_a_lead_is_found_by_its_own_number(loop: Loop, some: dict[str, Lead]) -> None:
    assert found(browser(loop.dispatcher), some, q=some["far"].number) == ["far"]


@pytest.mark.parametrize(
    "query",
    ["stage=zzz", "kind=x", "kind=999999999999999999999", "page=x", "page=99999", "near=0", "major=%00",
     "squad=x", "reported_from=2020-99-99", "object=-1", "q=%00"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_still_opens(loop: Loop, query: str) -> None:
    loop.lead()
    assert browser(loop.dispatcher).get(f"{URL}?{query}").status_code == 200


def test_by_deadline_the_most_urgent_open_lead_comes_first(loop: Loop, some: dict[str, Lead]) -> None:
    assert found(browser(loop.dispatcher), some, sort="due")[0] == "late"


def test_a_squad_sees_its_own_leads_only(loop: Loop, some: dict[str, Lead]) -> None:
    names = found(browser(loop.officer), some)
    assert "far" not in names and {"sent", "late"} <= set(names)
    assert found(browser(factories.make_user("officer", loop.other_squad)), some) == ["far"]


ONE_FILTER = (
    "", "page=99999", "sort=due", "q=堆物", "q=堆物&page=99", "stage=open", "stage=closed",
    "stage=to_dispatch", "outcome=unfounded", "source=hotline", "kind={kind}", "major={major}",
    "squad={squad}", "officer={officer}", "town={town}", "severity=3", "light=red", "light=green",
    "reported_from={day}", "reported_to={day}", "object={object}", "near={object}", "alarm=on",
    "counted=overdue", "counted=to_handled",
)  # fmt: skip
COMBINED = (
    "stage=open&sort=due&kind={kind}", "major={major}&kind={kind}", "major={major}&source=patrol&page=99999",
    "stage=closed&outcome=unfounded&source=hotline&reported_from={day}", "major={major}&near={object}&q=路",
    "source=patrol&squad={squad}&severity=1&counted=open&counted=found", "major=没有这一类&squad={squad}",
    "near={object}&light=red&stage=open&alarm=on&page=7",
)  # fmt: skip


@pytest.mark.parametrize("packed", [True, False])
def test_no_list_takes_more_than_three_queries(
    loop: Loop, some: dict[str, Lead], django_assert_max_num_queries: DjangoAssertNumQueries, packed: bool
) -> None:
    """Session with person, the days where they know the filter or the object near by, the list."""
    client = browser(loop.dispatcher)
    client.get(URL)  # towns, squads and classes are read into memory
    values = {
        "kind": some["far"].lead_class_id,
        "major": some["far"].lead_class.major_zh,
        "squad": loop.other_squad.pk,
        "officer": loop.officer.pk,
        "town": some["far"].town_id,
        "day": timezone.localdate().isoformat(),
        "object": some["sent"].object_id,
    }
    for query in (*ONE_FILTER, *COMBINED):
        if packed:  # days come in their packed form, not yet known to this process
            days.forget()
            days.rebuild()
        with django_assert_max_num_queries(3, info=query):
            assert client.get(f"{URL}?{query.format(**values)}").status_code == 200


def test_the_plain_list_takes_two_queries(
    loop: Loop, some: dict[str, Lead], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(loop.dispatcher)
    client.get(URL)
    for query in ("", "?page=99999", "?stage=open&sort=due"):
        with django_assert_num_queries(2):  # session with person, the list with what its filters offer
            client.get(URL + query)


def test_a_page_past_the_end_of_packed_days_is_the_last_one(loop: Loop, some: dict[str, Lead]) -> None:
    client = browser(loop.dispatcher)
    days.rebuild()
    assert found(client, some, source="patrol", page=99999) == found(client, some, source="patrol")
    assert found(client, some, source="patrol", severity=2, page=3) == []


def test_numbers_of_people_are_masked_and_markup_is_shown_as_text(loop: Loop, some: dict[str, Lead]) -> None:
    loop.lead(description="<script>alert(1)</script>", address="<b>路</b>")
    html = browser(loop.dispatcher).get(URL).content.decode()
    assert "13812345678" not in html and "138****5678" in html
    assert "<script>alert(1)" not in html and "&lt;script&gt;" in html and "<b>路" not in html


def test_leads_with_a_standing_alarm(loop: Loop, some: dict[str, Lead]) -> None:
    sweep()
    assert LeadAlarm.objects.filter(cleared_at=None).exists()
    assert found(browser(loop.dispatcher), some, alarm="on") == ["late"]


def test_filters_are_kept_under_a_name_and_forgotten(loop: Loop) -> None:
    client = browser(loop.officer)
    client.post(reverse("leads:filter_save"), {"name": "超时", "query": "light=red&page=3"})
    saved = SavedLeadFilter.objects.get(user=loop.officer)
    assert (saved.name, saved.query) == ("超时", "light=red")
    assert client.get(URL, {"light": "red"}).context["saved"][0]["current"]
    assert browser(loop.leader).post(reverse("leads:filter_delete", args=[saved.pk])).status_code == 404
    client.post(reverse("leads:filter_delete", args=[saved.pk]))
    assert not SavedLeadFilter.objects.exists()


def test_the_list_is_taken_away_as_a_workbook_without_numbers_of_people(
    loop: Loop, some: dict[str, Lead]
) -> None:
    answer = browser(loop.dispatcher).post(reverse("leads:export"), {"query": "stage=open"})
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 5 and rows[0][0] == "线索编号"
    assert not any("13812345678" in str(cell) for row in rows for cell in row)
    entry = LedgerEntry.objects.get(action="leads.exported")
    assert entry.payload["rows"] == 4
    assert browser(loop.officer).post(reverse("leads:export")).status_code == 403


@given(st.dictionaries(st.sampled_from(["q", "stage", "page", "light"]), st.text(max_size=5)))
def test_filters_in_an_address_come_in_one_order_without_the_page(values: dict[str, str]) -> None:
    forward, backward = QueryDict(mutable=True), QueryDict(mutable=True)
    for key in values:
        forward[key] = values[key]
    for key in reversed(values):
        backward[key] = values[key]
    assert asked_for(forward) == asked_for(backward)
    assert "page=" not in asked_for(forward)


moments = st.one_of(st.none(), st.integers(-3, 3))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(due=moments, amber=moments, handled=moments, held=moments)
def test_the_filter_by_light_shows_what_the_light_shows(
    loop: Loop, due: int | None, amber: int | None, handled: int | None, held: int | None
) -> None:
    now = timezone.now()
    columns = {
        name: None if hours is None else now + timedelta(hours=hours)
        for name, hours in (
            ("handle_by", due),
            ("amber_at", amber),
            ("handled_at", handled),
            ("held_at", held),
        )
    }
    with transaction.atomic():
        lead = loop.lead()
        Lead.objects.filter(pk=lead.pk).update(version=lead.version + 1, **columns)
        shown = [one for one in LIGHTS if Lead.objects.filter(with_light(one, now), pk=lead.pk).exists()]
        assert shown == [light(now, **columns)]
        transaction.set_rollback(True)


def test_a_filter_without_anything_asks_for_all() -> None:
    assert not LeadFilter().condition(timezone.now())
