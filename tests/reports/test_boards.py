"""Dashboards: each number is the figure's, opens it, and no ranking takes the amount of fines."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.models import District, Town, Unit
from chengshu.cases.models import Case
from chengshu.demo.cases import load_cases
from chengshu.kernel.indicators.asking import dimensions_of, figures, series
from chengshu.kernel.indicators.declarations import all_declared, uses_fines
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.boards import KINDS, WIDTHS, BoardProblem, item_of, items_of, shipped
from chengshu.reports.places import where
from chengshu.reports.showing import show, so_far
from tests import factories
from tests.reports.test_pages import signed_in, text

YEAR = {"period": "2020"}
TODAY = date(2021, 2, 3)


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.01)
    return made


def board(client: Client, code: str, **asked: str) -> str:
    return text(client.get(reverse("reports:board", args=[code]), {**YEAR, **asked}))


def test_leaders_see_the_year_on_one_page_and_every_number_opens(district: District) -> None:
    client = signed_in(factories.make_user("bureau_leader"))
    page = board(client, "leaders")
    total = Case.objects.filter(decided_on__year=2020, exempt_amount=None).count()
    opened = reverse("reports:records", args=["cases_total"])
    assert f'<a href="{opened}?period=2020">{total}</a>' in page
    for link in sorted(set(re.findall(r'href="(/reports/figures/[^"]+)"', page)))[::7]:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_charts_say_the_same_as_their_tables(district: District) -> None:
    page = board(signed_in(factories.make_user("bureau_leader")), "leaders")
    found = re.search(r'<script id="board-charts" type="application/json">(.*?)</script>', page)
    assert found is not None
    drawn = json.loads(found[1])
    months = next(one for one in drawn.values() if one["kind"] == "series")
    told = [figure.value for _m, figure in series("cases_total", Period.year(2020), where_of(district).place)]
    assert months["lines"][0]["values"] == [float(value or 0) for value in told]
    tables = len(re.findall(r"<table class=\"table\">", page))
    assert len(drawn) <= tables  # one without a single value has a table and no chart


def where_of(district: District):  # type: ignore[no-untyped-def]
    return where(factories.make_user("bureau_leader"), "")


def test_every_shipped_dashboard_shows_to_whoever_may_see_figures(district: District) -> None:
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    for person in (factories.make_user("bureau_leader"), factories.make_user("squad_leader", squad)):
        for code, one in shipped().items():
            page = board(signed_in(person), code)
            assert one.zh in page and "数据表" in page


def test_a_town_shows_its_own_cases_and_a_squad_leader_only_those_of_the_squad(district: District) -> None:
    town = Town.objects.get(district=district, name="长寿路街道")
    cases = Case.objects.filter(decided_on__year=2020, exempt_amount=None, town=town)
    page = board(signed_in(factories.make_user("bureau_leader")), "town", town=str(town.pk))
    assert f">{cases.count()}</a>" in page and "街镇看板" in page
    other = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    leader = factories.make_user("squad_leader", other)
    place = where(leader, "", str(town.pk))
    assert place is not None and place.squad == other
    both = figures(["cases_total"], Period.year(2020), place.place)["cases_total"]
    assert both.value == cases.filter(squad=other).count()


def test_a_running_year_is_compared_with_the_same_days_of_the_last(district: District) -> None:
    place = where_of(district)
    shown, _left = show(
        items_of([{"kind": "tile", "figure": "cases_total"}]), Period.year(2021), place, TODAY
    )
    assert shown[0].both is not None
    assert shown[0].both.now.period == Period.days(date(2021, 1, 1), TODAY)
    assert shown[0].both.then.period == Period.days(date(2020, 1, 1), date(2020, 2, 3))
    assert so_far(Period.year(2020), TODAY) == Period.year(2020)


def test_whoever_has_no_cases_is_ranked_too_and_equal_ones_share_a_rank(district: District) -> None:
    place = where_of(district)
    item = {"kind": "ranking", "figure": "cases_total", "by": "squad", "rows": 50}
    for order, sign in (("most", -1), ("least", 1)):
        shown, _left = show([item_of({**item, "order": order})], Period.year(2020), place, TODAY)
        rows = shown[0].rows
        assert {row.label for row in rows} >= {unit.label for unit in place.squads}
        values = [row.figure.value or Decimal(0) for row in rows]
        assert values == sorted(values, key=lambda value: sign * value)
        assert [row.rank for row in rows] == [1 + sum(sign * v < sign * w for v in values) for w in values]


def test_fines_are_not_ranked_and_the_law_is_named() -> None:
    for one in all_declared():
        if not uses_fines(one.id) or "squad" not in dimensions_of(one.id):
            continue
        for kind in ("ranking", "breakdown"):  # the largest first is a ranking without its numbers
            with pytest.raises(BoardProblem, match="第七十四条") as refused:
                item_of({"kind": kind, "figure": one.id, "by": "squad"})
            assert refused.value.field == "figure"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
words = st.sampled_from(["cases_total", "fines_total", "squad", "cause", "most", *KINDS, *WIDTHS])
nearly = st.dictionaries(
    st.sampled_from(["kind", "figure", "by", "order", "rows", "width"]), words | anything, max_size=6
)


@given(anything | st.lists(nearly, max_size=3))
def test_whatever_is_kept_as_a_dashboard_is_read_or_refused_in_one_sentence(raw: object) -> None:
    try:
        items = items_of(raw)
    except BoardProblem as problem:
        assert str(problem).endswith("。")
    else:
        assert items_of([one.data() for one in items]) == items


def test_what_is_kept_of_a_whole_dashboard_is_asked_for_once(district: District) -> None:
    client = signed_in(factories.make_user("bureau_leader"))
    with CaptureQueriesContext(connection) as asked:
        board(client, "leaders")
    assert len([query for query in asked if "SELECT key, cells, computed_at" in query["sql"]]) == 1


def test_a_board_for_squads_says_which_it_shows_instead_of_one_out_of_reach(district: District) -> None:
    chief = signed_in(factories.make_user("bureau_leader"))
    code = next(code for code, one in shipped().items() if one.for_ == "squad")
    page = chief.get(reverse("reports:board", args=[code]), {"squad": "999999"})
    assert page.status_code == 422
    assert f"现显示：{page.context['where'].squad.label}" in text(page)
