"""Photos, sound and films about a case become evidence, where the rules of the case allow it."""

from __future__ import annotations

import pytest

from chengshu.bureau.models import District
from chengshu.cases.models import Case, EvidenceItem
from chengshu.cases.services import StepRefused, open_case
from chengshu.field.handlers import notes
from chengshu.field.models import FieldNote
from tests import factories
from tests.cases.conftest import Team, make_team
from tests.field.phone import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db: None) -> Team:
    """Two officers of a squad."""
    district: District = factories.make_district()
    return make_team(district)


@pytest.fixture
def case(team: Team) -> Case:
    """A case under investigation."""
    return open_case(
        team.district, by=team.first, summary="店外堆物", address="长寿路1号", position=factories.IN_CHANGSHOU
    )


def test_a_photo_of_two_officers_is_evidence(team: Team, case: Case) -> None:
    phone = Phone(team.first)
    phone.offset_ms = 1500
    sha = phone.upload()
    data = {"about": "case", "id": case.pk, "text": "现场照片", "second": team.second.pk}
    signed = phone.record("note", data, files=[sha])
    answer = phone.send()
    [result] = answer["results"]
    assert result["outcome"] == "applied" and result["result"]["evidence"] == [1], result
    item = EvidenceItem.objects.get()
    assert (item.sha256, item.title, item.clock_offset) == (sha, "现场照片", 1.5)
    assert item.captured_at and item.operator == team.first.full_name
    step = case.steps.get(kind="add_evidence")
    assert [officer["id"] for officer in step.officers] == [team.first.username, team.second.username]
    phone.send([signed])
    assert EvidenceItem.objects.count() == 1 and FieldNote.objects.count() == 1


def test_what_the_rules_object_to_stays_with_the_note(
    team: Team, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_args: object, **_stated: object) -> None:
        raise StepRefused([])

    monkeypatch.setattr(notes, "take_in_evidence", refused)
    phone = Phone(team.first)
    sha = phone.upload()
    result = phone.do("note", {"about": "case", "id": case.pk, "text": "现场照片"}, files=[sha])
    assert result["outcome"] == "applied" and "尚未作为证据" in result["messages"][0], result
    assert not EvidenceItem.objects.exists() and FieldNote.objects.get().files.count() == 1


def test_words_alone_are_only_a_note(team: Team, case: Case) -> None:
    result = Phone(team.first).do("note", {"about": "case", "id": case.pk, "text": "当事人不在场"})
    assert result["result"].keys() == {"note"} and not EvidenceItem.objects.exists()


def test_another_squad_finds_no_such_case(team: Team, case: Case) -> None:
    elsewhere = factories.make_user("officer", factories.unit(team.district, "squad", "桃浦镇"))
    result = Phone(elsewhere).do("note", {"about": "case", "id": case.pk, "text": "说明"})
    assert result["outcome"] == "refused"


def test_nobody_from_another_district_is_named_as_the_second_officer(team: Team, case: Case) -> None:
    stranger = factories.make_user("officer", factories.unit(factories.make_other_district()))
    phone = Phone(team.first)
    data = {"about": "case", "id": case.pk, "text": "现场照片", "second": stranger.pk}
    phone.do("note", data, files=[phone.upload()])
    assert stranger.username not in str([step.officers for step in case.steps.all()])
