"""The case names the authority of the paper that the party holds, wherever the phone was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from chengshu.bureau.models import Town
from chengshu.cases.authorities import authority_for
from chengshu.cases.models import Case
from chengshu.cases.procedure.case_file import FORMAL
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.documents import facts_of
from tests import factories
from tests.cases.conftest import Team
from tests.field.simple.sending import AT, WORD, arrive, block_of, served

pytestmark = pytest.mark.django_db


def case_of(team: Team, **changes: Any) -> Case:
    """The case that a record becomes."""
    return Case.objects.get(pk=arrive(served(team, **changes)).result["case"])


def noted(case: Case) -> list[str]:
    """What was noted about its decision."""
    return list(case.steps.get(kind=K.SIMPLE_DECISION).data["noted"])


def name_of(team: Team, town: str) -> str:
    """The authority of a town on the day of the decision."""
    return authority_for(team.district, Town.objects.get(name=town), AT.date()).name


def test_the_number_decides_and_not_the_place_where_served_was_tapped(team: Team) -> None:
    town = Town.objects.get(name="桃浦镇")
    block = block_of(team, town=town)
    name = name_of(team, "桃浦镇")
    case = case_of(team, number=block.number(block.first), authority=name)
    assert case.town == town and name != name_of(team, "长寿路街道")
    assert noted(case) == ["other-town"] and case.to_correct
    assert facts_of(case, "simple_decision").authority == name


def test_in_its_own_town_nothing_is_noted(team: Team) -> None:
    block_of(team)
    case = case_of(team, authority=name_of(team, "长寿路街道"))
    assert (noted(case), case.town.name if case.town else "") == ([], "长寿路街道")


def test_the_paper_keeps_the_authority_that_it_names(team: Team) -> None:
    block_of(team)
    printed = "上海市普陀区城市管理行政执法局"
    case = case_of(team, authority=printed)
    decision = case.steps.get(kind=K.SIMPLE_DECISION)
    assert noted(case) == ["authority-other"] and decision.data["authority"] == printed
    assert facts_of(case, "simple_decision").authority == printed
    assert "served-authority" in decision.data["objections"] and "served-authority" not in FORMAL


def test_without_a_number_the_place_decides(team: Team) -> None:
    case = case_of(team, number="")
    assert case.town is not None and case.town.name == "长寿路街道"
    assert noted(case) == ["number-none"]


def test_a_number_of_the_old_year_keeps_its_town_in_the_first_days_of_the_new(team: Team) -> None:
    moment = datetime.fromisoformat("2023-01-01T00:20:00+08:00")
    block = block_of(team, at=moment - timedelta(hours=2))
    assert block.year == 2022
    with time_machine.travel(moment + timedelta(hours=1)):
        case = case_of(
            team, number=block.number(block.first), sent_position=None, sent_at=moment,
            sent_received_at=moment + timedelta(hours=1), act_on="2023-01-01",
        )  # fmt: skip
    assert case.town is not None and case.town.name == "长寿路街道"
    assert "number-other-authority" in noted(case)


def test_no_number_of_the_old_year_is_given_in_the_new_one(team: Team) -> None:
    evening = datetime.fromisoformat("2022-12-31T20:00:00+08:00")
    block = block_of(team, at=evening)
    new_year = datetime.fromisoformat("2023-01-01T00:00:00+08:00")
    assert block.open_at(new_year - timedelta(seconds=1)) and not block.open_at(new_year)
    usual = block_of(team, at=AT)
    assert usual.expires_at - timezone.localtime(AT) == timedelta(days=7)


def test_where_the_phone_was_elsewhere_the_squad_is_that_of_the_place(team: Team) -> None:
    block_of(team)
    case = case_of(team, sent_position=factories.IN_CHANGSHOU)
    assert case.squad == team.squad
    assert case.decision_number == WORD.format(1)
