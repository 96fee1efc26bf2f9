"""Everything of the demo, in two parts that do not need each other: two processes load them side by side.

The parts write different records and take the locks that both need (numbers, chains of the ledger) for a
moment only. Each goes on where it was broken off.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from multiprocessing.queues import Queue
from queue import Empty
from typing import Any

from django.db import connection

from chengshu.bureau.models import District
from chengshu.demo import plans
from chengshu.demo.beside import work
from chengshu.demo.cases import load_cases
from chengshu.demo.cast import Cast
from chengshu.demo.city import districts
from chengshu.demo.duty_logs import load_duty_logs
from chengshu.demo.duty_year import load_duty_year
from chengshu.demo.flights import load_suspects
from chengshu.demo.inspections import load_inspections
from chengshu.demo.lights import load_lights
from chengshu.demo.load import load_objects
from chengshu.demo.objects import recipe, scaled
from chengshu.demo.patrol import load_patrols, set_up
from chengshu.demo.pictures import load_pictures
from chengshu.demo.playing import load_leads
from chengshu.demo.structures import load_structures
from chengshu.demo.verification import load_verification
from chengshu.demo.year import load_year_leads, load_year_patrols
from chengshu.leads.services.classes import load_classes

Report = Callable[[int, int, str], None]
Made = dict[str, int]
WAIT_S = 0.5  # between two looks at the other process


@dataclass(frozen=True)
class Wanted:
    """How much of everything; the shares are of the shipped district's year."""

    seed: int = 2020
    scale: float = 1.0
    objects: int | None = None
    leads: int | None = None
    cases: float = 1.0
    inspections: float = 1.0
    structures: float = 1.0
    patrols: bool = True

    def counts(self, district: District) -> dict[str, int]:
        """Objects of each class."""
        usual: dict[str, int] = recipe(district.code)["counts"]
        if self.objects is not None:
            return scaled(usual, self.objects)
        return {code: round(count * self.scale) for code, count in usual.items()}


class OtherProcessFailed(RuntimeError):
    """What the other process said when it gave up."""


def load_city(shipped: District, wanted: Wanted, count: int, report: Report) -> Made:
    """Districts with a year each, one after the other; how many records of each kind were added.

    Each follows the same plan with a seed of its own.
    """
    made: Made = {}
    for number, district in enumerate(districts(shipped, count)):
        own = replace(wanted, seed=wanted.seed + number)
        told = _named(report, f"{district.name} · ") if count > 1 else report
        added = load_all(district, own, told)
        made = {kind: made.get(kind, 0) + n for kind, n in added.items()}
    return made


def _named(report: Report, name: str) -> Report:
    return lambda done, total, label: report(done, total, name + label)


def load_all(district: District, wanted: Wanted, report: Report) -> Made:
    """Add what is missing of everything; how many records of each kind were added.

    Two processes share the work where there are two processors. Raises `OtherProcessFailed`.
    """
    made = {"added": load_objects(district, wanted.counts(district), seed=wanted.seed, report=report)}
    made["added"] += load_verification(district, seed=wanted.seed, report=report)
    load_classes(district)
    cast = Cast(district)  # both parts need the accounts and the beats: neither makes them beside the other
    if wanted.patrols:
        set_up(district, cast, seed=wanted.seed)
    # within a transaction another process would see nothing of what has been done so far
    if (os.cpu_count() or 1) < 2 or connection.in_atomic_block:
        made |= files(district, wanted, report) | streets(district, wanted, report)
    else:
        made |= _side_by_side(district, wanted, report)
    if wanted.patrols:  # the year's logs tell of its cases
        made["duty_logs"] += load_duty_year(district, seed=wanted.seed, report=report)
    return made


def streets(district: District, wanted: Wanted, report: Report) -> Made:
    """What happens in the streets: leads of the weeks and of the year, patrols and duty logs of the weeks."""
    seed, scale = wanted.seed, wanted.scale
    made: Made = dict.fromkeys(("leads", "year_leads", "patrols", "duty_logs"), 0)
    if wanted.leads != 0:
        made["leads"] = load_leads(district, count=wanted.leads, seed=seed, report=report)
        if wanted.leads is None:
            made["year_leads"] = load_year_leads(district, seed=seed, scale=scale, report=report)
    if wanted.patrols:
        made["patrols"] = load_patrols(district, seed=seed, report=report)
        made["duty_logs"] = load_duty_logs(district, seed=seed, report=report)
    return made


def files(district: District, wanted: Wanted, report: Report) -> Made:
    """What lies in files and registers: cases, inspections, structures, flights; the year's patrols, so that
    both parts take about as long."""
    made: Made = dict.fromkeys(("cases", "inspections", "structures", "suspects", "year_patrols"), 0)
    for name, share, load in (
        ("cases", wanted.cases, load_cases),
        ("inspections", wanted.inspections, load_inspections),
        ("structures", wanted.structures, load_structures),
        ("suspects", wanted.structures, load_suspects),
    ):
        if share:
            made[name] = load(district, seed=wanted.seed, scale=share * wanted.scale, report=report)
    if wanted.structures:
        load_lights(district, report=report)
        if not plans.is_invented(district.code):  # taken where the shipped district lies
            made["suspects"] += load_pictures(district, seed=wanted.seed, report=report)
    if wanted.patrols:
        made["year_patrols"] = load_year_patrols(
            district, seed=wanted.seed, scale=wanted.scale, report=report
        )
    return made


# --- two processes --------------------------------------------------------------------------------------
def _side_by_side(district: District, wanted: Wanted, report: Report) -> Made:
    """The files in a process of their own, the streets here."""
    context = get_context("spawn")
    said: Queue[Any] = context.Queue()
    other = context.Process(target=work, args=(district.pk, asdict(wanted), os.getpid(), said), daemon=True)
    other.start()
    there = _Told(said)
    try:
        made = streets(district, wanted, lambda done, total, label: report(done, total, there.beside(label)))
        while there.result is None and (other.is_alive() or there.look(0)):
            there.look(WAIT_S)
            report(*there.progress)
        other.join()
    finally:
        if other.is_alive():
            other.terminate()
    if there.result is None or there.failed:
        raise OtherProcessFailed(there.failed or f"exit {other.exitcode}")
    return made | there.result


class _Told:
    """What the other process has told so far."""

    def __init__(self, said: Queue[Any]) -> None:
        self._said = said
        self.progress: tuple[int, int, str] = (0, 1, "")
        self.result: Made | None = None
        self.failed = ""

    def look(self, seconds: float) -> bool:
        """Read what has come, waiting so long for the first word; whether there was something."""
        heard = False
        while True:
            try:
                kind, value = self._said.get(timeout=seconds) if seconds else self._said.get_nowait()
            except Empty:
                return heard
            heard, seconds = True, 0
            if kind == "progress":
                self.progress = value
            elif kind == "done":
                self.result = value
            else:
                self.failed, self.result = value, {}

    def beside(self, label: str) -> str:
        """A label with what goes on in the other process."""
        self.look(0)
        if self.failed:
            raise OtherProcessFailed(self.failed)
        done, total, other = self.progress
        return f"{label} · {other} {done}/{total}" if other and self.result is None else label
