"""What of a disclosed case becomes public, when it leaves again, and what never gets out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.models import District
from chengshu.cases.models import Case, Party
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.steps import take_step
from chengshu.kernel.privacy_masks import public_name
from chengshu.portal.models import PublicPenalty, PublicState
from chengshu.portal.services import penalties
from tests import factories
from tests.cases.conftest import Team
from tests.cases.conftest import team as team
from tests.cases.files import make_file
from tests.cases.test_services import decided
from tests.portal.conftest import CREDIT_CODE, Disclose, entry_of, firm, person

Status = PublicPenalty.Status
pytestmark = pytest.mark.django_db


def test_an_organisation_is_named_with_its_code_and_the_law(disclosed: Disclose) -> None:
    case = disclosed({**firm(500), "id_number": CREDIT_CODE})
    row = entry_of(case)
    assert (row.status, row.name, row.credit_code, row.fine) == (
        Status.SHOWN,
        firm()["name"],
        CREDIT_CODE,
        500,
    )
    assert row.decision_number == case.decision_number
    assert "条例" in row.breach
    assert row.authority


def test_of_a_person_nothing_is_kept_but_the_surname(disclosed: Disclose) -> None:
    row = entry_of(disclosed(person("王小明")))
    assert (row.name, row.credit_code) == ("王某某", "")
    kept = str({field.name: getattr(row, field.name) for field in row._meta.concrete_fields})
    for secret in ("小明", "138", "花溪", "302", "19900307"):
        assert secret not in kept


def test_a_code_that_is_none_might_be_of_a_person_and_is_left_out(disclosed: Disclose) -> None:
    case = disclosed()
    Party.objects.filter(case=case).update(id_number="310107199003074511")
    penalties.refresh([case.pk])
    assert entry_of(case).credit_code == ""


@given(st.text(st.characters(whitelist_categories=["Lo"]), min_size=1, max_size=12))
def test_no_name_can_be_read_back(name: str) -> None:
    shown = public_name(name)
    assert shown[0] == name[0]
    assert set(shown[1:]) <= {"某"}
    assert 2 <= len(shown) <= 3


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "张某"), ("欧阳小明", "欧某某"), ("Li Na", "L***"), (" ", "*"), ("王", "王某")],
)
def test_names_as_they_are_shown(name: str, shown: str) -> None:
    assert public_name(name) == shown


def test_each_party_of_a_case_has_its_own_entry(disclosed: Disclose) -> None:
    case = disclosed(firm(500), {**person(), "key": "2"})
    assert [entry_of(case, key).is_person for key in ("1", "2")] == [False, True]


def test_no_penalty_is_no_entry(disclosed: Disclose) -> None:
    spared = {"type": "no_penalty", "reason": "minor_corrected", "would_be": 100, "education": "当场教育"}
    case = disclosed({**firm(), "outcome": spared})
    assert (entry_of(case).status, entry_of(case).name) == (Status.HELD_BACK, "")


@pytest.mark.parametrize(
    ("decided", "serious", "until"),
    [
        (date(2018, 5, 2), False, date(2019, 5, 2)),
        (date(2018, 5, 2), True, date(2021, 5, 2)),
        (date(2020, 5, 2), False, date(2021, 5, 2)),
        (date(2020, 5, 2), True, date(2023, 5, 2)),
        (date(2023, 5, 2), False, date(2026, 5, 2)),
    ],
)
def test_how_long_an_entry_stays_is_the_law_of_the_day_of_the_decision(
    decided: date, serious: bool, until: date
) -> None:
    assert penalties.display_end(decided, serious=serious) == until


@pytest.mark.parametrize(
    ("decided_on", "status"), [(date(2023, 4, 30), Status.SHOWN), (date(2023, 5, 1), Status.HELD_BACK)]
)
def test_penalties_on_the_spot_are_not_shown_since_2023(
    district: District, decided_on: date, status: str
) -> None:
    case = make_file(district, 1, simple=True, parties=[person(fine=50)])
    Case.objects.filter(pk=case.pk).update(decided_on=decided_on)
    penalties.refresh([case.pk])
    assert entry_of(case).status == status


def test_a_withdrawn_entry_keeps_nothing_but_its_day_and_the_ground(
    disclosed: Disclose, django_capture_on_commit_callbacks: Any
) -> None:
    case = disclosed(person())
    before = PublicState.objects.get().number
    by = factories.make_user("legal_reviewer")
    with django_capture_on_commit_callbacks(execute=True):
        take_step(case, StepKind.WITHDRAW_DISCLOSURE, by=by, data={"reason": "公示信息有误，王小明"})
    row = entry_of(case)
    assert (row.status, row.ground, row.name, row.search_tokens) == (Status.WITHDRAWN, "corrected", "", [])
    assert row.withdrawn_on is not None
    assert PublicState.objects.get().number == before + 1
    with django_capture_on_commit_callbacks(execute=True):
        take_step(case, StepKind.DISCLOSE, by=by, data={"masked": True})
    assert (entry_of(case).status, entry_of(case).name) == (Status.SHOWN, "王某某")


@pytest.mark.parametrize(
    ("outcome", "ground"),
    [
        ({"type": "annulled"}, "annulled"),
        ({"type": "penalty", "fine": 1, "changed_by": "x"}, "changed"),
        ({}, "annulled"),
    ],
)
def test_the_ground_of_a_withdrawal_follows_from_review_and_suit(
    disclosed: Disclose, outcome: dict[str, Any], ground: str
) -> None:
    case = disclosed()
    Party.objects.filter(case=case).update(outcome=outcome)
    Case.objects.filter(pk=case.pk).update(disclosed_on=None)
    penalties.refresh([case.pk])
    assert (entry_of(case).status, entry_of(case).ground) == (Status.WITHDRAWN, ground)


@pytest.mark.parametrize(
    ("result", "ground"),
    [({"result": "annulled"}, "annulled"), ({"result": "changed", "fine": 500}, "changed")],
)
def test_what_was_undone_is_gone_before_anybody_withdraws_it_and_may_come_again(
    team: Team, on_the_day: date, django_capture_on_commit_callbacks: Any, result: dict[str, Any], ground: str
) -> None:
    course = decided(team)
    with django_capture_on_commit_callbacks(execute=True):
        course.take(K.DISCLOSE, team.legal, masked=True)
    row = PublicPenalty.objects.get(case=course.case)
    assert row.status == Status.SHOWN
    begun = course.at.date().isoformat()
    course.take(
        K.CONTEST, team.legal, party="1", remedy="litigation", body="上海铁路运输法院", begun_on=begun
    )
    told = {"party": "1", "number": "（2022）沪7101行初1号", "effective_on": "2022-04-01", **result}
    with django_capture_on_commit_callbacks(execute=True):
        course.take(K.CONTEST_RESULT, team.legal, days=30, **told)
    row.refresh_from_db()
    assert (row.status, row.ground, row.name) == (Status.WITHDRAWN, ground, "")
    with django_capture_on_commit_callbacks(execute=True):
        course.take(K.WITHDRAW_DISCLOSURE, team.legal, reason="判决变更")
    row.refresh_from_db()
    assert (row.status, row.ground) == (Status.WITHDRAWN, ground)
    if ground == "changed":
        with django_capture_on_commit_callbacks(execute=True):
            course.take(K.DISCLOSE, team.legal, masked=True)
        row.refresh_from_db()
        assert (row.status, row.fine) == (Status.SHOWN, 500)


def test_a_party_that_is_none_any_more_leaves(disclosed: Disclose) -> None:
    case = disclosed(firm(), {**person(), "key": "2"})
    Party.objects.filter(case=case, key="2").update(former=True)
    penalties.refresh([case.pk])
    assert [entry_of(case, key).status for key in ("1", "2")] == [Status.SHOWN, Status.WITHDRAWN]


def test_what_was_missed_after_a_commit_is_made_up_for_once(district: District, on_the_day: date) -> None:
    case = make_file(district, 1, parties=[firm()])
    assert not PublicPenalty.objects.exists()
    assert penalties.synchronise(district) == 1
    assert penalties.behind(district) == []
    assert penalties.synchronise(district) == 0
    PublicPenalty.objects.update(rules="another law")
    assert penalties.behind(district) == [case.pk]


def test_made_again_nothing_changes_and_kept_pages_stay(disclosed: Disclose) -> None:
    case = disclosed()
    before = PublicState.objects.get().number
    assert penalties.refresh([case.pk, case.pk]) == 0
    assert PublicState.objects.get().number == before


def test_a_file_not_disclosed_has_no_row(district: District, on_the_day: date) -> None:
    case = make_file(district, 1, parties=[firm()])
    Case.objects.filter(pk=case.pk).update(disclosed_on=None)
    assert penalties.refresh([case.pk]) == 0
    assert not PublicPenalty.objects.exists()


def test_many_cases_cost_as_many_questions_as_one(
    district: District, on_the_day: date, django_assert_max_num_queries: Any
) -> None:
    ids = [make_file(district, number, parties=[firm()]).pk for number in range(1, 6)]
    with django_assert_max_num_queries(12):
        assert penalties.refresh(ids) == 5


def test_many_rows_at_once_are_those_of_one_case_after_the_other(
    district: District, on_the_day: date
) -> None:
    cases = [make_file(district, n, parties=[firm(), {**person(), "key": "2"}]) for n in range(1, 12)]
    ids = [case.pk for case in cases]
    assert penalties.refresh(ids) == 22 > penalties.FEW
    together = rows()
    PublicPenalty.objects.all().delete()
    assert sum(penalties.refresh([pk]) for pk in ids) == 22
    assert rows() == together


def test_a_case_of_which_nothing_is_public_is_one_question(
    district: District, on_the_day: date, django_assert_num_queries: Any
) -> None:
    case = make_file(district, 1, parties=[firm()])
    Case.objects.filter(pk=case.pk).update(disclosed_on=None)
    with django_assert_num_queries(3):  # with the transaction around it
        assert penalties.refresh([case.pk]) == 0


def rows() -> list[dict[str, Any]]:
    """Everything of the public rows but their ids."""
    names = [one.attname for one in PublicPenalty._meta.concrete_fields if one.name != "id"]
    return list(PublicPenalty.objects.order_by("case", "party_key").values(*names))
