"""The pages of the law: what applies, since when, where it stands, and how sure that is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from chengshu.law import applicable, forms, texts, views
from chengshu.law.load import load
from chengshu.law.models import StatuteText
from chengshu.law.statutes import parse_statute
from chengshu.law.templatetags import law as tags
from chengshu.law.texts import store
from tests import factories
from tests.law import books
from tests.law.test_texts import NEW, TEXT

pytestmark = pytest.mark.django_db
LAW = "administrative-penalty-law"


@pytest.fixture(autouse=True)
def _small_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(books.write(books.book(), tmp_path))
    for module in (applicable, forms, texts, views, tags):
        monkeypatch.setattr(module, "catalogue", lambda: loaded)


@pytest.fixture
def client() -> Client:
    factories.make_district()
    browser = Client()
    browser.force_login(factories.make_user("officer"), backend="chengshu.bureau.backends.BureauBackend")
    return browser


@pytest.fixture
def text() -> StatuteText:
    store(parse_statute(TEXT, NEW, "abc"))
    return StatuteText.objects.get()


def seen(response: Any) -> str:
    """The page's own words, without the frame."""
    assert response.status_code == 200
    main = response.content.decode().split("<main")[1].split("</main>")[0]
    return re.sub(r"\s+", " ", main)


# --- causes ----------------------------------------------------------------------------------------
def test_the_list_shows_todays_fine_and_marks_what_is_not_verified(client: Client) -> None:
    page = seen(client.get("/law/"))
    assert "占道设摊" in page and "100元以上1000元以下" in page
    assert "未核实" in page
    assert "《上海市市容环境卫生管理条例》第六十条" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=设摊", {"占道设摊"}),
        ("q=dumping+spoil", {"擅自倾倒渣土"}),
        ("q=2", {"擅自倾倒渣土"}),
        ("field=appearance", {"占道设摊", "擅自倾倒渣土"}),
        ("confidence=verified", set()),
        ("q=停车", set()),
    ],
)
def test_causes_are_found_by_words_and_field(client: Client, query: str, found: set[str]) -> None:
    page = seen(client.get(f"/law/?{query}"))
    assert {name for name in ("占道设摊", "擅自倾倒渣土") if name in page} == found


def test_a_cause_has_all_its_rules_with_ranges_tiers_and_links(client: Client) -> None:
    page = seen(client.get("/law/causes/stall/"))
    assert page.index("2022-12-01") < page.index("2002-04-01"), "the newest first"
    for words in (
        "可以处 50元以上500元以下",
        "较轻 50元以上200元以下",
        "扣押物品",
        "已核对全文",
        "首次被发现",
    ):
        assert words in page
    assert "?on=2022-11-30" in page, "the old rule opens the article as it stood on its last day"


def test_a_cause_that_is_not_there_is_not_found(client: Client) -> None:
    for address in ("/law/causes/parking/", "/law/instruments/magna-carta/", "/law/articles/magna-carta/x/"):
        assert client.get(address).status_code == 404


def test_the_procedure_is_shown_through_time(client: Client) -> None:
    page = seen(client.get("/law/procedure/"))
    for words in (
        "简易程序",
        "3,000",
        "5 个工作日",
        "街道办事处",
        "两人执法",
        "可以不予处罚",
        "首次设摊",
    ):
        assert words in page


# --- instruments and articles ----------------------------------------------------------------------
def test_instruments_say_which_texts_are_at_hand(client: Client, text: StatuteText) -> None:
    page = seen(client.get("/law/instruments/"))
    assert page.count("已导入全文") == 1
    assert "地方性法规" in page


def test_an_instrument_shows_its_articles_as_of_a_day(client: Client, text: StatuteText) -> None:
    page = seen(client.get(f"/law/instruments/{LAW}/?on=2021-07-15"))
    assert "第一章 总 则" in page and "庚。" in page
    page = seen(client.get(f"/law/instruments/{LAW}/?on=2021-07-14"))
    assert "尚未导入" in page and "庚。" not in page


def test_a_citation_opens_the_article_and_marks_the_part(client: Client, text: StatuteText) -> None:
    page = seen(client.get(f"/law/articles/{LAW}/第一条第二款第（二）项/?on=2021-08-01"))
    assert "<mark>（二）丁。</mark>" in page and "甲。" in page
    assert "<mark>（一）丙" not in page


def test_what_is_missing_is_said_plainly(client: Client, text: StatuteText) -> None:
    ask = f"/law/articles/{LAW}/"
    assert "没有所引的款或者项" in seen(client.get(f"{ask}第一条第九款/?on=2021-08-01"))
    assert "没有这一条" in seen(client.get(f"{ask}第九条/?on=2021-08-01"))
    assert "没有这一条" in seen(client.get(f"{ask}附则/?on=2021-08-01"))
    assert "没有施行中的版本" in seen(client.get(f"{ask}第一条/?on=1990-01-01"))
    assert "尚未导入" in seen(client.get(f"{ask}第一条/?on=2000-01-01"))
    assert "不是日期" in seen(client.get(f"{ask}第一条/?on=yesterday"))


def test_the_pages_speak_english_too(client: Client) -> None:
    client.cookies["django_language"] = "en"
    assert "Street stall" in client.get("/law/", headers={"accept-language": "en"}).content.decode()


def test_a_page_takes_few_queries(
    client: Client, text: StatuteText, django_assert_max_num_queries: Any
) -> None:
    client.get("/law/")
    for address, most in (("/law/", 3), ("/law/causes/stall/", 3), (f"/law/articles/{LAW}/第一条/", 5)):
        with django_assert_max_num_queries(most):
            client.get(address)
