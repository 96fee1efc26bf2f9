"""Charts and maps on the page of a document: every number opens the records that it counts."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from chengshu.demo.load import first_start
from chengshu.demo.structures import load_structures
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.documents import writing
from chengshu.reports.documents.standing import standing
from chengshu.reports.graphs import Chart, Map
from chengshu.reports.models import Document
from chengshu.reports.views.documents_common import ShownPart, shown_final
from chengshu.reports.views.documents_graphs import shown_graph
from tests.reports.writing import Office, office, signed_in


@pytest.fixture
def at(db: None) -> Office:
    first_start()  # the ledger is written by the demo's people
    made = office()
    load_structures(made.district, scale=0.02)
    return made


@pytest.fixture
def draft(at: Office) -> Document:
    return at.draft()


@pytest.fixture
def reader(at: Office) -> Client:
    return signed_in(at.leader)


def figures_of(client: Client, document: Document) -> dict[str, str]:
    """The charts and maps of the page by their captions' numbers."""
    page = client.get(reverse("reports:document", args=[document.pk])).content.decode()
    found = re.findall(r'<figure class="sheet-figure"><figcaption>(图\d+).*?</figure>', page, re.DOTALL)
    blocks = re.findall(r'<figure class="sheet-figure">.*?</figure>', page, re.DOTALL)
    return dict(zip(found, blocks, strict=True))


def opened(client: Client, url: str) -> int:
    """How many records a link of the page leads to."""
    answer = client.get(unescape(url))
    assert answer.status_code == 200
    count: int = answer.context["page"].total
    return count


def graph_named(document: Document, kind: type[Any], figure: str, by: str = "town") -> tuple[str, Any]:
    """A chart or map of the draft with its number."""
    return next(
        (block.number, block.graph)
        for block in standing(document).report.blocks
        if isinstance(block.graph, kind)
        and block.graph.figure == figure
        and getattr(block.graph, "by", by) == by
    )


def test_every_month_of_a_chart_opens_its_cases(draft: Document, reader: Client) -> None:
    number, chart = graph_named(draft, Chart, "cases_total", "month")
    shown = figures_of(reader, draft)[number]
    told = {
        key: value for key, value in zip(chart.rows[-1].keys, chart.rows[-1].values, strict=True) if value
    }
    assert told
    for month, value in told.items():
        link = re.search(rf'href="([^"]*period={month}[^"]*)">{value:f}<', shown)
        assert link, month
        assert opened(reader, link[1]) == value


def test_every_part_of_a_chart_opens_its_cases(draft: Document, reader: Client) -> None:
    number, chart = graph_named(draft, Chart, "cases_total", "source")
    links = re.findall(r'href="([^"]*source=[^"]+)">(\d+)<', figures_of(reader, draft)[number])
    assert [int(text) for _url, text in links] == [int(value) for value in chart.rows[-1].values if value]
    for url, text in links:
        assert opened(reader, url) == int(text)


def test_what_is_left_in_one_bar_opens_the_figure_as_a_whole(draft: Document, reader: Client) -> None:
    number, chart = graph_named(draft, Chart, "cases_total", "field")
    shown = figures_of(reader, draft)[number]
    if "其他" not in chart.labels:
        pytest.fail("the cases of the year fall into fewer fields than the chart shows")
    rest = re.search(r"<td>其他</td><td class=\"number\"><a [^>]*href=\"([^\"]+)\"", shown)
    assert rest
    assert unescape(rest[1]).startswith(reverse("reports:figure", args=["cases_total"]) + "?period=2020")


def test_the_towns_of_a_map_open_what_they_count(draft: Document, reader: Client) -> None:
    number, drawn = graph_named(draft, Map, "ledger_area_removed")
    shown = figures_of(reader, draft)[number]
    paths = re.findall(r'<a href="([^"]+)" tabindex="-1"><path class="level(\d)"', shown)
    assert len(paths) == len(drawn.areas)
    for (url, level), area in zip(paths, drawn.areas, strict=True):
        assert int(level) == area.level
        assert bool(opened(reader, url)) == bool(area.value)


def test_a_final_document_shows_its_charts_as_they_were_printed(
    at: Office, draft: Document, reader: Client
) -> None:
    before = figures_of(reader, draft)
    frozen = at.freeze(draft)
    assert figures_of(reader, frozen) == before
    page = reader.get(reverse("reports:document", args=[frozen.pk])).content.decode()
    assert 'id="board-charts"' in page


def test_a_document_frozen_before_its_charts_were_kept_shows_their_words(at: Office, draft: Document) -> None:
    frozen = at.freeze(draft)
    frozen.blocks = [{name: told for name, told in one.items() if name != "graph"} for one in frozen.blocks]
    graphs = [part for part in shown_final(frozen, []) if part.kind in ("chart", "map")]
    assert graphs
    assert all(part.graph is None and part.words for part in graphs)


def test_a_quarters_chart_names_its_own_months(at: Office, reader: Client) -> None:
    briefing = writing.begin(at.district, "briefing", Period.quarter(2020, 3), by=at.writer)
    page = reader.get(reverse("reports:document", args=[briefing.pk]))
    monthly = [one for one in page.context["charts"].values() if one["kind"] == "series"]
    assert monthly
    assert all(one["labels"] == ["7月", "8月", "9月"] for one in monthly)


def test_a_ratio_has_no_records_of_its_own_and_opens_what_explains_it(draft: Document) -> None:
    data = {
        "kind": "bars", "figure": "random_completion", "unit": "%", "by": "town", "labels": ["甲", "乙"],
        "rows": [{"name": "2020年", "values": [1.0, 2.0], "texts": ["1", "2"], "keys": ["7", "8"]}],
    }  # fmt: skip
    explained = reverse("reports:figure", args=["random_completion"]) + "?period=2020"
    urls = [line[1].url for line in shown_graph(draft, data, "图1").lines]
    assert urls == [f"{explained}&town=7", f"{explained}&town=8"]
    urls = [line[1].url for line in shown_graph(draft, {**data, "by": "quarter"}, "图1").lines]
    assert urls == [explained, explained]


def test_a_figure_declared_no_more_opens_nothing(draft: Document) -> None:
    area = {
        "name": "甲",
        "rings": [[[0, 0], [1, 0], [1, 1]]],
        "at": [0.5, 0.5],
        "text": "3",
        "level": 1,
        "key": "7",
    }
    data = {
        "kind": "map", "figure": "unheard_of", "unit": "处", "by": "town", "legend": ["0", "1—3"],
        "height": 1.0, "source": "", "areas": [area],
    }  # fmt: skip
    graph = shown_graph(draft, data, "图1")
    assert [one.number.url for one in graph.areas] == [""]
    part = ShownPart("map", caption="图", graph=graph)
    assert "href" not in render_to_string("reports/document_graph.html", {"graph": graph, "part": part})
