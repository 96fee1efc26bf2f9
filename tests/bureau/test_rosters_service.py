"""Rosters: planned, changed and removed before the duty begins; and each refusal."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from chengshu.bureau.models import RosterEntry, Unit, User
from chengshu.bureau.services import rosters
from chengshu.bureau.services.base import Refused
from chengshu.kernel.models import LedgerEntry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader(squad: Unit) -> User:
    return factories.make_user("squad_leader", squad)


@pytest.fixture
def officer(squad: Unit) -> User:
    return factories.make_user("officer", squad)


def hours(first: int, last: int) -> dict[str, datetime]:
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    return {"starts_at": start + timedelta(hours=first), "ends_at": start + timedelta(hours=last)}


def test_a_duty_is_planned_changed_and_removed(leader: User, officer: User, squad: Unit) -> None:
    entry = rosters.plan(squad, officer, by=leader, duty="patrol", **hours(24, 32), note=" 早班 ")
    assert (entry.note, entry.get_duty_display()) == ("早班", "巡查")
    rosters.change(entry, by=leader, duty="standby", **hours(25, 33))
    assert RosterEntry.objects.get(pk=entry.pk).duty == "standby"
    rosters.remove(entry, by=leader)
    assert not RosterEntry.objects.exists()
    actions = LedgerEntry.objects.filter(chain=f"bureau.unit:{squad.pk}").order_by("seq")
    assert [entry.action for entry in actions] == ["roster.planned", "roster.changed", "roster.removed"]
    with pytest.raises(Refused, match="已不在排班中"):
        rosters.remove(entry, by=leader)


@pytest.mark.parametrize(
    ("span", "duty", "sentence"),
    [
        ((32, 24), "patrol", "结束时间早于开始时间。"),
        ((24, 49), "patrol", "一次勤务不超过 24 小时。"),
        ((-2, 4), "patrol", "开始时间不能早于当前时间。"),
        ((24, 32), "fishing", "没有该勤务类型。"),
        ((26, 27), "patrol", "在该时段已有勤务。"),
        ((20, 25), "patrol", "在该时段已有勤务。"),
    ],
)
def test_refusals_of_planning(
    span: tuple[int, int], duty: str, sentence: str, leader: User, officer: User, squad: Unit
) -> None:
    rosters.plan(squad, officer, by=leader, duty="patrol", **hours(24, 32))
    with pytest.raises(Refused, match=sentence):
        rosters.plan(squad, officer, by=leader, duty=duty, **hours(*span))
    assert RosterEntry.objects.count() == 1


def test_one_duty_may_follow_another(leader: User, officer: User, squad: Unit) -> None:
    rosters.plan(squad, officer, by=leader, duty="patrol", **hours(24, 32))
    rosters.plan(squad, officer, by=leader, duty="patrol", **hours(32, 40))
    assert RosterEntry.objects.count() == 2


def test_only_the_units_own_people_by_who_may(
    leader: User, officer: User, squad: Unit, other_squad: Unit, system: User
) -> None:
    stranger = factories.make_user("officer", other_squad)
    with pytest.raises(Refused, match="不属于长寿路街道中队。"):
        rosters.plan(squad, stranger, by=leader, duty="patrol", **hours(24, 32))
    with pytest.raises(Refused, match="不在您的管理范围内"):
        rosters.plan(other_squad, stranger, by=leader, duty="patrol", **hours(24, 32))
    with pytest.raises(Refused, match="不在您的管理范围内"):
        rosters.plan(squad, officer, by=system, duty="patrol", **hours(24, 32))
    User.objects.filter(pk=officer.pk).update(is_active=False)
    with pytest.raises(Refused, match="该账号已停用。"):
        rosters.plan(squad, officer, by=leader, duty="patrol", **hours(24, 32))


def test_a_duty_that_has_begun_stays(leader: User, officer: User, squad: Unit) -> None:
    entry = RosterEntry.objects.create(unit=squad, user=officer, **hours(-2, 6))
    with pytest.raises(Refused, match="已开始的勤务不能变更。"):
        rosters.remove(entry, by=leader)
    with pytest.raises(Refused, match="已开始的勤务不能变更。"):
        rosters.change(entry, by=leader, duty="patrol", **hours(24, 30))
