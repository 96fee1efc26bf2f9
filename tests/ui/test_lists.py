"""Pages of lists and filters in use."""

from __future__ import annotations

import pytest
from django import forms
from django.http import QueryDict

from chengshu.ui.filters import active
from chengshu.ui.paging import Page, paginate
from tests.ui.people import get


@pytest.mark.parametrize(
    ("query", "number", "first"),
    [
        ("", 1, 0),
        ("?page=2", 2, 10),
        ("?page=99", 3, 20),
        ("?page=0", 1, 0),
        ("?page=-5", 1, 0),
        ("?page=x", 1, 0),
    ],
)
def test_which_page(query: str, number: int, first: int) -> None:
    page = paginate(range(25), get(f"/{query}"), per_page=10)
    assert page.number == number
    assert page.items[0] == first
    assert page.total == 25
    assert page.last == 3
    assert not page.capped


def test_a_total_past_the_cap_is_not_counted_out() -> None:
    page = paginate(range(250), get("/?page=12"), per_page=10, cap=100)
    assert (page.total, page.capped, page.number, page.last) == (100, True, 10, 10)


def test_an_empty_list_has_one_empty_page() -> None:
    page = paginate([], get("/"))
    assert (list(page), page.last, page.first_row, page.last_row, page.next) == ([], 1, 0, 0, None)


@pytest.mark.parametrize(
    ("number", "window"),
    [
        (1, [1, 2, None, 18]),
        (9, [1, None, 8, 9, 10, None, 18]),
        (3, [1, 2, 3, 4, None, 18]),
        (18, [1, None, 17, 18]),
    ],
)
def test_page_numbers_offered(number: int, window: list[int | None]) -> None:
    assert Page([], number, 10, 180, False).window == window


class Filters(forms.Form):
    q = forms.CharField(label="Name", required=False)
    town = forms.MultipleChoiceField(label="Town", required=False, choices=[("1", "长寿路"), ("2", "曹杨")])
    late = forms.BooleanField(label="Late", required=False)


def test_filters_in_use() -> None:
    query = QueryDict("q=店&town=1&town=2&late=on&page=3&other=x")
    found = active(Filters(query), query)
    assert [(f.label, f.value) for f in found] == [
        ("Name", "店"),
        ("Town", "长寿路"),
        ("Town", "曹杨"),
        ("Late", ""),
    ]
    rest = QueryDict(found[1].without.removeprefix("?"))
    assert rest.getlist("town") == ["2"]
    assert rest["other"] == "x"
    assert "page=" not in found[0].without
    assert "q=" not in found[0].without


def test_a_filter_that_makes_no_sense_is_not_shown_as_active() -> None:
    query = QueryDict("town=99")
    assert active(Filters(query), query) == []
