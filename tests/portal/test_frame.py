"""The portal's frame: whose it is, its navigation, its first page, its languages, its weight."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from chengshu.bureau.models import Unit
from chengshu.portal import navigation
from tests.portal.conftest import Disclose, entry_of, firm, words

pytestmark = pytest.mark.django_db
MOST_BYTES = 100_000
PAGES = [
    "/public/", "/public/penalties/", "/public/dishonesty/", "/public/certificates/",
    "/public/certificates/?number=1", "/public/reports/", "/public/data/", "/public/data/penalties/",
    "/public/data/dishonesty/", "/public/ledger/", "/public/papers/nobodys-token/",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_page_stands_in_the_frame_of_the_bureau(client: Client, on_the_day: Any, page: str) -> None:
    said = words(client, page)
    assert said.count("<h1>") == 1
    for part in ("普陀区城市管理行政执法局", '<a class="skip" href="#main">', '<main id="main"', "公示平台"):
        assert part in said, part
    assert "<script" not in said and "style=" not in said and "onclick" not in said
    english = words(client, page, **{"Accept-Language": "en"})
    assert 'lang="en"' in english and "Putuo Urban Management Enforcement Bureau" in english


@pytest.mark.parametrize("page", ["/public/nothing/", "/public/draws/999999/", "/public/results/999999/"])
def test_a_page_that_is_not_there_stands_in_the_frame_too(client: Client, on_the_day: Any, page: str) -> None:
    said = words(client, page, 404)
    for part in ("普陀区城市管理行政执法局", '<main id="main"', "公示平台", "没有公示内容"):
        assert part in said, part
    assert "<script" not in said and "sessionid" not in client.cookies
    assert "Page not found" in words(client, page, 404, **{"Accept-Language": "en"})


@pytest.mark.parametrize("page", PAGES)
def test_every_page_weighs_less_than_a_hundred_kilobytes_with_all_it_loads(
    client: Client, disclosed: Disclose, page: str
) -> None:
    for number in range(20):
        disclosed(firm(name=f"上海第{number}餐饮管理有限公司"))
    said = words(client, page)
    assets = {path.split("#")[0] for path in re.findall(r'(?:href|src)="/static/([^"]+)"', said)}
    files = [Path(str(finders.find(path))) for path in assets]
    assert len(files) >= 3
    assert len(said.encode()) + sum(file.stat().st_size for file in files) < MOST_BYTES


def test_the_policy_of_contents_allows_no_script_from_elsewhere(client: Client, on_the_day: Any) -> None:
    policy = client.get("/public/penalties/")["Content-Security-Policy"]
    assert "unsafe" not in policy and "script-src 'self'" in policy


def test_the_bureau_is_data(client: Client, on_the_day: Any) -> None:
    Unit.objects.filter(kind=Unit.Kind.BUREAU).update(name="某某区城管执法局")
    assert "某某区城管执法局" in words(client, "/public/")


def test_the_navigation_marks_where_one_is(client: Client, disclosed: Disclose) -> None:
    case = disclosed()
    for page in ("/public/penalties/", f"/public/penalties/{entry_of(case).pk}/"):
        assert '<a href="/public/penalties/" aria-current="page">' in words(client, page)
    assert words(client, "/public/").count("aria-current") == 1


def test_another_part_adds_its_entry_and_its_card(client: Client, on_the_day: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(navigation, "_entries", dict(navigation._entries))
    navigation.register(
        navigation.PublicEntry(
            "works", "Works", "portal:reports", 20, "All works.",
            lambda district, day: [navigation.Figure("On that day", day.year)], prefix="/public/works/",
        )
    )  # fmt: skip
    navigation.register(navigation.PublicEntry("absent", "Absent", "no:such", 30))
    page = words(client, "/public/")
    assert "All works." in page and "2,021" in page and "Absent" not in page
    assert page.index("Works") < page.index("处罚公示")


def test_the_first_page_counts_what_is_on_display(
    client: Client, disclosed: Disclose, django_assert_max_num_queries: Any
) -> None:
    disclosed()
    with django_assert_max_num_queries(7):  # the frame, and one for each card that counts
        page = words(client, "/public/")
    assert '<dt>公示中</dt><dd><span class="num">1</span></dd>' in page
    for label in ("处罚公示", "失信认定公布", "证件核验", "年度报告", "开放数据", "公开账本"):
        assert label in page


def test_the_language_is_kept_by_a_link_and_one_comes_back(client: Client, on_the_day: Any) -> None:
    assert 'href="/public/language/en/?next=/public/penalties/%3Fq%3Dab"' in words(
        client, "/public/penalties/?q=ab"
    )
    answer = client.get("/public/language/en/?next=/public/data/")
    assert (answer.status_code, answer["Location"]) == (302, "/public/data/")
    assert "Open data" in words(client, "/public/data/")
    client.get("/public/language/zh-hans/")
    assert "开放数据" in words(client, "/public/data/")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/accounts/login/", "", "/public\\@evil"]
)
def test_the_language_leads_nowhere_else(client: Client, on_the_day: Any, target: str) -> None:
    assert client.get("/public/language/en/", {"next": target})["Location"] == "/public/"
    assert client.get("/public/language/fr/").status_code == 404


def test_a_demonstration_says_that_it_is_one(client: Client, on_the_day: Any, settings: Any) -> None:
    assert "演示：本页面按 2021-06-01" in words(client, "/public/")
    settings.PUBLIC_DAY = None
    assert "演示" not in words(client, "/public/")


def test_no_report_is_said_honestly(client: Client, on_the_day: Any) -> None:
    assert "尚未发布年度报告" in words(client, "/public/reports/")
