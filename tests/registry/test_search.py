"""The search box: what is found, in which order, and what is not given away."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import District, Unit, User
from chengshu.registry.derive import search_tokens, text_tokens
from chengshu.registry.queries import search, text
from chengshu.registry.services import papers
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"
USCC = "91310107MA1G0ABC08"


@pytest.fixture
def clerk(district: District) -> User:
    return factories.make_user("registry_clerk")


def found(user: User, question: str) -> list[str]:
    return [hit.name for hit in search.search(user, question).hits]


@pytest.fixture
def lake(district: District) -> None:
    factories.make_object(district, "compound", name="绿洲湖畔小筑", address="上海市普陀区怒江北路399弄")
    factories.make_object(district, "compound", name="绿洲", address="桃浦路12弄")
    factories.make_object(district, "shop", name="新绿洲便利店", address="怒江北路401号")
    factories.make_object(district, "shop", name="和平药房", address="绿洲路1号")
    factories.make_object(
        district, "shop", name="KFC长寿店", address="长寿路1200号2楼", responsible_phone="138 1234 5678"
    )


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("绿洲", ["绿洲", "绿洲湖畔小筑", "新绿洲便利店", "和平药房"]),
        ("湖畔", ["绿洲湖畔小筑"]),
        ("lzht", []),
        ("lzhp", ["绿洲湖畔小筑"]),
        ("lvzhouhupan", ["绿洲湖畔小筑"]),
        ("lvzhouhu", ["绿洲湖畔小筑"]),
        ("怒江北路 便利", ["新绿洲便利店"]),
        ("怒江北路399", ["绿洲湖畔小筑"]),
        ("kfc", ["KFC长寿店"]),
        ("ＫＦＣ", ["KFC长寿店"]),
        ("1200", ["KFC长寿店"]),
        ("13812345678", ["KFC长寿店"]),
        ("1381234", []),
        ("和", ["和平药房"]),
        ("上海市普陀区怒江北路399弄", []),
        ("", []),
        ("%", []),
        ("_", []),
        ("'; drop", []),
        ("\x00", []),
    ],
)
def test_found_in_order(clerk: User, lake: None, question: str, names: list[str]) -> None:
    assert found(clerk, question) == names


def test_initials_of_the_start_of_a_name(clerk: User, district: District) -> None:
    factories.make_object(district, name="绿洲湖塘")
    factories.make_object(district, name="大绿洲湖塘")
    assert found(clerk, "lz") == ["绿洲湖塘"]
    assert found(clerk, "lzht") == ["绿洲湖塘", "大绿洲湖塘"]


def test_characters_with_several_readings(clerk: User, district: District) -> None:
    factories.make_object(district, name="重庆小面")
    assert found(clerk, "cqxm") == ["重庆小面"]


def test_whole_identifiers(clerk: User, district: District) -> None:
    from chengshu.kernel.identifiers import check_uscc

    uscc = check_uscc("91310000631696382C")
    obj = factories.make_object(district, name="某公司", uscc=uscc)
    papers.set_identifier(obj, "市督察系统", "SH-2020-0077", None)
    factories.make_object(district, name="另一家")
    assert found(clerk, uscc) == found(clerk, uscc.lower()) == ["某公司"]
    assert found(clerk, "SH-2020-0077") == ["某公司"]


def test_common_question_reads_a_sample(clerk: User, lake: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COMMON_ROWS", -1)
    assert found(clerk, "绿洲")[:2] == ["绿洲", "绿洲湖畔小筑"]
    assert set(found(clerk, "绿洲")) == {"绿洲", "绿洲湖畔小筑", "新绿洲便利店", "和平药房"}


def test_scope(district: District, lake: None) -> None:
    squad = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    officer = factories.make_user("officer", squad)
    assert found(officer, "绿洲") == []
    factories.make_object(district, name="绿洲桃浦店", position=factories.IN_TAOPU)
    assert found(officer, "绿洲") == found(officer, "lztp") == ["绿洲桃浦店"]
    assert found(factories.make_user("security_admin"), "绿洲") == []


def test_pages(
    clerk: User, lake: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(clerk, BACKEND)
    client.get("/search/", {"q": "绿洲"})
    with django_assert_num_queries(2):  # session with person, candidates
        html = client.get("/search/", {"q": "绿洲"}).content.decode()
    assert html.index("住宅小区") < html.index("新绿洲便利店")
    with django_assert_num_queries(2):
        html = client.get("/search/suggest", {"q": "lzhp"}).content.decode()
    assert "绿洲湖畔小筑" in html and "<html" not in html
    assert client.get("/search/suggest", {"q": " "}).content == b""
    assert "没有找到" in client.get("/search/", {"q": "没有这个"}).content.decode()


def test_phone_search_shows_no_phone(clerk: User, lake: None, client: Client) -> None:
    client.force_login(clerk, BACKEND)
    html = client.get("/search/", {"q": "13812345678"}).content.decode()
    assert "KFC长寿店" in html
    for echo in ('value="13812345678"', "搜索：13812345678", "q=13812345678"):
        html = html.replace(echo, "")
    assert "1381234" not in html and "138 1234" not in html


def test_tokens() -> None:
    assert text_tokens("长寿路1200弄5号") == {"长寿", "寿路", "#1200", "#5"}
    tokens = search_tokens("绿洲湖畔", "怒江北路399弄", ["91310107MA1G0ABC08", "138-1234"])
    assert {"绿洲", "洲湖", "~lzh", "^lz", "#399", "=91310107ma1g0abc08", "=1381234"} <= set(tokens)
    assert all(len(token) <= 20 for token in tokens)


@pytest.mark.parametrize(
    ("typed", "syllables"),
    [
        ("lvzhou", ["lv", "zhou"]),
        ("xian", ["xian"]),
        ("changshoul", ["chang", "shou", "l"]),
        ("lzht", None),
        ("bcdf", None),
    ],
)
def test_pinyin_is_split(typed: str, syllables: list[str] | None) -> None:
    parts = text.split_pinyin(typed)
    if syllables is None:
        assert parts is None or all(len(part) == 1 for part in parts)
    else:
        assert parts == syllables
