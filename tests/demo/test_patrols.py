"""The demo's patrols: beats in every town, and some weeks of visits by the rules of check-ins."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from chengshu.bureau.models import District, Unit
from chengshu.demo.cast import Cast
from chengshu.demo.patrol import load_patrols, plan_of, plan_past_duties, set_up, write_span
from chengshu.patrol.models import Beat, CheckIn, Requirement, Tag
from chengshu.patrol.services.lights import Light

UNTIL = timezone.make_aware(datetime(2026, 5, 6, 15, 0))


@pytest.fixture
def district(db: None) -> District:
    return District.objects.get(code="310107")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days instead of weeks."""
    monkeypatch.setitem(plan_of("310107"), "weeks", 2 / 7)


@pytest.mark.usefixtures("short")
def test_a_load_fills_every_squad_and_a_second_one_adds_nothing(district: District) -> None:
    added = load_patrols(district, until=UNTIL)
    squads = Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD, towns__isnull=False).distinct()
    assert Beat.objects.values("squad").distinct().count() == squads.count()
    assert added == CheckIn.objects.count() > 500
    assert load_patrols(district, until=UNTIL + timedelta(hours=1)) == 0
    assert Requirement.objects.filter(verified=True).count() == 0
    assert not CheckIn.objects.filter(at__gt=UNTIL).exists()

    # reads of a tag are numbered in the order of their moments, each once
    twice = CheckIn.objects.filter(counter__isnull=False).values("tag", "counter").annotate(n=Count("pk"))
    assert not twice.filter(n__gt=1).exists()
    for tag in Tag.objects.filter(kind="dynamic")[:5]:
        numbers = list(CheckIn.objects.filter(tag=tag).order_by("at").values_list("counter", flat=True))
        assert numbers == sorted(numbers)
        assert tag.counter == max(numbers, default=-1)

    lit = CheckIn.objects.exclude(lights=[]).count()
    assert 0 < lit < added / 5
    assert not CheckIn.objects.filter(lights__contains=[Light.OFF_DUTY]).exists()


@pytest.mark.usefixtures("short")
def test_the_same_seed_gives_the_same_visits(district: District) -> None:
    cast = Cast(district)
    set_up(district, cast)
    begin = UNTIL.replace(hour=0) - timedelta(days=1)
    plan_past_duties(cast, begin, UNTIL)
    added = write_span(district, cast, begin, UNTIL)
    assert added > 0
    assert write_span(district, cast, begin, UNTIL) == 0
