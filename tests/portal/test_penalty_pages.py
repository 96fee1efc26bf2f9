"""Penalty disclosure as the public reads it: list, search, filters, one entry, what is gone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.bureau.models import Town
from chengshu.cases.models import Case
from chengshu.portal.models import PublicPenalty
from chengshu.portal.services import penalties, state
from tests.portal.conftest import CREDIT_CODE, FIRM, Disclose, entry_of, firm, person, words

pytestmark = pytest.mark.django_db
LIST = "/public/penalties/"


def entry(case: Case) -> str:
    return f"{LIST}{entry_of(case).pk}/"


def test_the_list_and_the_entry_are_open_to_strangers_in_both_languages(
    client: Client, disclosed: Disclose
) -> None:
    case = disclosed({**firm(500), "id_number": CREDIT_CODE})
    page = words(client, LIST)
    assert FIRM in page and "跨门" in page and "罚款 500 元" in page and "7 个工作日" in page
    page = words(client, entry(case))
    for said in (
        FIRM,
        CREDIT_CODE,
        case.decision_number,
        "普陀区城市管理行政执法局",
        "公示截止日期",
        "长寿路街道",
    ):
        assert said in page, said
    page = words(client, entry(case), **{"Accept-Language": "en"})
    assert "On display until" in page and "fine of 500 yuan" in page and 'lang="en"' in page


def test_no_page_feed_or_table_names_a_person(client: Client, disclosed: Disclose) -> None:
    case = disclosed(person("王小明"))
    addresses = [
        LIST, entry(case), "/public/", "/public/data/penalties.csv", "/public/feeds/penalties.xml",
        "/public/feeds/penalties.json",
    ]  # fmt: skip
    for address in addresses:
        page = words(client, address)
        for secret in ("小明", "13812345678", "302室", "199003", "跨门经营，占道"):
            assert secret not in page, (address, secret)
    assert "王某某" in words(client, LIST)


@pytest.mark.parametrize("question", ["王小明", "小明", "310107199003074511", "13812345678"])
def test_a_person_cannot_be_found_by_what_is_masked(
    client: Client, disclosed: Disclose, question: str
) -> None:
    disclosed(person("王小明"))
    page = words(client, f"{LIST}?q={question}")
    assert "没有符合条件" in page and "王某某" not in page


@pytest.mark.parametrize("question", ["明珠", "明珠餐饮", "跨门", "szmz", CREDIT_CODE, "{number}"])
def test_unit_number_and_cause_are_found(client: Client, disclosed: Disclose, question: str) -> None:
    case = disclosed({**firm(name="苏州明珠餐饮有限公司"), "id_number": CREDIT_CODE})
    disclosed(person())
    page = words(client, f"{LIST}?q={question.format(number=case.decision_number)}")
    assert "苏州明珠餐饮有限公司" in page
    if question != "跨门":
        assert "王某某" not in page


def test_filters_stand_in_the_address(client: Client, disclosed: Disclose) -> None:
    town = Town.objects.get(name="长寿路街道")
    disclosed()
    disclosed(firm(name="上海旧年商贸有限公司"), act_on=date(2020, 9, 1))
    assert FIRM in words(client, f"{LIST}?year=2021&town={town.pk}&cause=appearance.beyond-shopfront")
    page = words(client, f"{LIST}?year=2020")
    assert "旧年" in page and FIRM not in page and "共 1 条" in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("year=2000", "“2000”不是“年份”的可选项"),
        ("town=x", "“x”不是“街镇”的可选项"),
        ("q=a", "查询内容至少输入 2 个字"),
        ("cause=%3Cscript%3E", "“&lt;script&gt;”不是“案由”的可选项"),
    ],
)
def test_a_filter_without_sense_is_named(
    client: Client, disclosed: Disclose, query: str, sentence: str
) -> None:
    disclosed()
    page = words(client, f"{LIST}?{query}")
    assert sentence in page and FIRM in page


@pytest.mark.parametrize("query", ["page=0", "page=99999", "page=x", "q=%00%00", "town=" + "9" * 90])
def test_odd_questions_get_an_answer(client: Client, disclosed: Disclose, query: str) -> None:
    disclosed()
    assert FIRM in words(client, f"{LIST}?{query}")


def test_names_are_escaped(client: Client, disclosed: Disclose) -> None:
    case = disclosed(firm(name="<script>alert(1)</script>"))
    for address in (LIST, entry(case), "/public/feeds/penalties.xml"):
        assert "<script>alert" not in words(client, address)


def test_a_withdrawn_entry_is_gone_with_a_reason_everywhere(client: Client, disclosed: Disclose) -> None:
    case = disclosed()
    address = entry(case)
    assert FIRM in words(client, LIST)
    Case.objects.filter(pk=case.pk).update(disclosed_on=None)
    penalties.refresh([case.pk])
    page = words(client, address, 410)
    assert "撤回" in page and FIRM not in page
    for elsewhere in (
        LIST,
        f"{LIST}?q=明珠",
        "/public/data/penalties.csv",
        "/public/feeds/penalties.xml",
        "/public/feeds/penalties.json",
    ):
        assert FIRM not in words(client, elsewhere), elsewhere


def test_after_its_period_an_entry_is_gone(client: Client, disclosed: Disclose, settings: Any) -> None:
    case = disclosed()
    last = entry_of(case).shown_until
    assert last is not None
    settings.PUBLIC_DAY = last
    assert FIRM in words(client, LIST)
    assert FIRM in words(client, entry(case))
    settings.PUBLIC_DAY = date.fromordinal(last.toordinal() + 1)
    assert "公示期已于" in words(client, entry(case), 410)
    page = words(client, LIST)
    assert "目前没有公示中的处罚信息" in page and FIRM not in page


def test_what_never_was_public_is_not_there(client: Client, disclosed: Disclose) -> None:
    spared = {"type": "no_penalty", "reason": "minor_corrected", "would_be": 100, "education": "当场教育"}
    case = disclosed({**firm(), "outcome": spared})
    assert client.get(entry(case)).status_code == 404
    for number in (10**6, 10**30):
        assert client.get(f"{LIST}{number}/").status_code == 404


def test_few_questions_and_none_rendered_twice(
    client: Client, disclosed: Disclose, django_assert_max_num_queries: Any
) -> None:
    case = disclosed()
    address = entry(case)
    words(client, LIST)
    state.touch(case.district_id)
    with django_assert_max_num_queries(4):  # the choices of the filters are counted anew
        words(client, LIST)
    for other in (f"{LIST}?q=明珠", f"{LIST}?year=2021", address):
        with django_assert_max_num_queries(3):
            words(client, other)
    for again in (LIST, address):
        with django_assert_max_num_queries(1):
            words(client, again)


def test_browsers_may_keep_a_page_and_ask_whether_it_is_still_right(
    client: Client, disclosed: Disclose
) -> None:
    case = disclosed()
    answer = client.get(LIST)
    assert answer["Cache-Control"] == "public, max-age=60"
    assert {"Cookie", "Accept-Language"} <= {part.strip() for part in answer["Vary"].split(",")}
    tag = answer["ETag"]
    again = client.get(LIST, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert client.get(LIST, headers={"If-None-Match": tag, "Accept-Language": "en"}).status_code == 200
    assert client.get(f"{LIST}?unknown=1", headers={"If-None-Match": tag}).status_code == 304
    state.touch(case.district_id)
    assert client.get(LIST, headers={"If-None-Match": tag}).status_code == 200


def test_what_strangers_put_into_an_address_reaches_nobody_else(client: Client, disclosed: Disclose) -> None:
    for number in range(21):
        disclosed(firm(name=f"上海第{number}商贸有限公司"))
    assert "evil" not in words(client, f"{LIST}?page=1&evil=evil")
    assert "evil" not in words(client, LIST)
    assert "?page=2" in words(client, LIST)
    assert "1 / 2" in words(client, LIST) and "2 / 2" in words(client, f"{LIST}?page=2")


def test_nothing_can_be_sent(client: Client, disclosed: Disclose) -> None:
    assert client.post(LIST).status_code == 405


def test_the_rows_of_another_district_are_not_shown(client: Client, disclosed: Disclose) -> None:
    from tests import factories

    case = disclosed()
    PublicPenalty.objects.filter(case=case).update(
        district=factories.make_other_district(), made_at=timezone.now()
    )
    state.touch(case.district_id)
    assert FIRM not in words(client, LIST)
    assert client.get(entry(case)).status_code == 404
