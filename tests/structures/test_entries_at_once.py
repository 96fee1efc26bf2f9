"""Entries taken through their whole history in a batch leave the rows that service after service leaves."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chengshu.kernel import files
from chengshu.kernel.ledger import verify_chain
from chengshu.kernel.models import LedgerEntry, StoredFile
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.classes import load_classes
from chengshu.registry.neighbourhood import Observation
from chengshu.structures.models import Elimination, KeyPlot, Structure, StructureEvent
from chengshu.structures.services import bulk, disposing, entering, recording, years
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.services.disposing import Offer
from chengshu.structures.services.entering import NewEntry
from chengshu.structures.services.recording import Photo
from tests import factories

from .conftest import LAT, LNG, Ledger, flight, picture, square

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(hour=4, minute=0) - timedelta(days=1)  # noon in Shanghai
OWN = {"id", "structure_id", "number", "created_at", "recorded_at"}
OF_EVENT = {"pgh_id", "pgh_obj_id", "pgh_created_at", "pgh_context_id"}
KINDS = {"survey": "surveys", "before": "photos", "after": "photos", "proposal": "proposals"}


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@cache
def shot(name: str) -> bytes:
    """The same picture each time, as in two ledgers of the same places."""
    return picture().getvalue()


class Player:
    """Takes entries through their ways, by one officer and one leader."""

    def __init__(self, ledger: Ledger) -> None:
        self.officer, self.leader, self.clerk = ledger.officer, ledger.leader, ledger.clerk
        self.district = ledger.district

    def entry(self, **stated: Any) -> Structure:
        values = {
            "address": "长寿路88号\t屋顶\\北侧", "types": ["rooftop"], "built": "stock", "polygon": square(),
            "found_at": ago(200), "area_m2": Decimal("36.5"), "method": "tape", "height_m": Decimal("3.1"),
            "owner_name": "张先生", **stated,
        }  # fmt: skip
        return entering.enter(NewEntry(**values), district=self.district, by=self.officer)

    def photo(self, made: Structure, moment: str, at: datetime, name: str = "") -> None:
        content = io.BytesIO(shot(name or moment))
        one = Photo(content, f"{moment}.png", moment, taken_at=at, position=made.position or (LNG, LAT))
        recording.add_photos(made, [one], by=self.officer, at=at)

    def procedure(self, made: Structure) -> None:
        """To the order to demolish, served."""
        recording.take_step(made, "on_site", by=self.officer, at=ago(199))
        self.photo(made, "before", ago(199))
        recording.find(made, "illegal", by=self.officer, at=ago(190), number="认1")
        deadline = timezone.localdate(ago(150))
        recording.take_step(
            made, "order", by=self.officer, at=ago(185), number="责限拆1", deadline=deadline, note="限期"
        )
        recording.take_step(made, "announced", by=self.officer, at=ago(184))
        recording.take_step(made, "served", by=self.officer, at=ago(183))

    def propose(self, made: Structure, kind: str, days: float, **more: Any) -> Any:
        offer = Offer(kind, "按规定处置", **more)
        return disposing.propose(made, offer, by=self.officer, at=ago(days))

    def dispose(self, made: Structure, kind: str, days: float, **more: Any) -> None:
        proposal = self.propose(made, kind, days + 1, **more)
        disposing.approve(proposal, by=self.leader, at=ago(days), note="同意")

    # --- ways -----------------------------------------------------------------------------------------
    def written_off_and_built_again(self) -> None:
        """Large: a flight has seen it gone; a smaller survey follows; then somebody builds it anew."""
        made = self.entry(area_m2=Decimal("260"), polygon=square(degrees=0.0002))
        self.procedure(made)
        recording.survey(
            made, Decimal("255.255"), "gnss", by=self.officer, at=ago(140), storeys=1,
            height_m=Decimal("2.8"), polygon=square(LNG + 0.00001, degrees=0.0002), note=" 复测 ",
        )  # fmt: skip
        recording.note_in_register(made, "recorded", by=self.officer, number="注1", at=ago(130))
        disposing.demolish(made, "assisted", by=self.officer, at=ago(100), note="助拆")
        self.photo(made, "after", ago(99))
        waiting = self.propose(made, "write_off", 60)
        disposing.refuse(waiting, by=self.leader, note="再核", at=ago(59))
        self.dispose(made, "write_off", 50)
        recording.note_in_register(made, "released", by=self.officer, number="解1", at=ago(40))
        disposing.relapse(made, by=self.officer, note="又搭", building=True, at=ago(30))
        self.photo(made, "before", ago(29), "before anew")
        recording.find(made, "illegal", by=self.officer, at=ago(28))

    def deferred_and_back(self) -> None:
        """Deferred, taken up again before its day, then turned legal in the same year."""
        made = self.entry(area_m2=None, height_m=None)
        entering.change(made, {"material": "彩钢板", "types": ["steel_shed"]}, by=self.officer, note="核实")
        entering.set_key_task(made, True, by=self.clerk)
        recording.find(made, "illegal", by=self.officer, at=ago(20))
        self.dispose(made, "defer", 15, review_on=timezone.localdate() + timedelta(days=60))
        disposing.come_back(made, by=self.leader, note="提前处理", at=ago(10))
        self.dispose(made, "legalise", 5, permit_number="证1")

    def false_report(self) -> None:
        made = self.entry(owner_name="")
        self.photo(made, "other", ago(160))
        self.photo(made, "other", ago(160))  # the same once more: kept once
        recording.find(made, "legal", by=self.officer, at=ago(150), note="已取得许可")
        self.dispose(made, "false_report", 140)

    def standing(self) -> None:
        self.procedure(self.entry(polygon=None, position=(LNG, LAT), owner_name="李女士"))

    def play(self) -> None:
        self.written_off_and_built_again()
        self.deferred_and_back()
        self.false_report()
        self.standing()
        self.entry(polygon=None, town_id=Structure.objects.order_by("pk").values_list("town", flat=True)[0])


# --- what is written --------------------------------------------------------------------------------
def columns(row: Model, without: set[str]) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in without}


def _day(at: datetime) -> datetime:
    """What is dated by the computer's clock is as good as of the last moment of the play."""
    return min(at, NOW)


