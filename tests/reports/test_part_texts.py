"""A part as text and back: nothing a writer did not touch changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.reports.documents import texts
from chengshu.reports.documents.base import WritingProblem, kinds

WORDS = st.text(st.characters(blacklist_characters="[]{};\r\n", blacklist_categories=("C", "Z")), min_size=1)
CONDITIONS = st.lists(st.sampled_from(["cases_total > 0", "fines_total:同比 <= -5", "a_b = 1.5"]), min_size=1)
SENTENCES = WORDS | st.builds(
    lambda conditions, words: {"if": conditions if len(conditions) > 1 else conditions[0], "say": words},
    CONDITIONS,
    WORDS,
)
ROWS = st.sampled_from([{"figure": "cases_total"}, {"figure": "fines_total", "form": "万.2"}])
PARTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda said: {"p": said}, st.lists(SENTENCES, min_size=1)),
    st.builds(lambda rows: {"table": rows}, st.lists(ROWS, min_size=1)),
    st.builds(lambda level, words: {level: words}, st.sampled_from(texts.HEADINGS), WORDS),
)
EMPTY: dict[str, dict[str, Any]] = {"paragraph": {"p": []}, "table": {"table": []}}


@given(PARTS)
def test_what_is_read_back_from_the_text_is_what_was_written(part: dict[str, Any]) -> None:
    before = EMPTY.get(texts.kind_of(part), part)
    assert texts.from_text(texts.as_text(part), before) == part


@given(PARTS, PARTS)
def test_only_what_differs_is_the_writers(part: dict[str, Any], before: dict[str, Any]) -> None:
    assert not any(texts.changed_only(part, part).values())
    fresh = texts.changed_only(part, before)
    had = [one for value in before.values() if isinstance(value, list) for one in value]
    assert not any(one in had for value in fresh.values() if isinstance(value, list) for one in value)


def test_every_shipped_part_survives_being_edited_without_a_change() -> None:
    for kind in kinds().values():
        for part in kind.parts:
            if texts.kind_of(part) != "other":
                assert texts.from_text(texts.as_text(part), part) == part, part


@pytest.mark.parametrize("text", ["cases_total", "{cases_total} 件", "{Cases}"])
def test_a_line_of_a_table_is_one_figure(text: str) -> None:
    with pytest.raises(WritingProblem):
        texts.from_text(text, {"table": []})
