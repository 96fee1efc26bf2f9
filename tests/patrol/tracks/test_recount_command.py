"""``chengshu patrol recount``: says whether the counts are what the check-ins say."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from chengshu.config.commands import patrol as command
from chengshu.patrol.models import BeatDay
from tests.patrol.tracks.conftest import Patrol


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> object:
    """The command on the tests' database."""
    monkeypatch.setattr(command, "setup_django", lambda: None)
    return lambda *words: CliRunner().invoke(command.patrol, ["recount", *words])


def test_equal_counts_are_said_to_be_equal(patrol: Patrol, run: object) -> None:
    patrol.check_in(9)
    result = run("--from", patrol.day.isoformat(), "--to", patrol.day.isoformat())  # type: ignore[operator]
    assert result.exit_code == 0 and "1" in result.output and BeatDay.objects.get().visits == 1


def test_a_difference_is_listed_and_repaired_on_request(patrol: Patrol, run: object) -> None:
    patrol.check_in(9)
    assert run().exit_code == 0  # type: ignore[operator]
    BeatDay.objects.update(visits=7)
    result = run()  # type: ignore[operator]
    assert result.exit_code == 1 and "visits 7 ≠ 1" in result.output
    run("--repair")  # type: ignore[operator]
    assert run().exit_code == 0 and BeatDay.objects.get().visits == 1  # type: ignore[operator]


def test_days_the_wrong_way_round_are_refused(patrol: Patrol, run: object) -> None:
    result = run("--from", "2026-05-02", "--to", "2026-05-01")  # type: ignore[operator]
    assert result.exit_code == 2
