"""Archive numbers: proposed by the bureau's pattern, without a gap through the year, and open to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.cases import authorities
from chengshu.cases.models import Case
from tests.cases.conftest import Team
from tests.cases.pages import NOW, browser, spot_case, take, taken

pytestmark = pytest.mark.django_db
NUMBER = "沪普城管档〔2022〕第{:06d}号"


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


def closed(team: Team) -> Case:
    """A case that is ready for the archive; each at another place, being another act."""
    case = spot_case(team, address=f"长寿路{Case.objects.count() + 1}号")
    officer, leader = browser(team.first), browser(team.leader)
    for kind in ("simple_record", "pay", "disclose", "close"):
        taken(leader if kind in ("disclose", "close") else officer, case, kind)
    return case


def archived(team: Team, case: Case, number: str = "") -> str:
    """The archive number after the form has been sent with this number."""
    return taken(browser(team.leader), case, "archive", archive_number=number).archive_number


def refused(team: Team, case: Case, number: str) -> str:
    """What the form says; the case stays out of the archive."""
    answer: Any = take(browser(team.leader), case, "archive", archive_number=number)
    assert answer.status_code == 200
    case.refresh_from_db()
    assert (case.state, case.archive_number) == ("closed", "")
    return str(answer.context["step_form"].refused[0]["text"])


def test_files_are_numbered_through_the_year_by_one_click_each(team: Team) -> None:
    cases = [closed(team), closed(team)]
    page = browser(team.leader).get(reverse("cases:case", args=[cases[0].pk])).content.decode()
    assert f'placeholder="{NUMBER.format(1)}"' in page
    assert [archived(team, case) for case in cases] == [NUMBER.format(1), NUMBER.format(2)]
    assert cases[1].steps.get(kind="archive").data["archive_number"] == NUMBER.format(2)


def test_the_archivist_may_write_another_number(team: Team) -> None:
    assert archived(team, closed(team), "旧库12-7") == "旧库12-7"
    assert archived(team, closed(team), NUMBER.format(1)) == NUMBER.format(1)  # the proposal, typed
    assert archived(team, closed(team)) == NUMBER.format(2)


def test_a_refused_archiving_gives_its_number_back(team: Team) -> None:
    case = closed(team)
    assert "超前" in refused(team, case, NUMBER.format(5))
    assert archived(team, case) == NUMBER.format(1)


def test_no_two_files_bear_one_number(team: Team) -> None:
    first, second = closed(team), closed(team)
    archived(team, first, "旧库12-7")
    assert "已被其他案卷使用" in refused(team, second, "旧库12-7")
    archived(team, second)
    assert "已被其他案卷使用" in refused(team, closed(team), NUMBER.format(1))


def test_a_number_written_by_hand_for_next_year_is_passed_over_then(team: Team) -> None:
    ahead = NUMBER.format(1).replace("2022", "2023")
    assert archived(team, closed(team), ahead) == ahead
    waiting = closed(team)
    with time_machine.travel("2023-02-01 10:00+08:00"):
        User.objects.update(password_changed_at=timezone.now())
        assert archived(team, waiting) == NUMBER.format(2).replace("2022", "2023")


def test_each_bureau_has_its_own_pattern(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**authorities._file("310107"), "archive_number": "{year}-{word}-{seq:04d}"}
    monkeypatch.setattr(authorities, "_file", lambda code: known)
    assert archived(team, closed(team)) == "2022-沪普城管-0001"
