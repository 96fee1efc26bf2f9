"""Targets: set with a source, never on fines, lit by what was counted, told once when they get worse."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chengshu.bureau.models import District, Notice, Unit
from chengshu.bureau.services.base import Refused
from chengshu.cases.models import Case
from chengshu.demo.cases import load_cases
from chengshu.kernel.models import LedgerEntry
from chengshu.reports.lights import RED
from chengshu.reports.models import Target
from chengshu.reports.services.targets import WORSE, Wanted, look_at_all, set_target, withdraw_target
from chengshu.reports.targets import prepared, seen
from tests import factories
from tests.reports.test_pages import signed_in, text

OVER = date(2021, 3, 1)


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.01)
    return made


def wanted(**more: Any) -> Wanted:
    stated = {"figure": "cases_total", "comparison": ">=", "value": Decimal(5), "year": 2020}
    return Wanted(**{**stated, "source": "某文件", **more})


def form(**more: str) -> dict[str, str]:
    stated = {"figure": "cases_total", "comparison": ">=", "value": "5", "year": "2020"}
    return {**stated, "source": "沪城管〔2020〕1号", **more}


def test_a_leader_sets_a_target_and_sees_its_light(district: District) -> None:
    client = signed_in(factories.make_user("bureau_leader"))
    assert client.post(reverse("reports:target_new"), form()).status_code == 302
    page = text(client.get(reverse("reports:targets"), {"year": "2020"}))
    assert "行政处罚案件" in page and "≥ 5 件" in page and "已达到目标" in page and "正常" in page
    target = Target.objects.get()
    one = text(client.get(reverse("reports:target", args=[target.pk])))
    assert "沪城管〔2020〕1号" in one and "设定" in one


def test_a_target_on_fines_is_refused_with_the_article(district: District) -> None:
    client = signed_in(factories.make_user("bureau_leader"))
    answer = client.post(reverse("reports:target_new"), form(figure="fines_total"))
    assert answer.status_code == 422 and "第七十四条第三款" in text(answer)
    assert not Target.objects.exists()


def test_a_target_is_set_once_for_a_place_and_year(district: District) -> None:
    set_target(district.pk, wanted(), by=None)
    with pytest.raises(Refused, match="已有同类目标"):
        set_target(district.pk, wanted(value=Decimal(7)), by=None)
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    assert set_target(district.pk, wanted(squad=squad), by=None).squad == squad
    with pytest.raises(Refused, match="不按中队"):
        set_target(district.pk, wanted(figure="random_completion", squad=squad), by=None)


def test_a_changed_target_keeps_its_history_and_a_withdrawn_one_stays_in_it(district: District) -> None:
    leader = factories.make_user("bureau_leader")
    client, target = signed_in(leader), set_target(district.pk, wanted(), by=None)
    answer = client.post(reverse("reports:target_edit", args=[target.pk]), form(value="9"))
    assert answer.status_code == 302
    client.post(reverse("reports:target_withdraw", args=[target.pk]))
    actions = LedgerEntry.objects.filter(chain=target.chain).order_by("seq").values_list("action", flat=True)
    assert list(actions) == ["set", "changed", "withdrawn"]
    assert "≥ 5" not in text(client.get(reverse("reports:targets"), {"year": "2020"}))
    with pytest.raises(Refused, match="已撤销"):
        withdraw_target(target.pk, by=None)


def test_the_owner_hears_of_a_light_that_got_worse_once(district: District) -> None:
    owner = factories.make_user("bureau_leader")
    total = Case.objects.filter(decided_on__year=2020, exempt_amount=None).count()
    target = set_target(district.pk, wanted(value=Decimal(total), owner=owner), by=None)
    assert look_at_all(OVER) == 0
    one = Case.objects.filter(decided_on__year=2020, exempt_amount=None).order_by("pk")[0]
    Case.objects.filter(pk=one.pk).update(decided_on=date(2019, 12, 31))
    assert [look_at_all(OVER) for _night in range(3)] == [1, 0, 0]
    assert Notice.objects.filter(recipient=owner, kind=WORSE).count() == 1
    notice = Notice.objects.get(recipient=owner, kind=WORSE)
    assert "未达标" in notice.title and notice.url == reverse("reports:target", args=[target.pk])
    target.refresh_from_db()
    assert target.light == RED


def test_a_running_year_is_judged_by_the_course_of_the_last(district: District) -> None:
    target = set_target(district.pk, wanted(year=2021, value=Decimal(1000)), by=None)
    light = seen([target], date(2021, 6, 30))[0].light
    assert light.colour == RED and light.values["value"] == 0
    assert seen([target], date(2020, 6, 30))[0].light.colour == "grey"


def test_a_squad_leader_sees_the_targets_of_the_squad_and_sets_none(district: District) -> None:
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    other = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    for place in (squad, other, None):
        set_target(district.pk, wanted(squad=place), by=None)
    leader = factories.make_user("squad_leader", squad)
    assert [one.squad for one in Target.objects.visible_to(leader)] == [squad]
    assert signed_in(leader).get(reverse("reports:target_new")).status_code == 403


def test_prepared_targets_are_adopted_by_who_may_set_targets(district: District) -> None:
    assert {one.figure for one in prepared()} >= {"duty_log_validity"}
    client = signed_in(factories.make_user("bureau_leader"))
    assert "待采用" in text(client.get(reverse("reports:targets"), {"year": "2021"}))
    client.post(reverse("reports:targets_adopt"), {"year": "2021"})
    page = text(client.get(reverse("reports:targets"), {"year": "2021"}))
    assert "≥ 98%" in page and "待采用" not in page


def test_a_dashboard_shows_the_targets_of_its_place(district: District) -> None:
    set_target(district.pk, wanted(), by=None)
    client = signed_in(factories.make_user("bureau_leader"))
    page = text(client.get(reverse("reports:board", args=["leaders"]), {"period": "2020"}))
    assert "≥ 5 件" in page


def test_the_list_of_targets_reads_targets_once(district: District) -> None:
    client = signed_in(factories.make_user("bureau_leader"))
    for value in ("cases_total", "waste_cases", "cases_simple"):
        set_target(district.pk, wanted(figure=value), by=None)
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("reports:targets"), {"year": "2020"})
    assert len([query for query in few if "reports_target" in query["sql"]]) == 1
    assert len([query for query in few if "SELECT key, cells, computed_at" in query["sql"]]) == 1
