"""The ways to a page of cases: whichever is taken, the page is the one that reading everything would give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.test import RequestFactory
from django.utils import timezone

from chengshu.bureau.models import District, Town, Unit
from chengshu.cases.models import Case, CaseKind
from chengshu.cases.queries import lists, statements, text
from chengshu.cases.queries.lists import CaseFilter
from chengshu.registry.derive import search_tokens
from tests import factories
from tests.cases.conftest import Team
from tests.cases.pages import NOW

pytestmark = pytest.mark.django_db
FIRST = date(2022, 1, 10)


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


STREETS = ("长寿路", "祁连山路")


@pytest.fixture
def many(district: District) -> list[Case]:
    """64 cases: two towns, states, procedures, causes and streets in every mix; some decided, some due."""
    places = [
        (factories.unit(district, Unit.Kind.SQUAD, name), Town.objects.get(name=name, district=district))
        for name in ("长寿路街道", "桃浦镇")
    ]
    mixes = [*product(places, ("investigating", "archived"), ("simple", "general"), ("a", "b"), STREETS)]
    made = []
    for n, ((squad, town), state, procedure, cause, street) in enumerate([*mixes[::-1], *mixes]):
        done = state == "archived"
        made.append(
            Case(
                district=district,
                squad=squad,
                town=town,
                state=state,
                procedure=procedure,
                cause=f"waste.{cause}",
                field="waste",
                source="patrol" if n % 3 else "hotline",
                is_key=n % 7 == 0,
                decided_on=FIRST + timedelta(days=n * 11 % 40) if done else None,
                due_on=None if done else date(2022, 3, 1) + timedelta(days=n * 7 % 20),
                search_tokens=search_tokens("乱扔废弃物", f"{street}{n}号", [f"号{n:06d}"]),
            )
        )
    return Case.objects.bulk_create(made)


def expected(user: Any, wanted: CaseFilter, sort: str) -> list[int]:
    """All that answers, in order, from one plain query."""
    found = Case.objects.visible_to(user).filter(
        wanted.kinds(), wanted.decided(), wanted.rest(timezone.localdate()), text.condition(wanted.q)
    )
    if sort == "due":
        return list(found.exclude(due_on=None).order_by("due_on", "-id").values_list("id", flat=True))
    if sort == "-decided":
        found = found.exclude(decided_on=None)
        return list(found.order_by(F("decided_on").desc(), "-id").values_list("id", flat=True))
    return list(found.order_by("-id").values_list("id", flat=True))


FILTERS: list[dict[str, Any]] = [
    {},
    {"procedure": "simple"},
    {"procedure": "simple", "cause": "waste.a", "state": "archived"},
    {"state": "open", "source": "hotline"},
    {"key": True},
    {"decided_from": FIRST + timedelta(days=5), "decided_to": FIRST + timedelta(days=30)},
    {"decided_from": FIRST + timedelta(days=5), "cause": "waste.b"},
    {"due": "overdue"},
    {"due": "soon", "procedure": "general"},
    {"q": "祁连山路"},
    {"q": "祁连山路", "procedure": "simple"},
    {"q": "乱扔 长寿", "decided_to": FIRST + timedelta(days=20)},
    {"q": "乱扔", "due": "overdue", "cause": "waste.a"},
    {"q": "号000003", "state": "open"},
    {"q": "没有这个"},
    {"q": "没有这个", "procedure": "simple"},
    {"cause": "waste.none"},
]
WAYS: dict[str, dict[str, int]] = {
    "as set": {},
    "everything is many": {"FEW": 1, "RARE": 0, "COMMON": 0},
    "words are looked for in order": {"RARE": 0, "COMMON": 0, "VERY_MANY": 1},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", ["legal", "first"])
def test_every_way_gives_the_page_that_reading_everything_gives(
    team: Team, many: list[Case], monkeypatch: pytest.MonkeyPatch, way: str, who: str
) -> None:
    user = getattr(team, who)
    for name, value in WAYS[way].items():
        monkeypatch.setattr(statements, name, value)
    monkeypatch.setattr(lists, "PER_PAGE", 5)
    monkeypatch.setattr(lists, "COUNT_CAP", 15)
    monkeypatch.setattr(
        text.STATISTICS, "_kept", (float("inf"), {"乱扔": 1.0, "祁连": 0.5, "连山": 0.5, "山路": 0.5}, 64.0)
    )
    for query, sort, number in product(FILTERS, ("", "due", "-decided"), (1, 2, 99)):
        wanted = CaseFilter(**query)
        ids = expected(user, wanted, sort)
        total = min(len(ids), 15)
        last = max(1, -(-total // 5))
        page = lists.case_page(user, wanted, RequestFactory().get("/", {"page": number}), sort).page
        start = (min(number, last) - 1) * 5
        shown = (query, sort, number, [row.id for row in page], page.total, page.capped, page.number)
        assert shown == (query, sort, number, ids[start : start + 5], total, len(ids) > 15, min(number, last))


def test_a_squad_and_another_district_see_their_own_cases_by_words_and_filters(
    team: Team, many: list[Case]
) -> None:
    request = RequestFactory().get("/")
    own = {case.pk for case in many if case.squad_id == team.squad.pk}
    for query in ({"procedure": "simple"}, {"q": "乱扔"}, {"due": "overdue"}, {"decided_from": FIRST}):
        rows = lists.case_page(team.first, CaseFilter(**query), request).page.items
        assert rows and {row.id for row in rows} <= own
    elsewhere = factories.make_user("officer", factories.unit(factories.make_other_district()))
    assert not lists.case_page(elsewhere, CaseFilter(procedure="simple"), request).page.items


def test_the_kinds_follow_the_cases_however_they_are_written(district: District, many: list[Case]) -> None:
    def kinds() -> set[tuple[Any, ...]]:
        return set(CaseKind.objects.values_list("facet", "squad", "state", "cause", "is_key"))

    def there() -> set[tuple[Any, ...]]:
        return set(Case.objects.values_list("facet", "squad", "state", "cause", "is_key"))

    assert kinds() == there()
    Case.objects.filter(pk=many[0].pk).update(state="served", squad=None)
    case = many[1]
    case.is_key, case.cause = not case.is_key, ""
    case.save()
    assert there() <= kinds()
    assert CaseKind.objects.filter(state="served", squad=None).count() == 1
    before = CaseKind.objects.count()
    Case.objects.update(summary="nothing that lists filter by")
    assert CaseKind.objects.count() == before
