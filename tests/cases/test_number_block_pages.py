"""Blocks of numbers at the browser, over the API and by the clock: leased, entered from paper, given back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from chengshu.bureau.models import Town, Unit, User
from chengshu.cases.models import Case, NumberBlock
from chengshu.cases.services.blocks import close_expired, enter_until, limits
from chengshu.cases.tasks import close_blocks
from chengshu.kernel.ledger import verify_chain
from chengshu.kernel.models import LedgerEntry
from tests import factories
from tests.cases.conftest import Team
from tests.cases.pages import BACKEND, NOW, browser, on_the_spot, spot_case
from tests.cases.test_number_blocks import WORD

pytestmark = pytest.mark.django_db
API = "/api/v1/cases/blocks"
SIMPLE = "/cases/new/simple"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """A morning in March; the clock can be moved on."""
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def asked(n: int = 3, **changes: Any) -> dict[str, Any]:
    """What a device asks for."""
    return {"n": n, "client_id": str(uuid.uuid4()), "device": "执法终端3", **changes}


def leased(team: Team, n: int = 3, **changes: Any) -> NumberBlock:
    """A block that the first officer leased over the API."""
    answer = browser(team.first).post(API, asked(n, **changes), content_type="application/json")
    assert answer.status_code == 201, answer.content
    return NumberBlock.objects.get(pk=answer.json()["id"])


def refused(team: Team, **changes: Any) -> str:
    """What the form of the simple procedure says to an entry that it refuses; no case is made."""
    before = Case.objects.count()
    answer = browser(team.first).post(SIMPLE, on_the_spot(team, **changes))
    assert answer.status_code == 200 and Case.objects.count() == before
    said = [refusal["text"] for refusal in answer.context["refused"]]
    return " ".join([*said, *(text for errors in answer.context["form"].errors.values() for text in errors)])


def squad_leader_of(team: Team, town: str) -> User:
    """The leader of another squad of the district."""
    return factories.make_user("squad_leader", factories.unit(team.district, Unit.Kind.SQUAD, town))


# --- over the API -------------------------------------------------------------------------------------
def test_a_device_leases_the_next_numbers_of_its_streets_authority(team: Team, clock: Any) -> None:
    answer = browser(team.first).post(API, asked(3), content_type="application/json")
    block = answer.json()
    assert answer.status_code == 201
    assert block["unused"] == [WORD.format(n) for n in (1, 2, 3)]
    assert (block["leased_to"], block["device"], block["used"]) == (team.first.username, "执法终端3", [])
    assert browser(team.first).get(API).json() == [block]
    assert browser(team.second).get(API).json() == []


def test_a_lease_asked_twice_over_a_bad_line_is_one_block(team: Team, clock: Any) -> None:
    wanted = asked(2)
    client = browser(team.first)
    first, second = (client.post(API, wanted, content_type="application/json").json() for _n in range(2))
    assert first == second
    other = browser(team.second).post(API, wanted, content_type="application/json").json()
    assert other["unused"] == [WORD.format(n) for n in (3, 4)]  # another officer's request is another one


def test_returning_voids_the_rest_and_returning_again_changes_nothing(team: Team, clock: Any) -> None:
    block = leased(team)
    spot_case(team, number=WORD.format(2))
    client = browser(team.first)
    first, second = (client.post(f"{API}/{block.pk}/return").json() for _n in range(2))
    assert first["voided"] == [WORD.format(1), WORD.format(3)]
    assert first["closed_at"] and first == second
    assert client.get(API).json() == []


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"n": 0}, 400, "每个号段"),
        ({"n": 10**6}, 400, "每个号段"),
        ({"town": "310107999000"}, 400, "town"),
        ({"client_id": "no"}, 422, "client_id"),
        ({"device": "长" * 81}, 422, "device"),
    ],
)
def test_a_lease_that_makes_no_sense_is_refused(
    team: Team, clock: Any, changes: dict[str, Any], status: int, sentence: str
) -> None:
    answer = browser(team.first).post(API, asked(**changes), content_type="application/json")
    assert answer.status_code == status and sentence in str(answer.json())
    assert not NumberBlock.objects.exists()


def test_nobody_returns_the_block_of_a_colleague_over_the_api(team: Team, clock: Any) -> None:
    block = leased(team)
    assert browser(team.second).post(f"{API}/{block.pk}/return").status_code == 404
    assert browser(team.first).post(f"{API}/{10**20}/return").status_code == 404
    block.refresh_from_db()
    assert block.closed_at is None


def test_a_foreign_page_cannot_lease_with_the_officers_session(team: Team, clock: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(team.first, backend=BACKEND)
    answer = client.post(API, asked(), content_type="application/json")
    assert answer.status_code == 403 and "CSRF" in answer.json()["detail"]
    client.get("/cases/blocks/new")
    token = client.cookies["csrftoken"].value
    answer = client.post(API, asked(), content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 201


# --- at the browser -----------------------------------------------------------------------------------
def test_an_officer_leases_sees_and_gives_back_at_the_browser(team: Team, clock: Any) -> None:
    client = browser(team.first)
    form = client.get("/cases/blocks/new").context["form"]
    town = Town.objects.get(district=team.district, name="长寿路街道")
    assert [code for code, _name in form.fields["town"].choices] == [town.code]
    filled = {**asked(2), "town": town.code}
    first, second = client.post("/cases/blocks/new", filled), client.post("/cases/blocks/new", filled)
    assert first["Location"] == second["Location"]  # a double click leases once
    spot_case(team, number=WORD.format(1))
    page = client.get(first["Location"]).content.decode()
    assert WORD.format(1) in page and WORD.format(2) in page and "交回" in page
    block = NumberBlock.objects.get()
    client.post(f"/cases/blocks/{block.pk}/close")
    page = client.get(first["Location"])
    assert page.context["held"].voided == [WORD.format(2)] and not page.context["may_close"]
    assert "已作废" in page.content.decode()


def test_the_list_shows_who_holds_what_to_those_who_see_the_cases(team: Team, clock: Any) -> None:
    block = leased(team)
    for person in (team.first, team.second, team.leader, team.legal, team.chief):
        html = browser(person).get("/cases/blocks").content.decode()
        assert str(block) in html and team.first.full_name in html
    stranger = squad_leader_of(team, "桃浦镇")
    assert str(block) not in browser(stranger).get("/cases/blocks").content.decode()
    assert browser(stranger).get(f"/cases/blocks/{block.pk}").status_code == 404
    assert browser(stranger).post(f"/cases/blocks/{block.pk}/close").status_code == 404


def test_the_leader_takes_a_block_back_and_a_colleague_does_not(team: Team, clock: Any) -> None:
    block = leased(team)
    assert browser(team.second).post(f"/cases/blocks/{block.pk}/close").status_code == 403
    assert browser(team.legal).post(f"/cases/blocks/{block.pk}/close").status_code == 403
    assert browser(team.leader).post(f"/cases/blocks/{block.pk}/close").status_code == 302
    entry = LedgerEntry.objects.get(chain=block.chain, action="block.closed")
    assert entry.actor == team.leader.username and len(entry.payload["voided"]) == 3


def test_too_many_numbers_are_refused_in_the_form(team: Team, clock: Any) -> None:
    town = team.squad.towns.get()
    sent = {**asked(limits()["most"] + 1), "town": town.code}
    answer = browser(team.first).post("/cases/blocks/new", sent)
    assert answer.status_code == 200 and "每个号段" in answer.content.decode()
    assert "town" in browser(team.first).post("/cases/blocks/new", asked(1)).context["form"].errors


# --- a paper decision is entered ----------------------------------------------------------------------
def test_a_decision_on_paper_keeps_its_number_and_its_hour(team: Team, clock: Any) -> None:
    leased(team)
    clock.shift(timedelta(days=limits()["days"], hours=1))  # the lease is over, entering is not
    case = spot_case(team, number=WORD.format(2), decided_at="2022-03-10T15:20")
    assert case.decision_number == WORD.format(2)
    decided = case.steps.get(kind="simple_decision")
    assert timezone.localtime(decided.at).isoformat(timespec="minutes") == "2022-03-10T15:20+08:00"
    assert case.evidence.get().captured_at == decided.at
    assert NumberBlock.objects.get().used == [2]


def test_the_form_offers_the_officers_own_unused_numbers(team: Team, clock: Any) -> None:
    leased(team)
    spot_case(team, number=WORD.format(1))
    assert browser(team.first).get(SIMPLE).context["numbers"] == [WORD.format(2), WORD.format(3)]
    assert browser(team.second).get(SIMPLE).context["numbers"] == []


def test_without_a_number_the_series_goes_on_behind_the_block(team: Team, clock: Any) -> None:
    leased(team, 3)
    assert spot_case(team).decision_number == WORD.format(4)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": "自编第1号"}, "不属于"),
        ({"number": WORD.format(4)}, "不属于"),  # behind the block
        ({"number": WORD.format(1), "decided_at": "2022-03-09T09:00", "act_on": "2022-03-09"}, "有效期"),
        ({"number": WORD.format(1), "decided_at": "2022-03-10T10:01"}, "不能晚于当前"),
        ({"decided_at": "2022-03-10T09:30"}, "须填写其文号"),
    ],
)
def test_a_paper_that_cannot_be_is_refused(
    team: Team, clock: Any, changes: dict[str, str], sentence: str
) -> None:
    block = leased(team)
    assert sentence in refused(team, **changes)
    block.refresh_from_db()
    assert block.used == []


def test_a_number_is_entered_once_and_only_by_its_officer(team: Team, clock: Any) -> None:
    leased(team)
    spot_case(team, number=WORD.format(1))
    assert "不属于" in refused(team, number=WORD.format(1))
    form = on_the_spot(team, number=WORD.format(2), second_officer=str(team.first.pk))
    answer = browser(team.second).post(SIMPLE, form)
    assert "不属于" in answer.context["refused"][0]["text"]


def test_after_the_lease_only_what_was_written_in_time_is_entered(team: Team, clock: Any) -> None:
    leased(team)
    clock.shift(timedelta(days=limits()["days"], minutes=1))
    assert "有效期" in refused(team, number=WORD.format(1), act_on="2022-03-17")


# --- by the clock -------------------------------------------------------------------------------------
def test_blocks_that_have_run_out_are_closed_by_the_clock(team: Team, clock: Any) -> None:
    block = leased(team)
    spot_case(team, number=WORD.format(3))
    clock.move_to(enter_until(block) - timedelta(minutes=1))
    assert close_expired() == []
    later = leased(team, 1)
    clock.shift(timedelta(minutes=2))
    close_blocks(0)
    block.refresh_from_db(), later.refresh_from_db()
    assert (block.used, block.voided) == ([3], [1, 2]) and later.closed_at is None
    entry = LedgerEntry.objects.get(chain=block.chain, action="block.closed")
    assert entry.actor == "system" and entry.payload["voided"] == [WORD.format(1), WORD.format(2)]
    assert verify_chain(block.chain).findings == []
    assert "不属于" in refused(team, number=WORD.format(1), decided_at="2022-03-10T10:30")
    assert close_expired() == []
