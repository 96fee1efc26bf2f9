"""Statute texts: split into articles, kept version by version, opened as they stood."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from django.db import Error, transaction

from chengshu.config import cli
from chengshu.config.commands import law as command
from chengshu.config.problems import Problem
from chengshu.law import texts
from chengshu.law.collection import LawProblem
from chengshu.law.load import load
from chengshu.law.models import Article, StatuteText
from chengshu.law.reference import Reference, parse_reference
from chengshu.law.statutes import StatuteProblem, parse_statute
from chengshu.law.texts import article_as_of, import_texts, text_as_of
from tests.law import books

LAWS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "laws"
TEXT = """# 中华人民共和国行政处罚法

2021年1月22日 修订

<!-- INFO END -->

## 第一章 总　则

第一条 甲。

乙：

（一）丙；

（二）丁。

戊。
\u200b

## 第二章 分则

### 第一节 其他

第一条之一 己。

第二条　庚。
"""
NEW, OLD = "行政处罚法(2021-01-22).md", "行政处罚法(2017-09-01).md"


@pytest.fixture(autouse=True)
def _small_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    loaded = load(books.write(books.book(), folder))
    monkeypatch.setattr(texts, "catalogue", lambda: loaded)
    monkeypatch.setattr(command, "setup_django", lambda database=True: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "laws" / "national"
    path.mkdir(parents=True)
    (path / NEW).write_text(TEXT, encoding="utf-8")
    (path / OLD).write_text(TEXT.replace("甲", "旧甲"), encoding="utf-8")
    return path.parent


def call(*arguments: Any) -> Result:
    return CliRunner().invoke(cli.cli, ["law", *map(str, arguments)], catch_exceptions=False)


# --- references and parsing ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("第二十五条", Reference(25)),
        ("第一百零四条第二款", Reference(104, paragraph=2)),
        ("第二十八条第一款第（四）项", Reference(28, paragraph=1, item=4)),
        ("第三十条(一)项", Reference(30, item=1)),
        ("第十条之一第三项", Reference(10, 1, item=3)),
        ("《条例》第5条第2款", Reference(5, paragraph=2)),
        ("第二项", None),
        ("", None),
    ],
)
def test_a_reference_is_understood(printed: str, expected: Reference | None) -> None:
    assert parse_reference(printed) == expected


def test_a_text_is_split_into_chapters_articles_paragraphs_and_items() -> None:
    statute = parse_statute(TEXT, NEW, "")
    assert (statute.title, statute.version_on) == ("中华人民共和国行政处罚法", date(2021, 1, 22))
    assert statute.preamble == "2021年1月22日 修订"
    assert [article.label for article in statute.articles] == ["第一条", "第一条之一", "第二条"]
    first, inserted, _second = statute.articles
    assert first.chapter == "第一章 总 则" and inserted.chapter == "第二章 分则 第一节 其他"
    assert [paragraph.text for paragraph in first.paragraphs] == ["甲。", "乙：", "戊。"]
    assert first.paragraphs[1].items == [(1, "（一）丙；"), (2, "（二）丁。")]


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ("第一条 甲。", "a.md", "a.md：缺少标题"),
        ("# 甲法\n\n乙", "a.md", "a.md：没有条文"),
        ("# 甲法\n第二条 乙\n第一条 丙", "a.md", "第一条排在第二条之后"),
        ("# 甲法\n第一条 乙", "甲法(2021-13-01).md", "2021-13-01"),
    ],
)
def test_what_is_no_statute_is_refused(text: str, name: str, sentence: str) -> None:
    with pytest.raises(StatuteProblem, match=re.escape(sentence)):
        parse_statute(text, name, "")


# --- importing -------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_importing_twice_changes_nothing(folder: Path) -> None:
    first = import_texts(folder)
    assert (len(first.added), first.articles, first.problems) == (2, 6, [])
    again = import_texts(folder)
    assert (again.added, len(again.unchanged), again.articles) == ([], 2, 0)
    assert (StatuteText.objects.count(), Article.objects.count()) == (2, 6)


@pytest.mark.django_db
def test_another_text_of_the_same_version_is_refused(folder: Path) -> None:
    import_texts(folder)
    (folder / "national" / NEW).write_text(TEXT.replace("甲", "改甲"), encoding="utf-8")
    done = import_texts(folder)
    assert len(done.problems) == 1 and "2021-01-22" in done.problems[0]
    assert Article.objects.filter(paragraphs__icontains="改甲").count() == 0


@pytest.mark.django_db
def test_undated_texts_are_kept_once_too(tmp_path: Path) -> None:
    (tmp_path / "甲条例.md").write_text("# 甲条例\n第一条 乙", encoding="utf-8")
    done = import_texts(tmp_path)
    assert done.unmatched == ["甲条例"]
    (tmp_path / "甲条例.md").write_text("# 甲条例\n第一条 丙", encoding="utf-8")
    assert len(import_texts(tmp_path).problems) == 1


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_text(folder: Path) -> None:
    import_texts(folder)
    for change in (
        lambda: Article.objects.update(label="第九条"),
        lambda: StatuteText.objects.update(title="别的"),
        lambda: Article.objects.all().delete(),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()


@pytest.mark.django_db
def test_the_command_tells_what_it_did(folder: Path) -> None:
    result = call("import", folder)
    assert result.exit_code == 0 and "6" in result.output
    answer = orjson.loads(call("import", folder, "--json").stdout)
    assert (answer["added"], len(answer["unchanged"])) == ([], 2)


@pytest.mark.django_db
def test_a_bad_file_is_named_and_the_others_are_stored(folder: Path) -> None:
    (folder / "坏.md").write_text("没有标题", encoding="utf-8")
    with pytest.raises(Problem, match="坏"):
        call("import", folder)
    assert StatuteText.objects.count() == 2


@pytest.mark.django_db
def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "none"):
        with pytest.raises(Problem, match=path.name):
            call("import", path)


def test_the_data_is_checked_by_command(tmp_path: Path) -> None:
    sound = tmp_path / "book"
    assert call("check", "--data", sound).exit_code == 0
    files = books.book()
    files["causes/appearance.yaml"][0]["field"] = "parks"
    answer = call("check", "--data", books.write(files, sound), "--json")
    assert answer.exit_code == 1
    told = orjson.loads(answer.stdout)
    assert not told["ok"] and "parks" in told["problems"][0]
    (sound / "periods.yaml").write_text("default: {}", encoding="utf-8")
    assert "periods.yaml" in orjson.loads(call("check", "--data", sound, "--json").stdout)["problems"][0]
    with pytest.raises(Problem):
        call("check", "--data", tmp_path / "none")


# --- opening an article ----------------------------------------------------------------------------
@pytest.mark.django_db
def test_an_article_opens_as_it_stood(folder: Path) -> None:
    import_texts(folder)
    after = article_as_of("administrative-penalty-law", "第一条第二款第（二）项", date(2021, 7, 15))
    before = article_as_of("administrative-penalty-law", "第一条", date(2021, 7, 14))
    assert after is not None and before is not None
    assert after.text.startswith("甲。") and before.text.startswith("旧甲。")
    assert after.part(Reference(1, paragraph=2, item=2)) == "（二）丁。"
    assert after.part(Reference(1, paragraph=3)) == "戊。"
    assert after.part(Reference(1, item=1)) == "（一）丙；"


@pytest.mark.django_db
def test_what_is_not_there_is_not_invented(folder: Path) -> None:
    law = "administrative-penalty-law"
    assert article_as_of(law, "第一条", date(2021, 7, 15)) is None, "nothing imported yet"
    import_texts(folder)
    for missing in ("第九条", "第一条第四款", "第一条第二款第（三）项", "附则"):
        assert article_as_of(law, missing, date(2021, 7, 15)) is None
    assert text_as_of(law, date(1990, 1, 1)) is None
    with pytest.raises(LawProblem):
        text_as_of("magna-carta", date(2021, 1, 1))


@pytest.mark.django_db
@pytest.mark.skipif(not LAWS.exists(), reason="the statute texts are not beside this project")
def test_the_real_texts_are_imported_whole() -> None:
    done = import_texts(LAWS)
    assert done.problems == []
    assert done.articles > 3000
    for statute in StatuteText.objects.prefetch_related("articles"):
        numbers = [article.number for article in statute.articles.all() if not article.inserted]
        assert numbers == list(range(1, len(numbers) + 1)), statute
    found = article_as_of("administrative-penalty-law", "第五十八条第一款第（二）项", date(2022, 1, 1))
    reference = parse_reference("第五十八条第一款第（二）项")
    assert found is not None and reference is not None
    assert "听证程序" in (found.part(reference) or "")
