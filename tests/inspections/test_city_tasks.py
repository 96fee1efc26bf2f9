"""Tasks of the city's own supervision system come in, all of a file or nothing, and once only."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from django.utils import timezone

from chengshu.inspections.exchange import receiving, table
from chengshu.inspections.exchange.receiving import CityTaskProblem, Received
from chengshu.inspections.exchange.schema import CityTaskIn, json_schema
from chengshu.inspections.exchange.table import ExchangeProblem
from chengshu.inspections.lifecycle import Kind, TaskState
from chengshu.inspections.models import CityTask, CityTaskObject, Inspection, InspectionTask
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel.models import LedgerEntry
from chengshu.kernel.tables import write_xlsx
from tests.inspections.conftest import Checks

pytestmark = pytest.mark.django_db


def task(**changes: Any) -> dict[str, Any]:
    """A task of this quarter as the city's system states it."""
    today = timezone.localdate()
    values = {
        "number": "SH-0012",
        "title": "沿街商铺专项抽查",
        "item": "SHOP-01",
        "year": today.year,
        "quarter": (today.month + 2) // 3,
        "count": 3,
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def drawn(checks: Checks, *shops: int, officers: bool = True, **changes: Any) -> dict[str, Any]:
    """A task whose objects and officers the city has drawn."""
    numbers = [one.certificates.get().number for one in checks.officers[:2]] if officers else []
    objects = [
        {"name": checks.shops[n].name, "address": checks.shops[n].address, "officers": numbers} for n in shops
    ]
    stated = {"drawn": {"reference": "CQ-7", "objects": objects}, "count": None}
    return task(number="SH-0013", **{**stated, **changes})


def as_json(*tasks: dict[str, Any]) -> io.BytesIO:
    return io.BytesIO(orjson.dumps({"tasks": list(tasks)}))


def as_xlsx(*rows: dict[str, Any]) -> io.BytesIO:
    """A table with the columns of the template."""
    target = io.BytesIO()
    keys = [column.key for column in table.COLUMNS]
    cells = [[row.get(key) for key in keys] for row in rows]
    write_xlsx(target, [column.name for column in table.COLUMNS], cells, sheet="市级任务")
    target.seek(0)
    return target


def receive(checks: Checks, file: io.BytesIO) -> Received:
    return receiving.receive_file(file, "tasks", checks.district, by=checks.clerk)


def sentences(received: Received) -> str:
    return "\n".join(f"{row}: {text}" for line in received.lines for row, text in line.faults)


@pytest.fixture(autouse=True)
def _distinct_addresses(checks: Checks) -> None:
    for n, shop in enumerate(checks.shops):
        shop.name, shop.address = f"春风小吃{n}", f"长寿路{n + 1}号"
        type(shop).objects.filter(pk=shop.pk).update(
            name=shop.name, name_key=shop.name, address=shop.address, address_key=shop.address
        )


def test_a_task_to_be_drawn_becomes_a_planned_task_of_the_city(checks: Checks) -> None:
    received = receive(checks, as_json(task()))
    assert received.written and received.new == 1
    made = InspectionTask.objects.get(source_ref="SH-0012")
    assert (made.origin, made.state, made.rules["number"]) == ("city", TaskState.PLANNED, 3)
    assert CityTask.objects.get().task == made


def test_the_same_file_twice_changes_nothing(checks: Checks) -> None:
    receive(checks, as_json(task(), drawn(checks, 0)))
    before = LedgerEntry.objects.count()
    again = receive(checks, as_json(task(), drawn(checks, 0)))
    assert not again.written and (again.new, again.same) == (0, 2)
    assert LedgerEntry.objects.count() == before
    assert (InspectionTask.objects.count(), Inspection.objects.count()) == (1, 1)


def test_table_and_json_of_one_task_are_the_same_task(checks: Checks) -> None:
    receive(checks, as_json(task(due_on=f"{timezone.localdate().year}-12-30", quarter=4)))
    row = task(due_on=f"{timezone.localdate().year}-12-30", quarter=4)
    assert receive(checks, as_xlsx(row)).same == 1


def test_a_changed_task_of_a_known_number_is_refused(checks: Checks) -> None:
    receive(checks, as_json(task()))
    assert receive(checks, as_json(task(count=4))).faulty
    with pytest.raises(CityTaskProblem) as refused:
        receiving.receive(CityTaskIn(**task(count=4)), checks.district, by=checks.clerk)
    assert refused.value.conflict


def test_what_the_city_drew_is_a_special_inspection_and_never_in_our_figures(checks: Checks) -> None:
    receive(checks, as_json(drawn(checks, 0, 1)))
    made = Inspection.objects.all()
    assert {one.kind for one in made} == {Kind.SPECIAL}
    assert all(one.draw is None and one.task is None and "CQ-7" in one.reason for one in made)
    assert {one.team.count() for one in made} == {2}
    assert not InspectionTask.objects.exists()


def test_without_officers_of_the_city_the_squad_arranges_once(checks: Checks) -> None:
    receive(checks, as_json(drawn(checks, 0, officers=False)))
    waiting = CityTaskObject.objects.get()
    assert waiting.inspection is None
    team = [one for one in checks.officers if one.unit_id == waiting.object.squad_id][:2]
    first = receiving.arrange_waiting(waiting, team, by=checks.squad_leader)
    assert receiving.arrange_waiting(waiting, team, by=checks.squad_leader) == first
    assert Inspection.objects.count() == 1


def test_one_faulty_task_keeps_the_whole_file_out_and_every_fault_has_its_row(checks: Checks) -> None:
    stranger = {"name": "没有这家店", "address": "没有这条路1号"}
    bad = drawn(checks, 0)
    bad["drawn"]["objects"].append(stranger)
    received = receive(checks, as_json(task(), bad, task(number="SH-0014", item="NO-99")))
    assert received.faulty and not received.written
    assert not CityTask.objects.exists() and not InspectionTask.objects.exists()
    said = sentences(received)
    assert "2: " in said and "没有这家店" in said and "3: " in said


def test_a_trial_says_the_same_and_writes_nothing(checks: Checks) -> None:
    trial = receiving.check_file(as_json(task()), "t.json", checks.district, by=checks.clerk)
    assert trial.new == 1 and not trial.written
    assert not InspectionTask.objects.exists() and not CityTask.objects.exists()


@pytest.mark.parametrize(
    ("cells", "row", "about"),
    [
        ({"count": "许多"}, 2, "抽取数量"),
        ({"quarter": 5}, 2, "季度"),
        ({"item": None}, 2, "抽查事项"),
        ({"shares": "5%"}, 2, "市级"),
        ({"starts_on": "2020-13-01"}, 2, "开始日期"),
        ({"classes": "寺庙"}, 2, "寺庙"),
        ({"count": None, "uscc": "91310107MA1FY00000"}, 2, "91310107MA1FY00000"),
    ],
)
def test_faults_of_a_table_are_sentences_with_their_row(
    checks: Checks, cells: dict[str, Any], row: int, about: str
) -> None:
    stated = {**task(), **cells}
    if "uscc" in cells:
        stated["draw_ref"] = "CQ-1"
    received = receive(checks, as_xlsx(stated))
    assert received.faulty
    assert sentences(received).startswith(f"{row}: ")
    assert about in sentences(received), sentences(received)


def test_rows_of_one_number_are_the_objects_of_one_task(checks: Checks) -> None:
    first = task(count=None, draw_ref="CQ-1", name=checks.shops[0].name, address=checks.shops[0].address)
    second = {"number": first["number"], "name": checks.shops[1].name, "address": checks.shops[1].address}
    assert receive(checks, as_xlsx(first, second)).new == 1
    assert CityTaskObject.objects.count() == 2
    third = {"number": first["number"], "title": "另一个名称", "name": "x", "address": "y"}
    assert sentences(receive(checks, as_xlsx(first, third))).startswith("3: ")


def test_shares_are_read_in_per_cent_and_kept_per_mille(checks: Checks) -> None:
    receive(checks, as_xlsx(task(count=None, shares="A1%、B2.5%、未评5%")))
    rules = InspectionTask.objects.get().rules
    assert {key: value for key, value in rules["per_mille"].items() if value} == {"A": 10, "B": 25, "": 50}


def test_an_officer_without_a_certificate_of_the_bureau_is_named(checks: Checks) -> None:
    stated = drawn(checks, 0)
    stated["drawn"]["objects"][0]["officers"] = ["999999", "888888"]
    assert "999999" in sentences(receive(checks, as_json(stated)))


@pytest.mark.parametrize(
    "content", [b"{", b'{"tasks": []}', b'{"task": [{}]}', b"[1]", b"PK\x03\x04nothing", b""]
)
def test_what_is_no_such_file_gets_one_sentence(checks: Checks, content: bytes) -> None:
    with pytest.raises(ExchangeProblem):
        receive(checks, io.BytesIO(content))


def test_the_template_reads_back_and_its_example_needs_only_the_registry(checks: Checks) -> None:
    target = io.BytesIO()
    table.write_template(target)
    target.seek(0)
    stated = table.read_tasks(target, table.FILENAME)
    assert len(stated) == 1 and not stated[0].problems
    raw = {key: value for key, value in stated[0].raw.items() if key != "_cells"}
    assert CityTaskIn.model_validate(raw).count == 20


def test_only_who_plans_takes_tasks_in(checks: Checks) -> None:
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        receiving.receive_file(as_json(task()), "t", checks.district, by=checks.squad_leader)


def test_an_officer_of_another_squad_may_not_be_given_by_a_squad_leader(checks: Checks) -> None:
    receive(checks, as_json(drawn(checks, 1, officers=False)))  # in the other squad's town
    from django.core.exceptions import PermissionDenied

    with pytest.raises((PermissionDenied, InspectionProblem)):
        receiving.arrange_waiting(CityTaskObject.objects.get(), checks.officers[:2], by=checks.squad_leader)


def test_the_json_schema_knows_every_field() -> None:
    schema = json_schema()
    assert {"number", "title", "drawn", "per_mille"} <= set(schema["$defs"]["CityTaskIn"]["properties"])
