"""A district with two flights on disk, their comparison, and the people who look at it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from chengshu.bureau.models import District, Unit, User
from chengshu.leads.services.classes import load_classes
from chengshu.sensing import library
from chengshu.sensing import rules as rules_module
from chengshu.sensing.models import Comparison, Flight, Suspect
from chengshu.sensing.services import comparing, deciding, flights
from tests import factories
from tests.jobs import run_jobs
from tests.sensing import scene


@dataclass
class Sky:
    """The world of a test."""

    district: District
    squad: Unit
    clerk: User
    dispatcher: User
    supervisor: User
    officer: User
    folder: Path
    before: Flight
    after: Flight
    monkeypatch: pytest.MonkeyPatch

    def compare(self, *candidates: Any, **fields: Any) -> Comparison:
        """The comparison of both flights, in which the library finds what is said."""
        answer = scene.found(*(candidates or self.three()), **fields)
        self.monkeypatch.setattr(library, "compare", scene.answering(answer))
        made = comparing.compare(self.before, self.after, by=self.clerk)
        work()
        made.refresh_from_db()
        return made

    def three(self) -> tuple[Any, ...]:
        """A house, a shed and a demolition."""
        return (
            scene.candidate(scene.HOUSE, "new_building", 0.9),
            scene.candidate(scene.SHED, "temporary_shed", 0.6, height_gain_m=2.5),
            scene.candidate(scene.GONE, "demolition", 0.7, height_gain_m=-6.0),
        )

    def suspect(self, kind: str = "new_building") -> Suspect:
        """The suspect of a kind, as it is now."""
        return Suspect.objects.select_related("comparison").get(kind=kind)


def work() -> None:
    """Run what is queued; beside Playwright's event loop in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        run_jobs()
        return
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_work_here).result()


def _work_here() -> None:
    try:
        run_jobs()
    finally:
        connections.close_all()


def fly(district: District, by: User, name: str, day: date, **fields: Any) -> Flight:
    """Register one of the flights on disk; it is ready afterwards."""
    stated = {"mosaic": f"{name}.tif", "dsm": f"{name}_dsm.tif", "height_m": 120.0, **fields}
    flight = flights.register_flight(district, by=by, name=name, flown_on=day, **stated)
    work()
    flight.refresh_from_db()
    return flight


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The folder of flights, with a pair in it."""
    settings.FLIGHT_FOLDER = tmp_path / "flights"
    settings.FLIGHT_WORK = tmp_path / "comparisons"
    scene.write_pair(settings.FLIGHT_FOLDER)
    return Path(settings.FLIGHT_FOLDER)


@pytest.fixture
def sky(db: None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Sky:
    """Two flights of May and June, ready to be compared; nothing is drawn as a sample by chance."""
    none = rules_module.Rules(**{**vars(rules_module.rules()), "second_reader_share": 0.0})
    monkeypatch.setattr(deciding, "rules", lambda: none)
    district = District.objects.get(code="310107")
    load_classes(district)
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    clerk = factories.make_user("registry_clerk")
    return Sky(
        district, squad, clerk, factories.make_user("dispatcher"), factories.make_user("supervisor"),
        factories.make_user("officer", squad), folder,
        fly(district, clerk, "before", date(2020, 5, 1)), fly(district, clerk, "after", date(2020, 6, 1)),
        monkeypatch,
    )  # fmt: skip
