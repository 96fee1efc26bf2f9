"""The data of the law is read whole, or refused with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from chengshu.law.collection import Catalogue, LawProblem
from chengshu.law.load import CatalogueProblem, load, remarks
from chengshu.law.model import Citation
from tests.law import books
from tests.law.books import Book


def problems_of(folder: Path, change: Callable[[Book], object]) -> list[str]:
    files = books.book()
    change(files)
    with translation.override("en"), pytest.raises(CatalogueProblem) as raised:
        load(books.write(files, folder))
    return raised.value.problems


def stall(files: Book) -> Book:
    found: Book = files["causes/appearance.yaml"][0]
    return found


def test_a_sound_book_is_read(tmp_path: Path) -> None:
    law = load(books.write(books.book(), tmp_path))
    assert [cause.code for cause in law.causes] == ["stall", "muck"]
    assert law.cause("stall").first_time_exempt == ("first_stall",)
    assert law.cause("stall").rules[0].penalty.verified
    assert not law.cause("stall").rules[1].penalty.verified
    assert law.field("appearance").name == "市容环卫"
    assert ("cause", "stall") in list(law.unverified())
    assert not [remark for remark in remarks(law) if "periods.yaml" not in remark]


def test_a_provision_is_cited_with_its_title(tmp_path: Path) -> None:
    law = load(books.write(books.book(), tmp_path))
    citation = Citation("administrative-penalty-law", "第五十一条")
    assert law.cite(citation) == "《中华人民共和国行政处罚法》第五十一条"
    assert "2021年7月15日" in law.cite(citation, date(2021, 8, 1))


def test_unknown_codes_are_refused_with_a_sentence(tmp_path: Path) -> None:
    law = load(books.write(books.book(), tmp_path))
    for ask in (law.cause, law.field, law.title):
        with pytest.raises(LawProblem, match="nonsense"):
            ask("nonsense")


def test_a_period_is_divided_where_its_statute_counts_anew(tmp_path: Path) -> None:
    law = load(books.write(books.book(), tmp_path))
    assert [(part.valid_from, part.valid_to, part.unit) for part in law.periods["service"]] == [
        (date(1996, 10, 1), date(2021, 7, 14), "calendar_day"),
        (date(2021, 7, 15), None, "working_day"),
    ]


CASES: list[tuple[str, Callable[[Book], object], str]] = [
    (
        "overlap",
        lambda files: stall(files)["rules"][0].update(valid_to="2022-12-15"),
        "causes/appearance.yaml, stall: the entry from 2022-12-01 overlaps",
    ),
    (
        "open end before another",
        lambda files: stall(files)["rules"][0].pop("valid_to"),
        "overlaps with the one from 2002-04-01",
    ),
    (
        "gap",
        lambda files: stall(files)["rules"][0].update(valid_to="2022-10-31"),
        "stall: nothing applies from 2022-11-01 to 2022-11-30",
    ),
    (
        "gap of a threshold",
        lambda files: files["procedure.yaml"]["thresholds"][0].update(valid_to="2021-07-01"),
        "procedure.yaml, simple_procedure: nothing applies from 2021-07-02",
    ),
    (
        "end before begin",
        lambda files: stall(files)["rules"][0].update(valid_to="2001-01-01"),
        "valid_to 2001-01-01 lies before valid_from 2002-04-01",
    ),
    (
        "range upside down",
        lambda files: stall(files)["rules"][0]["fines"][0].update(min=501),
        "the range is upside down: 501 to 500",
    ),
    (
        "serious range upside down",
        lambda files: stall(files)["rules"][0]["fines"][0].update(grave_max=400),
        "the range is upside down: 500 to 400",
    ),
    (
        "tier outside the range",
        lambda files: stall(files)["rules"][0]["fines"][0]["tiers"][1].update(max=600),
        "heavy: the tier lies outside the range",
    ),
    (
        "tiers overlap",
        lambda files: stall(files)["rules"][0]["fines"][0]["tiers"][1].update(min=100),
        "heavy: the tier overlaps",
    ),
    (
        "gap between tiers",
        lambda files: stall(files)["rules"][0]["fines"][0]["tiers"][1].update(min=300),
        "heavy: the tier leaves a gap",
    ),
    ("unknown field", lambda files: stall(files).update(field="parks"), "there is no field “parks”"),
    (
        "unknown instrument",
        lambda files: stall(files)["rules"][0]["breach"].update(instrument="magna-carta"),
        "there is no instrument “magna-carta”",
    ),
    (
        "unknown cause in the exemption list",
        lambda files: files["exemptions.yaml"]["items"][0].update(causes=["parking"]),
        "there is no cause of action “parking”",
    ),
    (
        "a cause exempted twice at once",
        lambda files: files["exemptions.yaml"]["items"].append(
            {**files["exemptions.yaml"]["items"][0], "code": "again"}
        ),
        "“stall” is named by first_stall and again at once",
    ),
    ("code twice", lambda files: files["causes/appearance.yaml"][1].update(code="stall"), "is there 2 times"),
    ("number twice", lambda files: files["causes/appearance.yaml"][1].update(number=1), "“1” is there 2"),
    (
        "two fines for one party",
        lambda files: files["causes/appearance.yaml"][1]["rules"][1]["fines"][0].update(party="organisation"),
        "“organisation” is there 2 times",
    ),
    (
        "times of nothing",
        lambda files: stall(files)["rules"][0]["fines"][0].update(unit="times_value"),
        "a fine needs a base",
    ),
    (
        "verified without words",
        lambda files: stall(files)["rules"][0].pop("text"),
        "a verified rule needs words of its text",
    ),
    ("field missing", lambda files: stall(files).pop("name"), "stall › name: This field is missing."),
    ("field unknown", lambda files: stall(files).update(colour="red"), "colour: There is no such field."),
    (
        "word not known",
        lambda files: stall(files)["rules"][0].update(mode="maybe"),
        "stall › rules › 1 › mode: “maybe” is not one of",
    ),
    (
        "no date",
        lambda files: stall(files)["rules"][0].update(valid_from="spring"),
        "“spring” is not a date",
    ),
    (
        "negative amount",
        lambda files: stall(files)["rules"][0]["fines"][0].update(min=-5),
        "“-5” is not a number that can stand here",
    ),
    ("no rules", lambda files: stall(files).update(rules=[]), "stall › rules: At least one entry is needed."),
    (
        "statute that says nothing about counting",
        lambda files: files["procedure.yaml"]["periods"][0].update(
            citation={"instrument": "city-appearance", "article": "第一条"}
        ),
        "procedure.yaml periods, hearing_request: It is not known how",
    ),
    ("no list", lambda files: files.update({"fields.yaml": {"a": 1}}), "fields.yaml: must be a list."),
    (
        "a section missing",
        lambda files: files["procedure.yaml"].pop("periods"),
        "procedure.yaml: needs exactly the lists",
    ),
    ("no YAML", lambda files: files.update({"fields.yaml": "- [a"}), "fields.yaml: cannot be read"),
    ("no file", lambda files: files.pop("exemptions.yaml"), "exemptions.yaml: the file is missing."),
]


@pytest.mark.parametrize(("change", "sentence"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_fault_is_named(change: Callable[[Book], object], sentence: str, tmp_path: Path) -> None:
    assert any(sentence in problem for problem in problems_of(tmp_path, change))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    def spoil(files: Book) -> None:
        stall(files).update(field="parks")
        files["causes/appearance.yaml"][1]["rules"][0]["fines"][0]["max"] = 1

    assert len(problems_of(tmp_path, spoil)) == 2


def test_a_rule_older_than_its_law_is_remarked(tmp_path: Path) -> None:
    files = books.book()
    files["instruments.yaml"][1]["versions"][0]["valid_from"] = "2018-12-20"
    law: Catalogue = load(books.write(files, tmp_path))
    assert any("2002-04-01" in remark for remark in remarks(law))


def test_a_statute_that_is_only_counted_by_is_remarked(tmp_path: Path) -> None:
    law = load(books.write(books.book(), tmp_path))
    assert any("administrative-litigation-law" in remark for remark in remarks(law))
