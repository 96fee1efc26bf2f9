"""The basis that a row of an old system states (处罚依据): does it exist, and is it that of the cause?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from chengshu.bureau.models import District
from chengshu.cases.models import Case
from chengshu.cases.procedure.review import review
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.law.catalogue import catalogue
from chengshu.law.reference import parse_named
from chengshu.law.statutes import parse_statute
from chengshu.law.texts import store
from tests.cases import planted
from tests.cases.test_import_cases import GENERAL, imported

APPEARANCE = "上海市市容环境卫生管理条例"


def against(basis: str) -> list[str]:
    """What is said against the stated basis of a decision of 2020 on goods heaped on the road."""
    steps = planted.changed(planted.general(), K.APPROVE_DECISION, basis=basis)
    with translation.override("zh-hans"):
        return [f.text for f in review(steps)[1] if f.rule == "basis"]


@pytest.fixture
def wording(db: None) -> None:
    """A made-up wording of the regulations of 2018 with articles 1 to 25, the last of three paragraphs."""
    version = next(v for v in _versions() if v.valid_from == date(2018, 12, 20))
    articles = [f"第{_chinese(n)}条 甲。" for n in range(1, 25)]
    text = "\n\n".join([f"# {APPEARANCE}", *articles, "第二十五条 甲。", "乙。", "丙。"])
    store(parse_statute(text, version.source.rpartition("/")[2], "0" * 64))


def _versions() -> Any:
    return next(entry for entry in catalogue().instruments if entry.title == APPEARANCE).versions


def _chinese(n: int) -> str:
    digits = "零一二三四五六七八九"
    tens = {0: "", 1: "十"}.get(n // 10, digits[n // 10] + "十")
    return tens + (digits[n % 10] if n % 10 else "")


@pytest.mark.parametrize(
    "basis", ["", f"《{APPEARANCE}》", f"违反《{APPEARANCE}》的规定", APPEARANCE, f"依据{APPEARANCE}处罚"]
)
def test_the_instrument_of_the_causes_provision_is_enough_where_no_article_is_named(basis: str) -> None:
    assert against(basis) == []


@pytest.mark.parametrize(
    "basis",
    [
        f"《{APPEARANCE}》第二十五条第三款",
        f"《{APPEARANCE}》第二十五条",
        f"《{APPEARANCE}》第25条第3款",
        f"{APPEARANCE}第二十五条第三款",
        f"《{APPEARANCE}》第一条、第二十五条第三款，《中华人民共和国行政处罚法》",
        f"《行政处罚法》、《{APPEARANCE}》第二十五条第三款",
    ],
)
def test_the_causes_own_provision_is_found_among_those_cited(wording: None, basis: str) -> None:
    assert against(basis) == []


@pytest.mark.parametrize(
    ("basis", "sentences"),
    [
        (f"《{APPEARANCE}》第二十四条", ["未载明该案由的罚则"]),
        (f"《{APPEARANCE}》第二十五条第一款", ["未载明该案由的罚则"]),
        (f"《{APPEARANCE}》第九十九条", ["没有该条款：第99条", "未载明该案由的罚则"]),
        (f"《{APPEARANCE}》第二十五条第四款、《{APPEARANCE}》第二十五条第三款", ["没有该条款：第25条 第4款"]),
        ("《上海市生活垃圾管理条例》", ["未载明该案由的罚则"]),
        (f"《某某管理办法》、《{APPEARANCE}》", ["没有《某某管理办法》"]),
        ("《某某管理办法》第三条", ["没有《某某管理办法》", "未载明该案由的罚则"]),
        ("《中华人民共和国噪声污染防治法》", ["尚未施行", "未载明该案由的罚则"]),
        ("有关规定", ["未载明可识别的法律规范"]),
    ],
)
def test_what_does_not_exist_or_is_another_provision_is_found(
    wording: None, basis: str, sentences: list[str]
) -> None:
    found = against(basis)
    assert len(found) == len(sentences), found
    assert all(sentence in text for sentence, text in zip(sentences, found, strict=True)), found


@pytest.mark.django_db
def test_an_article_of_a_wording_that_is_not_kept_is_not_judged() -> None:
    assert against(f"《{APPEARANCE}》第九十九条、《{APPEARANCE}》第二十五条第三款") == []


def test_a_decision_on_no_penalty_need_not_name_the_provision_of_the_penalty() -> None:
    steps = planted.changed(planted.exempt(), K.APPROVE_DECISION, basis="《中华人民共和国行政处罚法》")
    assert [f.text for f in review(steps)[1] if f.rule == "basis"] == []


def test_the_import_reports_it_and_takes_the_row_all_the_same(district: District, wording: None) -> None:
    good = {**GENERAL, "number": "a", "basis": f"《{APPEARANCE}》第二十五条第三款"}
    wrong = {**GENERAL, "number": "b", "basis": f"《{APPEARANCE}》第九十九条"}
    checked = imported(district, good, wrong)
    assert checked.counts["new"] == 2
    assert [row.findings for row in checked.rows] == [0, 2]
    assert {f["rule"] for f in checked.as_dict()["review"]["findings"]} == {"basis"}
    assert Case.objects.get(number="b").state == "closed"


def test_instruments_and_their_provisions_are_read_from_free_text() -> None:
    first, second = parse_named("根据《甲 条例》第三条第一款、第十条之一和《乙法》处罚")
    assert (first.title, [(r.article, r.inserted, r.paragraph) for r in first.references]) == (
        "甲条例", [(3, 0, 1), (10, 1, None)],
    )  # fmt: skip
    assert (second.title, second.references) == ("乙法", ())
    assert parse_named("没有书名号") == ()
