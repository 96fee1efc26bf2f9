"""A frozen document keeps its figures, its words and its files, whatever happens to the records."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from chengshu.cases.models import Case
from chengshu.kernel import files
from chengshu.kernel.indicators import declarations
from chengshu.kernel.indicators.asking import records
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.declarations import Indicator, all_declared, declared
from chengshu.kernel.indicators.periods import Period
from chengshu.reports import definitions
from chengshu.reports.documents import checking, freezing, writing
from chengshu.reports.documents.base import WritingProblem
from chengshu.reports.documents.standing import standing
from chengshu.reports.models import Document, PublishedFigure
from tests.reports.writing import YEAR, Office, office, one_yuan_more, part_with


@pytest.fixture
def at(db: None) -> Office:
    return office()


@pytest.fixture
def frozen(at: Office) -> Document:
    return at.freeze(at.draft())


def test_each_published_figure_names_the_records_it_counted(at: Office, frozen: Document) -> None:
    one = declared("cases_total")
    assert isinstance(one, Indicator)
    keys = sorted(row.pk for row in records(one, YEAR, place_of(at.district.pk)))
    digest = hashlib.sha256(",".join(map(str, keys)).encode()).hexdigest()
    figure = frozen.figures.get(indicator="cases_total", period_code="2020")
    assert (figure.records, figure.records_sha256) == (len(keys), digest)
    assert figure.value == len(keys) and figure.name == "行政处罚案件"
    assert figure.definition_version == one.version and len(figure.definition_fingerprint) == 64
    assert frozen.figures.filter(indicator="cases_total", period_code="2019").exists()


def test_a_briefing_publishes_the_quarter_before_too_with_its_records(at: Office) -> None:
    quarter = Period.quarter(2020, 3)
    frozen = at.freeze(writing.begin(at.district, "briefing", quarter, by=at.writer))
    for told in (quarter, quarter.before(), quarter.year_before()):
        keys = sorted(row.pk for row in records(declared("cases_total"), told, place_of(at.district.pk)))
        figure = frozen.figures.get(indicator="cases_total", period_code=told.code)
        digest = hashlib.sha256(",".join(map(str, keys)).encode()).hexdigest()
        assert (figure.value, figure.records, figure.records_sha256) == (len(keys), len(keys), digest)
    assert set(frozen.figures.values_list("period_code", flat=True)) == {"2020-Q3", "2020-Q2", "2019-Q3"}


def test_a_frozen_document_stays_as_it_is(at: Office, frozen: Document) -> None:
    part = frozen.parts.all()[0]
    for change in (
        lambda: writing.reword(part, "新", by=at.writer, expected=None),
        lambda: writing.remove(part, by=at.writer),
        lambda: writing.take_note(frozen, by=at.writer, seen=""),
        lambda: writing.discard(frozen, by=at.writer, expected=frozen.version),
        lambda: at.freeze(frozen),
    ):
        with pytest.raises(WritingProblem, match="已定稿"):
            change()
    for rows in (Document.objects.filter(pk=frozen.pk), PublishedFigure.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=frozen.pk).update(title="别的")


def test_a_later_change_of_a_record_is_told_and_changes_nothing(at: Office, frozen: Document) -> None:
    assert not [one for one in freezing.today(frozen) if one.differs]
    before = frozen.figures.get(indicator="fines_total", period_code="2020").value
    content = files.open_stored(frozen.docx).read()  # type: ignore[arg-type]
    one_yuan_more()
    told = {one.published.indicator: one for one in freezing.today(frozen) if one.differs}
    assert told["fines_total"].value == (before or Decimal(0)) + 1 and "cases_total" not in told
    frozen.refresh_from_db()
    assert frozen.figures.get(indicator="fines_total", period_code="2020").value == before
    assert files.open_stored(frozen.docx).read() == content  # type: ignore[arg-type]


def test_a_changed_definition_is_told(frozen: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    old = declared("cases_simple")
    assert isinstance(old, Indicator)
    new = Indicator(old.id, old.name, old.definition, old.unit, old.population, version=2)
    monkeypatch.setitem(declarations._declared, old.id, new)
    told = {one.published.indicator: one for one in freezing.today(frozen) if one.differs}
    assert told["cases_simple"].redefined


def test_neither_who_wrote_it_nor_a_writer_freezes_it(at: Office) -> None:
    draft = at.draft()
    with pytest.raises(PermissionDenied):
        freezing.freeze(draft, by=at.writer, seen=standing(draft).seen)
    Document.objects.filter(pk=draft.pk).update(edited_by=at.leader)
    with pytest.raises(WritingProblem, match="另一人"):
        at.freeze(draft)


def test_what_was_not_looked_at_is_not_frozen(at: Office) -> None:
    draft = at.draft()
    seen = standing(draft).seen
    one_yuan_more()
    with pytest.raises(WritingProblem, match="文稿已有变化"):
        freezing.freeze(draft, by=at.leader, seen=seen)
    with pytest.raises(WritingProblem, match="数据已有变化"):
        at.freeze(draft)


def test_a_failing_check_stands_in_the_way_of_freezing(at: Office) -> None:
    draft = at.draft()
    part = part_with(draft, "免罚")
    writing.reword(part, "另有777888件。", by=at.writer, expected=part.version)
    with pytest.raises(WritingProblem, match="777888"):
        at.freeze(Document.objects.get(pk=draft.pk))
    Case.objects.filter(decided_on__year=2020, procedure="simple").update(procedure="")
    draft = at.draft()
    assert any("各部分合计" in fault.words for fault in checking.faults(standing(draft)))


def test_the_same_figure_published_otherwise_before_is_pointed_at(at: Office, frozen: Document) -> None:
    one_yuan_more()
    found = {one.indicator: value for one, value in checking.published_otherwise(standing(at.draft()))}
    assert "fines_total" in found and "cases_total" not in found


def test_no_definition_changes_without_a_new_version(db: None) -> None:
    before, now = definitions.released(), definitions.declared_now()
    silent = definitions.changed_silently(before, now)
    assert not silent, f"raise the version of {silent}, then run: chengshu report definitions"
    assert dict(before) == now, "run: chengshu report definitions"


def test_a_definition_changed_under_its_old_version_is_found(db: None) -> None:
    known = {"a": {"version": 1, "fingerprint": "x"}}
    assert definitions.changed_silently(known, {"a": {"version": 1, "fingerprint": "y"}}) == ["a"]
    assert definitions.changed_silently(known, {"a": {"version": 2, "fingerprint": "y"}}) == []
    assert definitions.changed_silently({}, known) == []


def test_fingerprints_differ_between_different_figures(db: None) -> None:
    same: dict[str, list[str]] = {}
    for id_, line in definitions.declared_now().items():
        same.setdefault(line["fingerprint"], []).append(id_)
    assert [ids for ids in same.values() if len(ids) > 1] == []
    assert len(same) == len(all_declared())
