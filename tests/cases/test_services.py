"""A case through its services: each step by whoever may take it, guarded by the law, kept for ever."""

from __future__ import annotations

import threading
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from chengshu.bureau.models import Unit, User
from chengshu.cases.lawful import CONTENTS, NOTICE_CONTENTS
from chengshu.cases.models import Case, CaseStep, Party
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services import SimpleCase, StepRefused, decide_on_the_spot, open_case, take_step
from chengshu.cases.stored import digest_of
from chengshu.kernel.ledger import verify_chain
from chengshu.kernel.models import LedgerEntry
from tests import factories
from tests.cases.conftest import Team, make_team

START = timezone.make_aware(datetime(2022, 3, 10, 9))
SHOP = {"key": "1", "kind": "organisation", "name": "普陀某餐饮有限公司", "id_number": "91310107MA1G00000X"}
HASH = "a" * 64


class Course:
    """Steps of one case, some hours apart."""

    def __init__(self, team: Team, case: Case) -> None:
        self.team, self.case, self.at = team, case, START

    def take(self, kind: K, by: User | None = None, *, days: int = 0, **data: Any) -> CaseStep:
        """The next step."""
        self.at += timedelta(days=days, minutes=5)
        officers = self.team.officers if by is None else []
        return take_step(self.case, kind, by=by or self.team.first, officers=officers, at=self.at, data=data)


def opened(team: Team) -> Course:
    """A case with its lead registered."""
    case = open_case(
        team.district,
        by=team.first,
        summary="店外堆物",
        address="长寿路1号",
        position=factories.IN_CHANGSHOU,
        at=START,
    )
    return Course(team, case)


def reported(team: Team, fine: int = 2000) -> Course:
    """A case whose investigation is concluded."""
    course = opened(team)
    course.take(K.CHECK, result="confirmed")
    course.take(K.ADD_EVIDENCE, type="record", sha256=HASH)
    course.take(K.PROPOSE_FILING, cause="appearance.street-storage", parties=[SHOP], act_on="2022-03-10")
    course.take(K.APPROVE_FILING, team.leader, days=1, approver=team.leader.username)
    course.take(K.INQUIRE, record="询问笔录", id_shown=True)
    course.take(K.REPORT, days=2, facts="占道堆物属实", proposals=[{"party": "1", "fine": fine}])
    return course


def decided(team: Team, fine: int = 2000) -> Course:
    """A case that is decided."""
    course = reported(team, fine)
    course.take(
        K.NOTICE,
        party="1",
        proposal={"fine": fine},
        contents=NOTICE_CONTENTS,
        served_on=course.at.date().isoformat(),
    )
    course.take(K.STATEMENT, party="1", made=False, waived=True)
    course.take(K.PROPOSE_DECISION, proposals=[{"party": "1", "fine": fine}])
    course.take(
        K.APPROVE_DECISION, team.chief, days=1, approver=team.chief.username,
        outcomes=[{"party": "1", "type": "penalty", "fine": fine}], contents=CONTENTS,
    )  # fmt: skip
    return course


def test_a_case_from_the_lead_to_the_archive(team: Team) -> None:
    course = decided(team)
    case = course.case
    assert case.state == "decided"
    assert case.number == "沪普寿街立〔2022〕第000001号"
    assert case.decision_number == "沪普寿街罚决字〔2022〕第000001号"
    course.take(K.SERVE, party="1", document="decision", mode="direct", result="served", receiver="店长")
    course.take(K.DISCLOSE, team.legal, masked=True)
    course.take(K.PAY, days=3, party="1", amount=2000, method="bank")
    course.take(K.CLOSE, team.leader, approver=team.leader.username)
    course.take(K.ARCHIVE, team.legal, archive_number="2022-1", retention_years=10)
    case.refresh_from_db()
    assert (case.state, case.fine, case.paid, case.findings) == ("archived", 2000, 2000, 0)
    assert (case.town.name, case.squad) == ("长寿路街道", team.squad)  # type: ignore[union-attr]
    assert (case.officer, case.second_officer) == (team.first, team.second)
    party = Party.objects.get(case=case)
    assert (party.name, party.fine, party.decision_number) == (SHOP["name"], 2000, case.decision_number)
    assert verify_chain(case.chain).findings == []
    entries = LedgerEntry.objects.filter(chain=case.chain).order_by("seq")
    assert [entry.payload["sha256"] for entry in entries] == [digest_of(step) for step in case.steps.all()]


