"""Published dishonesty entries as the public reads them: list, entry, table, feeds, and what is gone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.inspections.credit.services import entries, objections
from chengshu.inspections.credit.services.entries import EntryDraft
from chengshu.inspections.models import DishonestyEntry
from chengshu.portal.models import PublicState
from chengshu.portal.services import state
from tests import factories
from tests.inspections.credit.conftest import USCC, Credit, credit, on_a_day_of_2021
from tests.inspections.credit.test_entries import proposed, published
from tests.portal.conftest import words

__all__ = ["credit", "on_a_day_of_2021"]
pytestmark = pytest.mark.django_db
LIST, TABLE = "/public/dishonesty/", "/public/data/dishonesty.csv"
FEEDS = ("/public/feeds/dishonesty.xml", "/public/feeds/dishonesty.json")
EVERYWHERE = (LIST, TABLE, *FEEDS)
FIRM, PERSON_ID = "上海示例餐饮有限公司", "11010519491231002X"


def page_of(entry: DishonestyEntry) -> str:
    return f"{LIST}{entry.pk}/"


def of_a_person(credit: Credit) -> DishonestyEntry:
    """An entry of an individual whose facts and statement name much."""
    draft = EntryDraft(
        "false_material", "王小明（13812345678）提供虚假材料", ["more_inspections"],
        party_kind="person", party_name="王小明", id_number=PERSON_ID,
    )  # fmt: skip
    made = entries.propose(credit.district, draft, by=credit.legal)
    entries.notify(made, timezone.localdate(), by=credit.legal)
    entries.state(made, "家住花溪路100弄", timezone.localdate(), by=credit.legal)
    entries.decide(made, by=credit.chief, enter=True, reason="王小明承认")
    return entries.publish(made, by=credit.chief)


def test_a_published_entry_is_shown_with_ground_provision_term_and_authority(
    client: Client, credit: Credit
) -> None:
    entry = published(credit)
    page = words(client, LIST)
    assert FIRM in page and "一般失信" in page and "共 1 条" in page
    page = words(client, page_of(entry))
    for said in (
        FIRM, USCC, entry.number, "普通程序行政处罚", "第九条第二款第四项", "普陀区",
        "认定机关", str(entry.shown_from), str(entry.shown_until),
    ):  # fmt: skip
        assert said in page, said
    assert entry.facts not in page
    page = words(client, page_of(entry), **{"Accept-Language": "en"})
    assert "Deciding authority" in page and "Term until" in page and "Ordinary dishonesty" in page


def test_an_entry_is_shown_from_its_publication_only(client: Client, credit: Credit) -> None:
    entry = proposed(credit)
    for _step in (
        lambda: None,
        lambda: entries.notify(entry, timezone.localdate(), by=credit.legal),
        lambda: entries.state(entry, "无意见", timezone.localdate(), by=credit.legal),
        lambda: entries.decide(entry, by=credit.chief, enter=True, reason="事实清楚"),
    ):
        _step()
        assert "目前没有公布中的失信认定" in words(client, LIST)
        assert client.get(page_of(entry)).status_code == 404
    entries.publish(entry, by=credit.chief)
    assert FIRM in words(client, LIST)


def test_of_a_person_nothing_is_public_but_the_surname(client: Client, credit: Credit) -> None:
    entry = of_a_person(credit)
    for address in (*EVERYWHERE, page_of(entry), "/public/"):
        page = words(client, address)
        for secret in ("小明", "13812345678", "花溪", PERSON_ID, "19491231"):
            assert secret not in page, (address, secret)
    assert "王某某" in words(client, LIST)


@pytest.mark.parametrize("question", ["王小明", "小明", PERSON_ID])
def test_a_person_cannot_be_found_by_what_is_masked(client: Client, credit: Credit, question: str) -> None:
    of_a_person(credit)
    assert "没有符合条件的失信认定" in words(client, f"{LIST}?q={question}")


@pytest.mark.parametrize("question", ["q=示例餐饮", f"q={USCC}", "q=SX2021", "level=ordinary"])
def test_units_and_numbers_are_found(client: Client, credit: Credit, question: str) -> None:
    published(credit)
    assert FIRM in words(client, f"{LIST}?{question}")
    assert FIRM not in words(client, f"{LIST}?level=serious")


@pytest.mark.parametrize(
    ("query", "sentence"), [("q=a", "至少输入 2 个字"), ("level=worst", "“worst”不在可选范围内")]
)
def test_a_filter_without_sense_is_named(client: Client, credit: Credit, query: str, sentence: str) -> None:
    published(credit)
    page = words(client, f"{LIST}?{query}")
    assert sentence in page and FIRM in page


@pytest.mark.parametrize("query", ["page=0", "page=99999", "page=x", "q=%00%00"])
def test_odd_questions_get_an_answer(client: Client, credit: Credit, query: str) -> None:
    published(credit)
    assert FIRM in words(client, f"{LIST}?{query}")


def repaired(credit: Credit, entry: DishonestyEntry) -> None:
    entries.repaired(entry, by=credit.chief, repair=1)


def objection_upheld(credit: Credit, entry: DishonestyEntry) -> None:
    made = objections.file(entry, "已履行", timezone.localdate(), by=credit.legal)
    objections.answer(made, upheld=True, text="王小明确已履行", by=credit.deputy)


@pytest.mark.parametrize(("leave", "why"), [(repaired, "信用修复"), (objection_upheld, "撤销")])
def test_an_entry_repaired_or_revoked_leaves_at_once_from_everywhere_and_says_why(
    client: Client, credit: Credit, leave: Callable[[Credit, DishonestyEntry], None], why: str
) -> None:
    entry = published(credit)
    for address in EVERYWHERE:
        assert FIRM in words(client, address)
    leave(credit, entry)
    for address in EVERYWHERE:
        assert FIRM not in words(client, address), address
    page = words(client, page_of(entry), 410)
    assert why in page and FIRM not in page and "小明" not in page
    assert "全部公布中的失信认定" in page


def test_an_entry_ends_with_its_term_whether_or_not_the_nightly_work_was_done(
    client: Client, credit: Credit, settings: Any
) -> None:
    entry = published(credit)
    last: date = entry.shown_until  # type: ignore[assignment]
    settings.PUBLIC_DAY = last
    assert FIRM in words(client, LIST)
    settings.PUBLIC_DAY = last + timedelta(days=1)
    for _night in (lambda: None, lambda: entries.end_by_term(last + timedelta(days=1))):
        _night()
        assert FIRM not in words(client, LIST)
        assert f"已于{last}届满" in words(client, page_of(entry), 410)


def test_the_table_holds_what_the_pages_show_and_every_column_is_in_the_dictionary(
    client: Client, credit: Credit
) -> None:
    entry = published(credit)
    of_a_person(credit)
    first, second = csv.DictReader(io.StringIO(words(client, TABLE)))
    assert (first["party_name"], first["credit_code"], first["level"]) == (FIRM, USCC, "ordinary")
    assert (first["shown_until"], first["address"]) == (str(entry.shown_until), page_of(entry))
    assert "社会信用条例" in first["provision"] and first["authority"].startswith("上海市普陀区")
    assert (second["party_kind"], second["party_name"], second["credit_code"]) == ("person", "王某某", "")
    page = words(client, "/public/data/dishonesty/")
    for name in first:
        assert f"<code>{name}</code>" in page


def test_the_list_takes_two_questions_the_entry_two_and_the_table_two(
    client: Client, credit: Credit, django_assert_max_num_queries: Any
) -> None:
    entry = published(credit)
    of_a_person(credit)
    for address in (LIST, f"{LIST}?q=示例", page_of(entry), TABLE):
        with django_assert_max_num_queries(2):
            words(client, address)
    with django_assert_max_num_queries(1):
        words(client, LIST)


def test_pages_kept_are_made_anew_with_every_publication(credit: Credit) -> None:
    published(credit)
    before = PublicState.objects.get().number
    entries.repaired(published(credit), by=credit.chief, repair=1)
    assert PublicState.objects.get().number == before + 2


def test_the_entries_of_another_district_are_not_shown(client: Client, credit: Credit) -> None:
    entry = published(credit)
    DishonestyEntry.objects.filter(pk=entry.pk).update(district=factories.make_other_district())
    state.touch(credit.district.pk)
    assert FIRM not in words(client, LIST)
    assert client.get(page_of(entry)).status_code == 404
