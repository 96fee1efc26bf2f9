"""Check-ins as records of the officer's app, and the beats it is given."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from chengshu.bureau.deeds import deeds_of
from chengshu.field import kinds, snapshot
from chengshu.field.kinds import Done, Sent
from chengshu.field.models import FieldDevice
from chengshu.patrol.models import CheckIn, TagAttempt
from chengshu.patrol.services import beats, tags
from tests.patrol.conftest import AT, Patrol


def send(patrol: Patrol, data: dict[str, Any], **fields: Any) -> Done:
    """The record as the server hands it to the kind."""
    kind = kinds.kind("check_in")
    assert kind is not None and kind.permission == "patrol.work"
    stated: dict[str, Any] = {
        "id": uuid.uuid4(), "kind": "check_in", "user": patrol.officer, "device": FieldDevice(),
        "at": patrol.now, "received_at": patrol.now, "clock_offset_s": 0.2, "position": AT,
        "accuracy_m": 9.0, "data": data, "files": {},
    }  # fmt: skip
    return kind.carry_out(Sent(**{**stated, **fields}))


def test_a_record_of_a_read_is_applied_once(patrol: Patrol) -> None:
    said, key = {"way": "nfc_dynamic", "code": patrol.tag.code, **patrol.chip.read()}, uuid.uuid4()
    done, again = send(patrol, said, id=key), send(patrol, said, id=key)
    assert done == again
    assert (done.outcome, done.messages) == ("applied", ())
    assert done.result["point"] == patrol.point.pk and done.result["weight"] == 95


def test_replayed_and_forged_reads_are_refused_with_a_sentence(patrol: Patrol) -> None:
    said = {"way": "nfc_dynamic", "code": patrol.tag.code, **patrol.chip.read()}
    send(patrol, said)
    replayed = send(patrol, said)
    assert (replayed.outcome, replayed.result["fault"], len(replayed.messages)) == ("refused", "replayed", 1)
    forged = send(patrol, {**said, "cmac": "0" * 16})
    assert forged.result["fault"] == "forged"
    spoilt = send(patrol, {**said, "picc_data": "no hex"})
    assert spoilt.result["fault"] == "forged"
    assert TagAttempt.objects.count() == 3


def test_nonsense_is_refused_and_never_an_error(patrol: Patrol) -> None:
    for data in (
        {},
        {"way": 5, "code": ["x"]},
        {"way": "position", "point": True},
        {"way": "position", "point": "1"},
        {"way": "position", "point": 2**70},
        {"way": "qr", "code": "x" * 500},
        {"way": "nfc_dynamic", "code": None, "cmac": {}},
    ):
        assert send(patrol, data).outcome == "refused"
    assert not CheckIn.objects.exists()


def test_a_photo_counts_only_if_it_came_along(patrol: Patrol) -> None:
    code = tags.mount(patrol.point, by=patrol.clerk, kind="qr")
    said = {"way": "qr", "code": code.code, "photo": "b" * 64}
    send(patrol, said)
    send(patrol, said, files={"b" * 64: SimpleNamespace()}, at=patrol.now - timedelta(minutes=9))
    assert sorted(CheckIn.objects.values_list("photo_sha256", flat=True)) == ["", "b" * 64]


def test_the_officer_hears_of_lights(patrol: Patrol) -> None:
    said = {"way": "nfc_dynamic", "code": patrol.tag.code, **patrol.chip.read()}
    done = send(patrol, said, position=(AT[0] + 0.01, AT[1]))
    assert done.outcome == "applied" and done.messages == ("位置距点位过远",)


def test_the_app_is_given_the_beats_of_the_squad_with_what_is_wanted(patrol: Patrol) -> None:
    beats.load_requirements(patrol.district)
    patrol.sight(patrol.chip.read())
    (beat,) = snapshot.parts()["beats"](patrol.officer, timezone.now())
    assert (beat["id"], beat["name"], beat["street_class"]) == (patrol.beat.pk, "长寿路", "strict")
    assert beat["points"] == [
        {
            "id": patrol.point.pk,
            "name": patrol.point.name,
            "position": list(AT),
            "tags": [{"code": patrol.tag.code, "kind": "dynamic"}],
            "wanted": 5,
            "done_today": 1,
        }
    ]


def test_a_check_in_is_a_deed_of_its_officer(patrol: Patrol) -> None:
    made = patrol.sight(patrol.chip.read())
    (deed,) = deeds_of(patrol.officer, patrol.now - timedelta(hours=1), patrol.now + timedelta(hours=1))
    assert (deed.at, deed.kind, deed.position) == (made.at, "check_in", AT)
    assert deed.data["weight"] == 95 and patrol.point.name in deed.text
