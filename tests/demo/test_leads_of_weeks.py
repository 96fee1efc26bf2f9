"""The demo's leads: all sources, as they stand at a moment, loaded once."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Count, F
from django.utils import timezone

from chengshu.bureau.models import District, RosterEntry
from chengshu.demo import playing
from chengshu.demo.cast import Cast
from chengshu.demo.duties import place_officers, plan_duties
from chengshu.demo.leads import plan, plan_of, shares, usual_count
from chengshu.demo.playing import load_leads
from chengshu.leads.lifecycle import TABLE, Action, Stage
from chengshu.leads.models import Lead, LeadStep
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2020, 11, 13, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
COUNT = 60


@pytest.fixture
def district() -> District:
    return factories.make_district()


def test_a_week_has_its_share_of_a_year_and_every_source_comes(district: District) -> None:
    sources = plan_of(district.code)["sources"]
    assert usual_count(district.code, timedelta(days=7)) == 1918
    assert sum(shares(sources, 200).values()) == 200
    assert min(shares(sources, 200).values()) == 1
    made = plan(district, NOW - timedelta(days=7), NOW, name="demo-test", count=200)
    assert {one.new.source for one in made} == set(sources)
    assert [one.at for one in made] == sorted(one.at for one in made)
    assert len({one.ref for one in made}) == 200


def test_the_same_plan_comes_again_and_another_seed_gives_another(district: District) -> None:
    def drawn(seed: int) -> list[object]:
        return list(plan(district, NOW - timedelta(days=7), NOW, name="demo-test", count=50, seed=seed))

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_leads_stand_as_they_would_today(district: District) -> None:
    assert load_leads(district, count=COUNT, until=NOW) == COUNT == Lead.objects.count()
    assert Lead.objects.filter(stage=Stage.CLOSED).count() > COUNT / 2
    assert not Lead.objects.filter(step_at__gt=NOW).exists()
    assert not Lead.objects.filter(town=None).exists()
    assert not Lead.objects.filter(lead_class__code__startswith="E", stage=Stage.CLOSED, outcome="").exists()
    assert not Lead.objects.filter(verified_by=F("handled_by")).exists()
    for lead in Lead.objects.annotate(n=Count("steps")):
        assert lead.n == lead.version


def test_the_history_made_in_bulk_is_one_that_the_table_allows(district: District) -> None:
    load_leads(district, count=COUNT, until=NOW)
    histories: dict[int, list[LeadStep]] = {}
    for step in LeadStep.objects.order_by("lead_id", "version"):
        histories.setdefault(step.lead_id, []).append(step)
    for lead in Lead.objects.all():
        steps = histories[lead.pk]
        assert [step.version for step in steps] == list(range(1, lead.version + 1))
        assert (steps[-1].stage, steps[-1].outcome, steps[-1].squad_id) == (
            lead.stage, lead.outcome, lead.squad_id,
        )  # fmt: skip
        for before, step in pairwise(steps):
            assert before.at <= step.at
            refused = step.action == Action.RECHECK and step.data.get("complied") is False
            assert refused or step.stage == TABLE[Action(step.action)][Stage(before.stage)]


def test_loading_again_adds_nothing_and_a_broken_load_goes_on(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "BATCH", 20)

    class Killed(Exception):
        pass

    def die(done: int, total: int, label: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        load_leads(district, count=COUNT, until=NOW, report=die)
    assert Lead.objects.count() == 20
    later = NOW + timedelta(hours=5)
    assert load_leads(district, count=COUNT, until=later) == COUNT - 20
    assert load_leads(district, count=COUNT, until=later) == 0
    assert Lead.objects.count() == COUNT


def test_officers_are_on_duty_at_the_moment_of_loading(district: District) -> None:
    load_leads(district, count=12, until=NOW)
    on_duty = RosterEntry.objects.filter(starts_at__lte=NOW, ends_at__gt=NOW)
    assert on_duty.values("unit").distinct().count() == 10


def test_those_on_duty_are_seen_on_a_street_of_their_town(district: District) -> None:
    positions = pytest.importorskip("chengshu.bureau.services.positions", reason="no positions are kept here")
    now = timezone.now()
    cast = Cast(district)
    plan_duties(cast, now)
    seen = place_officers(cast, now)
    assert seen == positions.OfficerPosition.objects.count() >= 10
