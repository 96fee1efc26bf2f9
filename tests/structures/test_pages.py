"""The pages of the ledger, from the list to the decision."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import User
from chengshu.kernel.models import UnmaskRecord
from chengshu.kernel.tables import read_table
from chengshu.leads.models import LeadClass
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.classes import load_classes
from chengshu.structures.models import Structure
from tests import factories

from .conftest import LAT, LNG, Ledger, picture, square


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def facts(**more: Any) -> dict[str, Any]:
    return {
        "address": "长寿路99号", "types": ["rooftop", "steel_shed"], "built": "new", "method": "stated",
        "lng": LNG, "lat": LAT, **more,
    }  # fmt: skip


def test_the_list_takes_two_queries(
    ledger: Ledger, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(4):
        ledger.entry(address=f"长寿路{n}号")
    client = signed_in(ledger.officer)
    client.get(reverse("structures:list"))
    with django_assert_num_queries(2):
        answer = client.get(reverse("structures:list"))
    assert "长寿路3号" in text(answer)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "甲"}, {"甲"}), ({"type": "steel_shed"}, {"乙"}), ({"built": "building"}, {"乙"}),
        ({"status": "pending"}, {"甲", "乙"}), ({"status": "written_off"}, {"丙"}),
        ({"key": "types"}, {"甲", "乙"}),
        ({"key": "task"}, {"甲"}), ({"status": "standing"}, {"甲", "乙"}), ({"overdue": "on"}, {"甲", "乙"}),
        ({"status": "to_write_off"}, set()), ({"waiting": "on"}, set()), ({"q": "无此"}, set()),
    ],
)  # fmt: skip
def test_each_filter_leaves_what_it_says(ledger: Ledger, query: dict, found: set[str]) -> None:
    ledger.entry(address="甲路1号", key_task=True)
    ledger.entry(address="乙路1号", types=["steel_shed"], built="building")
    ledger.written_off(address="丙路1号", types=["other"])
    page = text(signed_in(ledger.leader).get(reverse("structures:list"), query))
    assert {name for name in "甲乙丙" if f"{name}路1号" in page} == found


def test_an_officer_enters_one_and_sees_it(ledger: Ledger) -> None:
    client = signed_in(ledger.officer)
    page = text(client.get(reverse("structures:new")))
    assert "屋顶搭建" in page
    assert client.post(reverse("structures:new"), {"address": ""}).status_code == 422
    posted = facts(
        polygon=json.dumps(square()), area_m2="33.5", owner_name="王小明", owner_phone="13812345678"
    )
    answer = client.post(reverse("structures:new"), posted)
    made = Structure.objects.get()
    assert answer["Location"] == reverse("structures:entry", args=[made.pk])
    shown = text(client.get(answer["Location"]))
    assert "王*明" in shown and "王小明" not in shown and "13812345678" not in shown
    assert "33.50" in shown and "待处置" in shown and "到场调查" in shown
    assert client.post(reverse("structures:new"), facts(polygon="{")).status_code == 422
    assert client.post(reverse("structures:new"), facts(polygon='{"type":"Polygon"}')).status_code == 422


def test_a_lead_brings_its_place_along(ledger: Ledger) -> None:
    load_classes(ledger.district)
    lead = report(
        NewLead("patrol", "E0201", "屋顶搭建", address="长寿路7号", position=(LNG, LAT)),
        district=ledger.district, by=None, route=True,
    ).lead  # fmt: skip
    client, url = signed_in(ledger.leader), f"{reverse('structures:new')}?lead={lead.pk}"
    assert "长寿路7号" in text(client.get(url))
    assert url not in text(client.get(reverse("leads:lead", args=[lead.pk])))  # a stall is no structure
    LeadClass.objects.filter(pk=lead.lead_class_id).update(major_zh="违法建筑")
    assert url in text(client.get(reverse("leads:lead", args=[lead.pk])))
    client.post(url, facts(address="长寿路7号"))
    assert Structure.objects.get().lead == lead
    assert client.get(f"{reverse('structures:new')}?lead=999999").status_code == 404


def test_the_owner_is_seen_with_a_reason_only(ledger: Ledger) -> None:
    structure = ledger.entry(owner_name="王小明")
    client, url = signed_in(ledger.leader), reverse("structures:entry", args=[structure.pk])
    assert "王小明" not in text(client.post(url, {"reason": ""}))
    assert "王小明" in text(client.post(url, {"reason": "送达责令限期拆除决定"}))
    assert UnmaskRecord.objects.get().fields == ["owner_name"]
    assert signed_in(ledger.officer).post(url, {"reason": "看一看吧"}).status_code == 403


def test_from_survey_to_write_off_by_the_forms(ledger: Ledger) -> None:
    structure = ledger.entry()
    client, pk = signed_in(ledger.officer), structure.pk

    def act(code: str, **data: Any) -> int:
        return client.post(reverse("structures:act", args=[pk, code]), data).status_code

    def photo(moment: str) -> None:
        content = picture()
        content.name = f"{moment}.png"
        data = {"moment": moment, "photos": content, "lng": LNG, "lat": LAT}
        client.post(reverse("structures:photos_add", args=[pk]), data)

    assert act("survey", area_m2="0", method="tape") == 422
    assert act("survey", area_m2="20", method="tape") == 302
    assert act("find", result="illegal", number="认1") == 302
    photo("before")
    assert client.post(reverse("structures:step", args=[pk, "order"]), {"number": "1"}).status_code == 422
    assert client.post(reverse("structures:step", args=[pk, "on_site"]), {}).status_code == 302
    assert act("propose", kind="write_off", reason="已拆") == 422
    assert act("demolish", way="forced") == 422
    assert act("demolish", way="voluntary") == 302
    photo("after")
    assert act("propose", kind="write_off", reason="已拆除清场") == 302
    waiting = structure.proposals.get()
    leader = signed_in(ledger.leader)
    assert "已拆除清场" in text(leader.get(reverse("structures:entry", args=[pk])))
    leader.post(reverse("structures:decide", args=[pk, waiting.pk]), {"approve": "1"})
    done = ledger.again(structure)
    assert done.written_off_at is not None
    page = text(client.get(reverse("structures:entry", args=[pk])))
    assert "已销项" in page and "自行拆除" in page
    shot = structure.photos.first()
    assert client.get(reverse("structures:photo", args=[pk, shot.pk])).status_code == 200


@pytest.mark.parametrize("code", ["survey", "find", "note", "demolish", "propose", "change", "case"])
def test_every_form_opens(ledger: Ledger, code: str) -> None:
    url = reverse("structures:act", args=[ledger.entry().pk, code])
    assert signed_in(ledger.officer).get(url).status_code == 200
    assert signed_in(ledger.clerk).get(url.replace(code, "nothing")).status_code == 404


def test_another_squad_sees_nothing_of_it(ledger: Ledger) -> None:
    structure = ledger.entry()
    other = factories.make_user("officer", factories.unit(ledger.district, "squad", "桃浦镇"))
    client = signed_in(other)
    assert client.get(reverse("structures:entry", args=[structure.pk])).status_code == 404
    assert structure.number not in text(client.get(reverse("structures:list")))


def test_a_case_that_does_not_exist_is_said_so(ledger: Ledger) -> None:
    url = reverse("structures:act", args=[ledger.entry().pk, "case"])
    answer = signed_in(ledger.officer).post(url, {"number": "没有"})
    assert answer.status_code == 422 and "没有该案号" in text(answer)


def test_the_export_has_every_entry_and_no_names(ledger: Ledger) -> None:
    ledger.entry(owner_name="王小明")
    client = signed_in(ledger.leader)
    for kind in ("xlsx", "csv"):
        answer = client.post(reverse("structures:export"), {"query": "", "format": kind})
        content = io.BytesIO(b"".join(answer.streaming_content))
        table = read_table(content, filename=f"a.{kind}")
        assert table.frame.height == 1
        assert table.frame["搭建人（当事人）"][0] == "王*明"
    assert signed_in(ledger.officer).post(reverse("structures:export")).status_code == 403


def test_every_figure_opens_a_list_of_as_many(ledger: Ledger) -> None:
    import re

    ledger.written_off(address="甲路1号")
    ledger.disposed(ledger.entry(address="乙路1号", types=["other"]), "legalise", permit_number="1")
    ledger.disposed(
        ledger.found_illegal(ledger.entry(address="丙路1号")), "defer",
        review_on=timezone.localdate() + timedelta(days=30),
    )  # fmt: skip
    ledger.entry(address="丁路1号")
    client = signed_in(ledger.chief)
    page = text(client.get(reverse("structures:figures")))
    links = re.findall(
        r'href="(/structures/\?[^"]+)"[^>]*>(?:<span[^>]*>[^<]*</span>)?(?:<strong>|<span class="num">)(\d+)',
        page,
    )
    assert len(links) >= 12
    for url, number in links:
        listed = text(client.get(url.replace("&amp;", "&")))
        assert listed.count('class="primary-cell nowrap"') == int(number), url


def test_the_map_shows_what_is_in_the_box(ledger: Ledger) -> None:
    structure = ledger.entry()
    client = signed_in(ledger.officer)
    assert client.get(reverse("structures:map")).status_code == 200
    box = f"{LNG - 0.01},{LAT - 0.01},{LNG + 0.01},{LAT + 0.01}"
    answer = client.get(reverse("structures:map_data"), {"bbox": box, "zoom": "15"}).json()
    assert answer["points"]["id"] == [structure.pk] and answer["points"]["class"] == ["pending"]
    assert answer["points"]["status"] == ["rooftop"]
    assert client.get(reverse("structures:map_data"), {"bbox": "1,2"}).status_code == 400
    assert client.get(reverse("structures:plot_shapes")).json()["features"] == []


def test_the_clerk_puts_an_entry_on_the_years_task_list_and_takes_it_off(ledger: Ledger) -> None:
    structure = ledger.entry()
    page, do = (
        reverse("structures:entry", args=[structure.pk]),
        reverse("structures:key_task", args=[structure.pk]),
    )
    clerk = signed_in(ledger.clerk)
    assert "列入年度重点任务清单" in text(clerk.get(page))
    for on, badge in (("1", True), ("", False)):
        answer = clerk.post(do, {"on": on} if on else {}, follow=True)
        structure.refresh_from_db()
        assert structure.key_task is badge and ("移出年度重点任务清单" in text(answer)) is badge
    officer = signed_in(ledger.officer)
    assert do not in text(officer.get(page)) and officer.post(do, {"on": "1"}).status_code == 403


def test_the_map_tells_what_stands_from_what_is_gone(ledger: Ledger) -> None:
    standing, gone = ledger.entry(), ledger.written_off()
    client = signed_in(ledger.officer)
    box = f"{LNG - 0.01},{LAT - 0.01},{LNG + 0.01},{LAT + 0.01}"
    points = client.get(reverse("structures:map_data"), {"bbox": box, "zoom": "15"}).json()["points"]
    assert dict(zip(points["id"], points["class"], strict=True)) == {
        standing.pk: "pending", gone.pk: "written_off",
    }  # fmt: skip
    classes = client.get(reverse("structures:map")).context["map"]["classes"]
    colours = [one["color"] for one in classes]
    assert len(set(colours)) == len(colours)
    assert {one["code"]: one["hollow"] for one in classes} == {
        "pending": False, "to_write_off": False, "deferred": False, "written_off": True, "legalised": True,
        "false": True,
    }  # fmt: skip
