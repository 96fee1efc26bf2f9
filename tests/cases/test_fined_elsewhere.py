"""One act is not fined twice, be it in two cases (一事不二罚)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from chengshu.cases.elsewhere import fined_elsewhere
from chengshu.cases.models import Case, Party
from chengshu.cases.procedure.review import review
from chengshu.cases.reviewing import reviewed
from chengshu.cases.services import StepRefused
from tests import factories
from tests.cases import planted as p
from tests.cases.conftest import Team
from tests.cases.test_services import decided, on_the_spot

ADDRESS = {"address": "长寿路1号"}
STALL = {"cause": "appearance.street-stall", "fine": 100, **ADDRESS}
OTHER = {"kind": "person", "name": "王小明", "birth": "1990-05-05"}


def rules_of(case: Case) -> set[str]:
    """What the file review finds in a case."""
    ((_head, _file, found),) = reviewed([case.pk])
    return {finding.rule for finding in found}


def test_the_same_act_is_not_fined_again_on_the_spot(team: Team) -> None:
    first = on_the_spot(team, **STALL)
    with translation.override("zh-hans"), pytest.raises(StepRefused, match="第二十九条") as refused:
        on_the_spot(team, **STALL)
    assert first.number in str(refused.value)
    again = on_the_spot(team, **STALL, another_act="整改后当日再次占道设摊")
    assert "fined-elsewhere" not in rules_of(again)


@pytest.mark.parametrize(
    "other",
    [
        {"address": "长寿路2号"},
        {"act_on": date(2022, 3, 9)},
        {"party": OTHER},
        {"party": {"kind": "organisation", "name": "王小明"}},
    ],
)
def test_another_place_day_or_party_is_another_act(team: Team, other: dict[str, Any]) -> None:
    on_the_spot(team, **STALL)
    assert on_the_spot(team, **{**STALL, **other}).state == "served"


def test_a_continuing_act_that_overlaps_is_the_same_and_the_office_procedure_asks_too(team: Team) -> None:
    decided(team)
    with translation.override("zh-hans"), pytest.raises(StepRefused, match="不得重复罚款"):
        decided(team)
    assert Case.objects.filter(fine__gt=0).count() == 1


def test_another_provision_for_the_same_act_is_warned_of_and_stays_on_record(team: Team) -> None:
    on_the_spot(team, **ADDRESS)
    second = on_the_spot(team, **STALL)
    assert "fined-otherwise" in rules_of(second)
    noted = {finding["rule"] for step in second.steps.all() for finding in step.findings}
    assert "fined-otherwise" in noted


def test_the_review_finds_the_second_of_two_and_asks_no_more_for_many(
    team: Team, django_assert_num_queries: Any
) -> None:
    first = on_the_spot(team, **STALL)
    second = on_the_spot(team, **STALL, another_act="再次设摊")
    assert set(fined_elsewhere([first.pk, second.pk])) == {second.pk}
    many = [first.pk, second.pk, *(on_the_spot(team, **STALL, another_act="又一次").pk for _ in range(4))]
    with django_assert_num_queries(2):
        found = fined_elsewhere(many)
    assert [len(found[pk]) for pk in many[1:]] == [1, 2, 3, 4, 5]
    numbered = Party.objects.filter(case_id__in=many)
    numbered.update(id_number="310107198503022415")
    with django_assert_num_queries(3):
        assert fined_elsewhere(many) == found


def test_a_fine_that_was_annulled_is_none(team: Team) -> None:
    first = on_the_spot(team, **STALL)
    Party.objects.filter(case=first).update(fine=0)
    assert on_the_spot(team, **STALL).state == "served"


def test_the_same_object_is_the_same_place(team: Team) -> None:
    shop = factories.make_object(team.district)
    on_the_spot(team, **{**STALL, "obj": shop, "address": "长寿路1号门口"})
    with pytest.raises(StepRefused):
        on_the_spot(team, **{**STALL, "obj": shop, "address": "长寿路1号东侧"})


def test_without_other_cases_nothing_is_found() -> None:
    assert "fined-elsewhere" not in {finding.rule for finding in review(p.general())[1]}
