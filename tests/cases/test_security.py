"""Attempts on the record: steps out of time or in another's name, other people's papers, two at once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from chengshu.bureau.models import RoleAssignment, Unit, User
from chengshu.cases.documents import DocumentProblem
from chengshu.cases.models import Case
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services import StepRefused, open_case, take_step
from chengshu.cases.services.bulk import WholeFile, write_files
from chengshu.cases.services.delivery import give_access, renew_code
from chengshu.cases.services.documents import issue_document
from chengshu.cases.services.printing import print_cases
from chengshu.kernel.ledger import verify_chain
from chengshu.kernel.models import LedgerEntry
from tests import factories
from tests.cases import files, planted
from tests.cases.conftest import Team, make_team
from tests.cases.pages import NOW, browser, spot_case
from tests.cases.test_electronic_service import address, served
from tests.cases.test_electronic_service import opened as unlocked
from tests.cases.test_services import START, on_the_spot, opened


@pytest.fixture
def spring(db: None) -> Iterator[None]:
    """The time of the pages' forms; must be asked for before the team."""
    with time_machine.travel(NOW):
        yield


def elsewhere(team: Team) -> User:
    """An officer of another squad who may look at the cases of the whole district (as an analyst)."""
    squad = factories.unit(team.district, Unit.Kind.SQUAD, "桃浦镇")
    person = factories.make_user("officer", squad)
    bureau = factories.make_user("analyst")
    RoleAssignment.objects.create(user=person, role="analyst", unit=bureau.unit, granted_at=timezone.now())
    return User.objects.with_roles().get(pk=person.pk)


# --- out of time, in another's name -----------------------------------------------------------------
def test_no_step_is_dated_in_the_future_to_let_a_period_run_out(team: Team) -> None:
    course = opened(team)
    course.at = timezone.now() + timedelta(days=30)
    with translation.override("zh-hans"), pytest.raises(StepRefused, match="不得提前"):
        course.take(K.CHECK, result="confirmed")


def test_nobody_approves_or_reviews_in_anothers_name(team: Team) -> None:
    course = opened(team)
    course.take(K.CHECK, result="confirmed")
    course.take(K.ADD_EVIDENCE, type="record", sha256="a" * 64)
    shop = {"key": "1", "kind": "organisation", "name": "某店"}
    course.take(K.PROPOSE_FILING, cause="appearance.street-storage", parties=[shop], act_on="2022-03-10")
    step = course.take(K.APPROVE_FILING, team.leader, approver=team.chief.username)
    assert step.data["approver"] == team.leader.username


def test_a_case_of_another_system_is_not_decided_here(team: Team) -> None:
    steps = files.plan(1)
    whole = planted.general_file(steps)
    filed = whole[: next(i for i, s in enumerate(whole) if s.kind is K.APPROVE_FILING) + 1]
    given = WholeFile(filed, squad=team.squad, number="旧1", partial=True)
    (case,) = write_files(team.district, [given], by=None)
    outcomes = [{"party": "1", "type": "penalty", "fine": 200}]
    for kind, by in (
        (K.REPORT, team.first),
        (K.PROPOSE_DECISION, team.first),
        (K.APPROVE_DECISION, team.chief),
    ):
        with translation.override("zh-hans"), pytest.raises(StepRefused, match="不在本系统办理"):
            take_step(case, kind, by=by, data={"outcomes": outcomes, "facts": "x", "proposals": outcomes})


# --- other people's papers --------------------------------------------------------------------------
@pytest.mark.usefixtures("spring")
def test_looking_at_cases_everywhere_opens_no_papers_outside_the_own_squad(team: Team) -> None:
    case = spot_case(team)
    document = issue_document(case, "simple_decision", by=team.first)
    visitor, owner = browser(elsewhere(team)), browser(team.first)
    papers = [
        reverse("cases:document", args=[case.pk, "simple_decision"]),
        reverse("cases:document_file", args=[case.pk, document.pk]),
        reverse("cases:evidence_file", args=[case.pk, 1]),
    ]
    assert [owner.get(url).status_code for url in papers] == [200, 200, 200]
    assert [visitor.get(url).status_code for url in papers] == [404, 404, 404]
    page = visitor.get(reverse("cases:case", args=[case.pk]))
    assert page.status_code == 200
    assert not any(url in page.content.decode() for url in papers)
    with pytest.raises(DocumentProblem):
        print_cases([case.pk], "simple_decision", by=elsewhere(team))


