"""Shipped items and checklists: references lead somewhere, verified articles stand in their texts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from chengshu.config.commands.inspections import inspections as command
from chengshu.inspections.models import Checklist, InspectionItem
from chengshu.inspections.services import shipped as data
from chengshu.inspections.services.catalogue import load_catalogue
from chengshu.law.catalogue import catalogue as law
from chengshu.law.reference import parse_reference
from chengshu.registry.services.classes import default_classes
from tests import factories
from tests.law import statutes

SHOP = {
    "object_class": "shop",
    "title": "检查单",
    "title_en": "Checklist",
    "valid_from": [date(2019, 7, 1)],
    "entries": [
        {"code": "1", "zh": "问题", "en": "Problem", "lead_class": "E0202", "rectify_days": 3,
         "cause": "appearance.beyond-shopfront"},
    ],
}  # fmt: skip


def shipped_with(tmp_path: Path, **changes: Any) -> data.Shipped:
    """The shop's checklist with other particulars of its only entry."""
    entry = {**SHOP["entries"][0], **changes}  # type: ignore[index]
    for folder, content in (("items", {}), ("checklists", {"shop": {**SHOP, "entries": [entry]}})):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return data.read(tmp_path)


def test_everything_shipped_resolves() -> None:
    assert data.check_catalogue(data.read(data.DATA)) == []


def test_every_class_of_objects_has_six_to_fifteen_questions_at_any_time() -> None:
    found = data.shipped()
    assert {one.object_class for one in found.checklists.values()} == set(default_classes())
    for code in found.checklists:
        for version in found.versions(code):
            assert 6 <= len(version.entries) <= 15, (code, version.valid_from)


def test_every_class_can_be_inspected_by_some_item() -> None:
    items = data.shipped().items.values()
    assert {code for item in items for code in item.object_classes} == set(default_classes())


def test_provisions_follow_the_law_of_the_day() -> None:
    earlier, later = data.shipped().versions("shop")
    trading = [version.entries[0]["basis"] for version in (earlier, later)]
    assert [[cited["instrument"] for cited in basis] for basis in trading] == [
        ["shanghai-city-appearance-regulations"],
        ["urban-appearance-regulations"],
    ]


@pytest.mark.skipif(not statutes.LAWS.is_dir(), reason="the statutes' texts are not beside the project")
def test_verified_provisions_stand_in_the_text_of_their_day() -> None:
    """Article and paragraph are counted in the text itself."""
    missing, checked = [], 0
    found = data.shipped()
    for code in found.checklists:
        for version in found.versions(code):
            for entry in version.entries:
                for cited in entry["basis"]:
                    if cited["verified"]:
                        checked += 1
                        if not _stands(cited, version.valid_from):
                            missing.append((code, version.valid_from, entry["code"], cited))
    assert not missing
    assert checked > 50


def _stands(cited: dict[str, Any], on: date) -> bool:
    title = law().instrument(cited["instrument"])
    source = next(version.source for version in title.versions if version.applies(on))
    reference = parse_reference(cited["article"])
    if not source or reference is None:
        return False
    paragraphs = statutes.articles(source).get(reference.article, [])
    return bool(paragraphs) and (reference.paragraph or 1) <= len(paragraphs)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cause": "appearance.nothing"}, "appearance.nothing"),
        ({"lead_class": "E9999"}, "E9999"),
        ({"basis": [{"instrument": "no-such-law", "article": "第一条"}]}, "no-such-law"),
        ({"basis": [{"instrument": "noise-pollution-law", "article": "第一条"}]}, "噪声污染防治法"),
        ({"basis": [{"instrument": "solid-waste-law", "article": "前言"}]}, "前言"),
        ({"cause": ""}, "shop 2019-07-01, 1"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    problems = data.check_catalogue(shipped_with(tmp_path, **changes))
    assert any(says in problem for problem in problems), problems


def test_a_field_nobody_knows_is_named(tmp_path: Path) -> None:
    with pytest.raises(data.CatalogueProblem, match="colour"):
        shipped_with(tmp_path, colour="red")


def test_the_command_checks_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chengshu.config.commands.inspections.setup_django", lambda **_: None)
    answer = CliRunner().invoke(command, ["check", "--json"])
    assert answer.exit_code == 0, answer.output
    assert '"problems":[]' in answer.output


@pytest.mark.django_db
def test_loading_twice_adds_nothing_and_keeps_what_the_bureau_changed() -> None:
    district = factories.make_district()
    items, lists = load_catalogue(district)
    assert items == len(data.shipped().items) and lists == Checklist.objects.count() > 7
    InspectionItem.objects.filter(code="SHOP-01").update(title="本局的叫法", active=False)
    assert load_catalogue(district) == (0, 0)
    assert InspectionItem.objects.get(district=district, code="SHOP-01").title == "本局的叫法"
