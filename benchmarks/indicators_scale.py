"""Claim: over 1,000,000 cases and 10,000,000 other records of ten years, all indicators of a year are counted
in 3 s with nothing kept and a warm database, and answered in 0.3 s once kept.

The records are those of a loaded reference year, written again and again under other numbers and with their
days moved back by nought to nine years, as a city's districts would bring them in ten years. They lie in the
same district, so that every figure runs over all of them. The home must hold the loaded year (``chengshu demo
load``); it is filled in place: give it a copy.

    CHENGSHU_HOME=/path/of/a/copy python benchmarks/indicators_scale.py [--year 2020] [--rounds 5]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

YEARS = 10
CASES = 1_000_000
SHIFTED = ("DateField", "DateTimeField")


@dataclass(frozen=True)
class Copied:
    """A kind of record, how many there shall be, and the parent whose copies it goes with."""

    model: str
    wanted: int
    parent: str = ""


COPIED = (
    Copied("registry.RegulatedObject", 1_000_000),
    Copied("registry.FactRecord", 2_000_000),
    Copied("registry.RoundItem", 300_000),
    Copied("cases.Case", CASES + 10_000),
    Copied("cases.Party", CASES, "case"),
    Copied("cases.CaseStep", 5_000_000, "case"),
    Copied("inspections.InspectionTask", 20_000),
    Copied("inspections.Inspection", 900_000),
    Copied("patrol.DutyLog", 160_000),
    Copied("structures.Structure", 160_000),
    Copied("structures.Elimination", 110_000, "structure"),
    Copied("sensing.Suspect", 400_000),
)
TEXTS = ("number", "source_ref")  # what is unique is made so by the copy's number


def fill() -> int:
    """Have that many records; returns how many other records than cases there are."""
    from django.apps import apps
    from django.db import connection

    others = 0
    strides: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        for kind in COPIED:
            model: Any = apps.get_model(kind.model)
            there = model.objects.count()
            if there and there < kind.wanted / 2:
                table = model._meta.db_table
                _let_go(cursor, table)
                _copy(cursor, model, kind, there, strides)
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
                cursor.execute(f"VACUUM ANALYZE {table}")
            count = model.objects.count()
            others += 0 if kind.model == "cases.Case" else count
            print(f"{kind.model}: {count:,}", file=sys.stderr, flush=True)
    return others


def _let_go(cursor: Any, table: str) -> None:
    """Copies have no leads and draws of their own: without foreign keys; while filling without triggers."""
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass", [table]
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def _copy(cursor: Any, model: Any, kind: Copied, there: int, strides: dict[str, int]) -> None:
    table = model._meta.db_table
    cursor.execute(f"SELECT max(id) + 1 FROM {table}")  # noqa: S608
    stride = strides[table] = cursor.fetchone()[0]
    columns, values = _columns(model, kind, strides)
    copies = max(2, -(-kind.wanted // there))
    strides[f"{table} copies"] = copies
    for copy in range(1, copies):
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} "  # noqa: S608
            "WHERE id < %(stride)s ON CONFLICT DO NOTHING",
            {"copy": copy, "stride": stride, "years": copy % YEARS},
        )


def _columns(model: Any, kind: Copied, strides: dict[str, int]) -> tuple[list[str], list[str]]:
    """The columns of a copy and what stands in them."""
    values: dict[str, str] = {}
    for field in model._meta.concrete_fields:
        name, sort = field.column, field.get_internal_type()
        column = f'"{name}"'
        if field.generated:
            continue
        if field.primary_key:
            values[name] = f"{column} + %(copy)s * %(stride)s::bigint"
        elif kind.parent and field.name == kind.parent:
            parent = strides[field.related_model._meta.db_table]
            values[name] = f"{column} + %(copy)s * {parent}::bigint"
        elif name == "draw_id" or (sort == "OneToOneField" and not field.null):
            values[name] = f"{column} + %(copy)s * 10000000::bigint"
        elif sort == "OneToOneField" or name == "lead_id":
            values[name] = "NULL"
        elif sort in SHIFTED:
            values[name] = f"({column} - make_interval(years => %(years)s))::{field.db_type(_connection())}"
        elif name in TEXTS and sort == "CharField":
            most = field.max_length
            other = f"left(md5({column} || %(copy)s), {most})"
            values[name] = f"CASE WHEN {column} = '' THEN '' ELSE {other} END"
        elif sort == "UUIDField":
            values[name] = "gen_random_uuid()"
        elif name == "year":
            values[name] = f"{column} - %(years)s"
        else:
            values[name] = column
    if model._meta.db_table == "sensing_suspect":
        values["number"] = "number + %(copy)s * 10000000"
    if model._meta.db_table == "inspections_inspection":  # there are more of these than of their tasks
        tasks, stride = strides["inspections_inspectiontask copies"], strides["inspections_inspectiontask"]
        values["task_id"] = f"task_id + (%(copy)s %% {tasks}) * {stride}::bigint"
    if model._meta.db_table in ("registry_factrecord", "registry_rounditem"):
        values["object_id"] = f"object_id + %(copy)s * {strides['registry_regulatedobject']}::bigint"
    return [f'"{name}"' for name in values], list(values.values())


def _connection() -> Any:
    from django.db import connection

    return connection


def measure(year: int, rounds: int) -> None:
    """Count and ask again; prints medians."""
    from django.db import connection

    from chengshu.kernel.indicators.asking import figures, year_on_year
    from chengshu.kernel.indicators.computing import one_moment, place_of
    from chengshu.kernel.indicators.declarations import all_declared
    from chengshu.kernel.indicators.periods import Period

    ids, period = [one.id for one in all_declared()], Period.year(year)
    place = place_of(None)

    def cold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM kernel_keptfigure")
        with one_moment():
            figures(ids, period, place)

    def kept() -> None:
        figures(ids, period, place)

    def both_years() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM kernel_keptfigure")
        with one_moment():
            year_on_year(ids, period, place)

    print(f"{len(ids)} indicators of {year}")
    for name, asked in (("counted", cold), ("kept", kept), ("counted, two years", both_years)):
        taken = [_seconds(asked) for _ in range(rounds + 1)][1:]  # the first warms the database
        print(f"{name}: median {statistics.median(taken):.3f} s, worst {max(taken):.3f} s")


def slow(year: int) -> None:
    """How long each population takes by itself."""
    from chengshu.kernel.indicators.computing import Ask, _counted, place_of
    from chengshu.kernel.indicators.declarations import Indicator, all_declared
    from chengshu.kernel.indicators.periods import Period

    groups: dict[str, list[Ask]] = {}
    for one in all_declared():
        if isinstance(one, Indicator):
            ask = Ask(one, Period.year(year), place_of(None))
            groups.setdefault(one.population.code, []).append(ask)
    for code, asks in groups.items():
        taken = min(_seconds(lambda asks=asks: _counted(asks, frozenset())) for _ in range(2))  # type: ignore[misc]
        print(f"  {code}: {taken:.3f} s for {len(asks)}")


def _seconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def main() -> None:
    """Fill, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--year", type=int, default=2020)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()

    from chengshu.config.cli import setup_django

    setup_django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(f"{fill():,} records beside the cases")
    measure(asked.year, asked.rounds)
    slow(asked.year)


if __name__ == "__main__":
    main()