class Written:
    """Everything the database keeps of one entry, without ids, numbers and the clock of the computer."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.ids = {
            (name, pk): place
            for name in ("surveys", "photos", "proposals")
            for place, pk in enumerate(getattr(structure, name).order_by("id").values_list("pk", flat=True))
        }

    def rows(self) -> dict[str, Any]:
        found = {"entry": [columns(self.structure, OWN)]}
        for name in ("steps", "surveys", "findings", "photos", "proposals", "eliminations"):
            rows = getattr(self.structure, name).order_by("id")
            found[name] = [self._plain(columns(row, OWN - {"number"})) for row in rows]
        events = StructureEvent.objects.filter(pgh_obj=self.structure).order_by("version")
        found["history"] = [columns(row, OWN | OF_EVENT) for row in events]
        entries = LedgerEntry.objects.filter(chain=self.structure.chain).order_by("seq")
        found["ledger"] = [
            (one.seq, _day(one.at), one.actor, one.action, self._payload(one.payload)) for one in entries
        ]
        assert verify_chain(self.structure.chain).findings == []
        return found

    def _plain(self, row: dict[str, Any]) -> dict[str, Any]:
        if "at" in row:
            row["at"] = _day(row["at"])
        return row | {"data": self._payload(row["data"])} if "data" in row else row

    def _payload(self, data: dict[str, Any]) -> dict[str, Any]:
        named = {
            key: self.ids[KINDS[key], value] if key in KINDS and isinstance(value, int) else value
            for key, value in data.items()
        }
        return named | ({"number": "own"} if named.get("number") == self.structure.number else {})


def written(structures: Sequence[Structure]) -> list[dict[str, Any]]:
    return [Written(one).rows() for one in structures]


@pytest.fixture
def player(ledger: Ledger, flights: list[Observation]) -> Iterator[Player]:
    flights.append(flight(timezone.localdate(ago(80))))
    Player(ledger).entry()  # gives the town
    yield Player(ledger)


def made_since(last: int) -> list[Structure]:
    return list(Structure.objects.filter(pk__gt=last).order_by("number"))


def newest() -> int:
    return max(Structure.objects.values_list("pk", flat=True), default=0)


def test_the_same_rows_as_one_by_one(player: Player) -> None:
    start = newest()
    player.play()
    alone = written(made_since(start))
    middle = newest()
    with bulk.batch():
        player.play()
    together = written(made_since(middle))
    assert len(alone) == 5 and [len(one["steps"]) for one in alone] == [20, 9, 7, 8, 2]
    assert together == alone
    assert [one.pk for one in made_since(middle)] == sorted(one.pk for one in made_since(middle))


def test_after_the_batch_the_entry_goes_on_as_any_other(player: Player) -> None:
    with bulk.batch():
        made = player.entry()
        player.procedure(made)
    again = Structure.objects.get(pk=made.pk)
    assert columns(again, {"polygon"}) == columns(made, {"polygon"})
    player.dispose(made, "legalise", 3, permit_number="证2")
    made.refresh_from_db()
    assert made.status == "legalised" and Elimination.objects.filter(structure=made).count() == 1
    assert verify_chain(made.chain).findings == []


def test_what_an_entry_asks_the_database_for(player: Player) -> None:
    """Its number, and nothing more however long its way."""
    with CaptureQueriesContext(connection) as asked, bulk.batch():
        made = player.entry()
        player.photo(made, "before", ago(198))
        before = len(asked)
        made = player.entry(polygon=square(degrees=0.00011))
        player.procedure(made)
        player.dispose(made, "legalise", 3, permit_number="证2")
        assert len(asked) == before + 2  # the number, and the first proposal's ids


def test_a_picture_is_stored_once_a_batch(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[str] = []
    store = files.store

    def count(fileobj: Any, *, name: str, **more: Any) -> StoredFile:
        stored.append(name)
        return store(fileobj, name=name, **more)

    monkeypatch.setattr(files, "store", count)
    with bulk.batch():
        entries = [player.entry(), player.entry()]
        for one in entries:
            player.photo(one, "before", ago(198))
    assert stored == ["before.png"]
    assert len({one.photos.get().file_id for one in entries}) == 1


# --- what is refused --------------------------------------------------------------------------------
def _no_finding(player: Player, made: Structure) -> None:
    player.propose(made, "defer", 100, review_on=timezone.localdate(ago(50)))


def _two_waiting(player: Player, made: Structure) -> None:
    player.propose(made, "legalise", 100, permit_number="1")
    player.propose(made, "legalise", 99, permit_number="2")


def _decided_twice(player: Player, made: Structure) -> None:
    waiting = player.propose(made, "legalise", 100, permit_number="1")
    disposing.approve(waiting, by=player.leader, at=ago(99))
    disposing.approve(waiting, by=player.leader, at=ago(98))


def _same_picture(player: Player, made: Structure) -> None:
    player.photo(made, "before", ago(190), "one")
    disposing.demolish(made, "voluntary", by=player.officer, at=ago(150))
    player.photo(made, "after", ago(149), "one")


def _not_measured(player: Player, made: Structure) -> None:
    disposing.demolish(made, "voluntary", by=player.officer, at=ago(150))
    recording.survey(made, Decimal(20), "stated", by=player.officer, at=ago(140))
    player.propose(made, "write_off", 100)


def _no_photo_after(player: Player, made: Structure) -> None:
    player.photo(made, "before", ago(190))
    disposing.demolish(made, "voluntary", by=player.officer, at=ago(150))
    player.propose(made, "write_off", 100)


def _same_hands(player: Player, made: Structure) -> None:
    player.photo(made, "before", ago(190))
    disposing.demolish(made, "voluntary", by=player.leader, at=ago(150))
    player.photo(made, "after", ago(149))
    disposing.approve(player.propose(made, "write_off", 100), by=player.leader, at=ago(99))


def _forced(player: Player, made: Structure) -> None:
    recording.find(made, "illegal", by=player.officer, at=ago(190))
    disposing.demolish(made, "forced", by=player.officer, at=ago(150))


def _step_too_early(player: Player, made: Structure) -> None:
    recording.take_step(made, "served", by=player.officer, at=ago(150))


def _before_it_was_found(player: Player, made: Structure) -> None:
    recording.find(made, "illegal", by=player.officer, at=ago(201))


REFUSED = [
    _no_finding, _two_waiting, _decided_twice, _same_picture, _not_measured, _no_photo_after, _same_hands,
    _forced, _step_too_early, _before_it_was_found,
]  # fmt: skip


@pytest.mark.parametrize("act", REFUSED, ids=lambda act: act.__name__.strip("_"))
def test_what_is_refused_alone_is_refused_in_a_batch(
    player: Player, act: Callable[[Player, Structure], None]
) -> None:
    with pytest.raises(StructureProblem) as alone:
        act(player, player.entry())
    entries, steps = Structure.objects.count(), LedgerEntry.objects.count()
    with pytest.raises(StructureProblem) as together, bulk.batch():
        player.entry()
        act(player, player.entry())
    assert str(together.value) == str(alone.value) and together.value.field == alone.value.field
    assert (Structure.objects.count(), LedgerEntry.objects.count()) == (
        entries,
        steps,
    )  # none of it is written


def test_nobody_works_elsewhere_in_a_batch(player: Player, ledger: Ledger) -> None:
    stranger = factories.make_user("officer", factories.unit(ledger.district, "squad", "桃浦镇"))
    with pytest.raises(PermissionDenied), bulk.batch():
        recording.find(player.entry(), "illegal", by=stranger)


def test_a_lead_has_one_entry_in_a_batch(player: Player, ledger: Ledger) -> None:
    load_classes(ledger.district)
    said = NewLead("patrol", "E0201", "屋顶搭建", address="长寿路1号", position=(LNG, LAT))
    lead = report(said, district=ledger.district, by=None, route=False).lead
    stated = NewEntry(address="长寿路88号", types=["rooftop"], built="stock", position=(LNG, LAT))
    with bulk.batch():
        made = entering.enter_from_lead(lead, stated, by=None)
        assert entering.enter_from_lead(lead, stated, by=None) is made
    assert entering.enter_from_lead(lead, stated, by=None) == made


def test_after_a_refusal_caught_inside_the_batch_writes_nothing(player: Player) -> None:
    def careless() -> None:
        with bulk.batch():
            player.entry()
            with suppress(StructureProblem):
                player.entry(area_m2=Decimal(0))

    last = newest()
    with pytest.raises(RuntimeError):
        careless()
    assert made_since(last) == []


def test_a_batch_takes_in_no_other_and_no_years_rules(player: Player, ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), bulk.batch(), bulk.batch():
        pass
    plot = KeyPlot(district=ledger.district, name="地块")
    with pytest.raises(RuntimeError), bulk.batch():
        years.conclude(plot, KeyPlot.Outcome.DEMOLISHED, by=ledger.leader)