@pytest.mark.usefixtures("spring")
def test_who_only_looks_at_cases_sees_no_photos_of_people(team: Team) -> None:
    case = spot_case(team)
    url = reverse("cases:evidence_file", args=[case.pk, 1])
    for role in ("analyst", "supervisor"):
        viewer = browser(factories.make_user(role))
        assert viewer.get(url).status_code == 403
        assert url not in viewer.get(reverse("cases:case", args=[case.pk])).content.decode()


# --- twice, and two at once -------------------------------------------------------------------------
def test_the_id_of_another_step_is_refused_in_one_sentence(team: Team) -> None:
    key = uuid.uuid4()
    first, second = opened(team), opened(team)
    take = {"by": team.first, "officers": team.officers, "at": START + timedelta(hours=1), "client_id": key}
    take_step(first.case, K.CHECK, data={"result": "confirmed"}, **take)
    for course, kind in ((second, K.CHECK), (first, K.INQUIRE)):
        with translation.override("zh-hans"), pytest.raises(StepRefused, match="刷新"):
            take_step(course.case, kind, data={"result": "confirmed"}, **take)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("simple", [True, False])
def test_a_form_sent_twice_at_the_same_moment_makes_one_case(transactional_db: None, simple: bool) -> None:
    team = make_team(factories.make_district())
    key, barrier = uuid.uuid4(), threading.Barrier(6)
    made: list[int] = []
    failures: list[Exception] = []

    def send() -> None:
        try:
            barrier.wait()
            made.append(_make(team, key, simple).pk)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(set(made)) == Case.objects.count() == 1


def _make(team: Team, key: uuid.UUID, simple: bool) -> Case:
    if simple:
        return on_the_spot(team, key=key)
    return open_case(
        team.district,
        by=team.first,
        summary="店外堆物",
        position=factories.IN_CHANGSHOU,
        at=START,
        client_id=key,
    )


# --- bad input --------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["²", "9" * 40, "-1", "1e3", "٣"])
def test_a_strange_object_number_is_no_object(team: Team, typed: str) -> None:
    assert browser(team.first).get(reverse("cases:new"), {"object": typed}).status_code == 200


def test_a_nul_character_is_not_an_error_of_ours(team: Team, client: Client) -> None:
    given, course = served(team)
    party = unlocked(given, client)
    assert party.post(address(given, "answer"), {"text": "有证人\0。"}).status_code == 302
    case = reverse("cases:case", args=[course.case.pk])
    leader = browser(team.leader)
    assert leader.post(case, {"reason": "核对\0身份信息"}).status_code == 200
    offer = reverse("cases:document_offer", args=[course.case.pk, given.access.document_id])
    assert browser(team.first).post(offer, {"consent": "确认书\0二号"}).status_code == 302
    kept = browser(team.first).post(reverse("cases:filter_save"), {"name": "我的\0筛选", "query": "q=\0"})
    assert kept.status_code == 302


# --- who saw what is evidence too -------------------------------------------------------------------
@pytest.mark.usefixtures("spring")
def test_looks_at_evidence_and_the_opening_by_the_party_are_in_the_chain(team: Team, client: Client) -> None:
    case = spot_case(team)
    url = reverse("cases:evidence_file", args=[case.pk, 1])
    for _ in range(2):
        assert browser(team.leader).get(url, {"download": "1"}).status_code == 200
    document = issue_document(case, "simple_decision", by=team.first)
    given = give_access(document, by=team.first, consent="确认书2022-1")
    unlocked(given, client)
    code = renew_code(given.access, by=team.first)
    unlocked(replace(given, code=code), client)
    actions = list(LedgerEntry.objects.filter(chain=case.chain).values_list("action", flat=True))
    assert (actions.count("evidence.custody"), actions.count("delivery.opened")) == (2, 1)
    assert verify_chain(case.chain).findings == []
