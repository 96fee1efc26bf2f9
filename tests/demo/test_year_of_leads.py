"""The leads and patrols of the reference year: rhythms, campaigns, whole histories, loaded once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from chengshu.bureau.models import District, RosterEntry
from chengshu.cases.models import Case
from chengshu.demo import patrol, year
from chengshu.demo.cast import Cast
from chengshu.demo.leads import plan, plan_of
from chengshu.demo.year import Calendar, load_year_leads, load_year_patrols
from chengshu.leads.models import Lead
from chengshu.patrol.models import CheckIn
from tests import factories

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def district() -> District:
    return factories.make_district()


def test_the_year_has_its_seasons_and_campaigns_come_in_waves(district: District) -> None:
    data = plan_of(district.code)
    said = data["reference"]
    begin, end = (datetime(said["year"] + n, 1, 1, tzinfo=SHANGHAI) for n in (0, 1))
    made = plan(
        district, begin, end, name="y", count=3_000, without=said["without"],
        moment=Calendar(data, said["year"]).moment,
    )  # fmt: skip
    assert {one.new.source for one in made} == set(data["sources"]) - set(said["without"])
    months = Counter(timezone.localtime(one.at).month for one in made)
    assert months[2] < months[5]
    assert all(begin <= one.at < end for one in made)
    for one in made:
        if one.new.source == "campaign":
            day = timezone.localtime(one.at)
            waves = said["waves"]["campaign"]
            assert any(tuple(a) <= (day.month, day.day) <= tuple(b) for a, b in waves)


def test_the_year_s_leads_have_whole_histories_open_no_case_and_come_once(district: District) -> None:
    assert load_year_leads(district, scale=0.005) == 87 == Lead.objects.count()
    assert not Case.objects.exists()
    for lead in Lead.objects.all():
        assert list(lead.steps.values_list("version", flat=True)) == list(range(1, lead.version + 1))
    assert load_year_leads(district, scale=0.005) == 0


def test_the_year_s_patrols_send_one_officer_of_each_squad_a_day(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = (datetime(2020, 6, 1, tzinfo=SHANGHAI), datetime(2020, 6, 8, tzinfo=SHANGHAI))
    monkeypatch.setattr(year, "_span", lambda _year: week)
    made = load_year_patrols(district)
    assert made == CheckIn.objects.count() > 7 * 10
    squads = sum(1 for crew in Cast(district).crews)
    duties = RosterEntry.objects.filter(starts_at__lt=datetime(2020, 6, 8, tzinfo=UTC))
    assert duties.count() == pytest.approx(7 * squads, abs=squads)
    assert load_year_patrols(district) == 0
    assert patrol.plan_of(district.code)["reference"]["year"] == plan_of(district.code)["reference"]["year"]