def test_a_refused_step_names_its_article_and_writes_nothing(team: Team) -> None:
    course = reported(team)
    before = (course.case.steps.count(), LedgerEntry.objects.count())
    with pytest.raises(StepRefused, match="行政处罚法》第四十四条"):
        course.take(K.NOTICE, party="1", proposal={"fine": 2000}, contents=["facts"])
    with pytest.raises(StepRefused):
        course.take(K.APPROVE_DECISION, team.chief, approver="x", outcomes=[{"party": "1"}])
    assert (course.case.steps.count(), LedgerEntry.objects.count()) == before


def test_an_officer_without_a_certificate_may_not_act(team: Team) -> None:
    course = opened(team)
    trainee = factories.make_user("officer", team.squad)
    with pytest.raises(StepRefused, match=trainee.full_name):
        take_step(
            course.case,
            K.CHECK,
            by=team.first,
            officers=[team.first, trainee],
            at=course.at,
            data={"result": "confirmed"},
        )


def test_nobody_takes_steps_that_are_not_theirs(team: Team) -> None:
    course = opened(team)
    for by in (team.legal, factories.make_user("analyst"), factories.make_user("system_admin")):
        with pytest.raises(PermissionDenied):
            course.take(K.CHECK, by, result="confirmed")
    with pytest.raises(PermissionDenied):
        course.take(K.APPROVE_FILING, team.first, approver=team.first.username)
    other = factories.make_user("officer", factories.unit(team.district, Unit.Kind.SQUAD, "桃浦镇"))
    with pytest.raises(PermissionDenied):
        course.take(K.CHECK, other, result="confirmed")
    assert not Case.objects.visible_to(other).exists()
    assert Case.objects.visible_to(team.leader).exists()


def test_a_retried_step_counts_once(team: Team) -> None:
    course, key = opened(team), uuid.uuid4()
    first, again = (
        take_step(
            course.case, K.CHECK, by=team.first, officers=team.officers, at=START + timedelta(hours=1),
            data={"result": "confirmed"}, client_id=key,
        )
        for _ in range(2)
    )  # fmt: skip
    assert first == again
    assert course.case.steps.count() == 2


def test_the_database_refuses_to_change_a_step(team: Team) -> None:
    step = opened(team).case.steps.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseStep.objects.filter(pk=step.pk).update(data={})
    with pytest.raises(DatabaseError), transaction.atomic():
        step.delete()


def on_the_spot(team: Team, **changes: Any) -> Case:
    """A penalty on the spot: litter, fifty yuan."""
    key = changes.pop("key", None)
    values: dict[str, Any] = {
        "cause": "waste.littering", "act_on": date(2022, 3, 10), "facts": "乱扔烟蒂", "fine": 50,
        "party": {"kind": "person", "name": "王小明", "birth": "1985-03-02"},
        "position": factories.IN_CHANGSHOU,
        "told": True, "heard": True, "id_shown": True, "evidence": [{"type": "record", "sha256": HASH}],
    }  # fmt: skip
    entered = SimpleCase(**(values | changes))
    return decide_on_the_spot(
        team.district,
        entered,
        by=team.first,
        officers=team.officers,
        at=START,
        client_id=key,
    )


def test_the_simple_procedure_is_one_transaction(team: Team) -> None:
    case = on_the_spot(team, cash=True)
    case.refresh_from_db()
    assert (case.state, case.procedure, case.fine, case.paid) == ("served", "simple", 50, 50)
    assert case.decision_number == "沪普寿街当罚决字〔2022〕第000001号"
    with pytest.raises(StepRefused, match="200"):
        on_the_spot(team, cause="appearance.street-stall", fine=300)
    assert Case.objects.count() == 1
    assert on_the_spot(team).decision_number.endswith("第000002号")  # the refused one took no number


def test_a_case_of_the_town_is_decided_by_the_town(district: Any) -> None:
    team = make_team(district, "桃浦镇")
    case = on_the_spot(team, position=factories.IN_TAOPU)
    assert case.decision_number == "沪普桃府当罚决字〔2022〕第000001号"


@pytest.mark.django_db(transaction=True)
def test_fifty_approvals_at_once_give_fifty_numbers_in_a_row(transactional_db: None) -> None:
    team = make_team(factories.make_district())
    courses = []
    for _ in range(50):
        course = opened(team)
        course.take(K.CHECK, result="confirmed")
        course.take(K.PROPOSE_FILING, cause="appearance.street-storage", parties=[SHOP], act_on="2022-03-10")
        courses.append(course)
    barrier, failures = threading.Barrier(10), []

    def approve(mine: list[Course]) -> None:
        try:
            barrier.wait()
            for course in mine:
                course.take(K.APPROVE_FILING, team.leader, approver=team.leader.username)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve, args=(courses[n::10],)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    numbers = sorted(Case.objects.exclude(number="").values_list("number", flat=True))
    assert numbers == [f"沪普寿街立〔2022〕第{n:06d}号" for n in range(1, 51)]
