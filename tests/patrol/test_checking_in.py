"""Check-ins: what counts, what is refused, and which lights are shown."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengshu.bureau.models import Notice, RosterEntry
from chengshu.patrol.checkin_settings import rules
from chengshu.patrol.models import CheckIn, TagAttempt
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import beats, tags
from chengshu.patrol.services.lights import Light
from chengshu.patrol.services.proving import file_key_of
from chengshu.patrol.tags.reads import presented
from chengshu.patrol.tags.sdm import ForgedRead
from tests import factories
from tests.patrol.conftest import AT, META, Patrol
from tests.patrol.tag import FakeTag
from tests.patrol.test_sdm import flipped


# --- a tag that proves itself ---------------------------------------------------------------------------
def test_a_read_of_the_tag_is_a_check_in_at_its_point(patrol: Patrol) -> None:
    made = patrol.sight(patrol.chip.read(), position=AT, accuracy_m=8.0)
    assert isinstance(made, CheckIn)
    assert (made.point, made.beat, made.squad, made.way) == (
        patrol.point,
        patrol.beat,
        patrol.squad,
        "nfc_dynamic",
    )
    assert (made.counter, made.weight, made.lights) == (1, 95, [])
    patrol.tag.refresh_from_db()
    assert patrol.tag.counter == 1


def test_file_data_and_the_open_form_count_too(patrol: Patrol) -> None:
    assert isinstance(patrol.sight(patrol.chip.read(b"x" * 16)), CheckIn)
    assert isinstance(patrol.sight(patrol.chip.read(b"x" * 16, mac_param="c")), CheckIn)
    assert isinstance(patrol.sight(patrol.chip.read_open()), CheckIn)


def test_the_same_record_twice_is_one_check_in(patrol: Patrol) -> None:
    said, key = patrol.chip.read(), uuid.uuid4()
    assert patrol.sight(said, id=key) == patrol.sight(said, id=key)
    assert (CheckIn.objects.count(), TagAttempt.objects.count()) == (1, 0)


def test_a_record_of_somebody_else_is_not_given_away(patrol: Patrol) -> None:
    key = uuid.uuid4()
    patrol.sight(patrol.chip.read(), id=key)
    with pytest.raises(PatrolProblem):
        patrol.sight(patrol.chip.read(), id=key, by=factories.make_user("officer", patrol.squad))


def test_a_replay_is_kept_refused_and_reported_once(patrol: Patrol) -> None:
    leader = factories.make_user("squad_leader", patrol.squad)
    desk = factories.make_user("dispatcher")
    said = patrol.chip.read()
    patrol.sight(said)
    for _again in range(2):
        tried = patrol.sight(said)
        assert isinstance(tried, TagAttempt)
        assert (tried.fault, tried.counter, tried.tag) == ("replayed", 1, patrol.tag)
    assert CheckIn.objects.count() == 1
    for person in (leader, desk):
        assert Notice.objects.filter(recipient=person, kind="patrol.invalid_read").count() == 1
    assert not Notice.objects.filter(recipient=patrol.officer).exists()


@pytest.mark.parametrize("part", ["picc_data", "cmac"])
def test_a_changed_read_is_forged(patrol: Patrol, part: str) -> None:
    said = patrol.chip.read()
    said[part] = flipped(said[part], 7)
    tried = patrol.sight(said)
    assert isinstance(tried, TagAttempt) and tried.fault == "forged"
    patrol.tag.refresh_from_db()
    assert patrol.tag.counter == -1


def test_another_tag_of_the_same_keys_cannot_stand_in(patrol: Patrol) -> None:
    other_point = beats.save_point(patrol.beat, by=patrol.clerk, code="2", name="二号点", position=AT)
    other = tags.mount(other_point, by=patrol.clerk, kind="dynamic", uid="04FFFFFFFFFF01", keys=patrol.keys)
    tried = patrol.sight(patrol.chip.read(), code=other.code)
    assert isinstance(tried, TagAttempt) and tried.fault == "forged"


def test_a_typed_code_of_a_tag_that_proves_itself_is_forged(patrol: Patrol) -> None:
    for way in ("nfc_dynamic", "nfc_plain", "qr"):
        tried = patrol.sight(way=way)
        assert isinstance(tried, TagAttempt) and tried.fault == "forged"


def test_unknown_and_lost_tags_are_kept_as_attempts(patrol: Patrol) -> None:
    tried = patrol.sight(code="NOSUCHTAG")
    assert isinstance(tried, TagAttempt) and (tried.fault, tried.tag) == ("unknown", None)
    tags.take_out(patrol.tag, by=patrol.clerk, state="lost", reason="被撕毁")
    tried = patrol.sight(patrol.chip.read())
    assert isinstance(tried, TagAttempt) and tried.fault == "out_of_use"
    assert not Notice.objects.filter(kind="patrol.invalid_read").exists()


# --- later, and in another order ------------------------------------------------------------------------
def test_a_read_of_an_earlier_moment_that_arrives_later_counts_and_shows_it(patrol: Patrol) -> None:
    first, second, third = (patrol.chip.read() for _n in range(3))
    patrol.sight(first, minutes=90)
    patrol.sight(third, minutes=30, by=colleague(patrol))
    made = patrol.sight(second, minutes=60)
    assert isinstance(made, CheckIn)
    assert made.lights == [Light.LATE]
    patrol.tag.refresh_from_db()
    assert patrol.tag.counter == 3


def test_a_hoarded_read_cannot_be_passed_off_as_a_later_visit(patrol: Patrol) -> None:
    hoarded, next_one = patrol.chip.read(), patrol.chip.read()
    patrol.sight(next_one, minutes=60, by=colleague(patrol))
    tried = patrol.sight(hoarded, minutes=10)
    assert isinstance(tried, TagAttempt) and tried.fault == "replayed"


def test_a_read_from_before_the_one_it_follows_is_a_replay(patrol: Patrol) -> None:
    first, second, third = (patrol.chip.read() for _n in range(3))
    patrol.sight(first, minutes=60)
    patrol.sight(third, minutes=10)
    tried = patrol.sight(second, minutes=120)
    assert isinstance(tried, TagAttempt) and tried.fault == "replayed"


def test_a_later_read_of_an_earlier_moment_shows_that_a_clock_is_wrong(patrol: Patrol) -> None:
    patrol.sight(patrol.chip.read(), minutes=10)
    made = patrol.sight(patrol.chip.read(), minutes=40, by=colleague(patrol))
    assert isinstance(made, CheckIn) and Light.CLOCK in made.lights


def colleague(patrol: Patrol) -> Any:
    """Another officer of the squad, on duty too."""
    person = factories.make_user("officer", patrol.squad)
    RosterEntry.objects.create(
        unit=patrol.squad,
        user=person,
        starts_at=patrol.now - timedelta(hours=5),
        ends_at=patrol.now + timedelta(hours=3),
    )
    return person


# --- weaker ways ----------------------------------------------------------------------------------------
def test_plain_tags_and_qr_codes_count_less(patrol: Patrol) -> None:
    plain = tags.mount(patrol.point, by=patrol.clerk, kind="plain", uid="04 11 22 33 44 55 66")
    code = tags.mount(patrol.point, by=patrol.clerk, kind="qr")
    by_plain = patrol.sight(way="nfc_plain", code=plain.code, uid="04:11:22:33:44:55:66")
    by_code = patrol.sight(way="qr", code=code.code)
    assert isinstance(by_plain, CheckIn) and isinstance(by_code, CheckIn)
    assert 95 > by_plain.weight > by_code.weight


def test_no_claim_makes_a_way_stronger_and_a_weaker_one_counts(patrol: Patrol) -> None:
    code = tags.mount(patrol.point, by=patrol.clerk, kind="qr")
    plain = tags.mount(patrol.point, by=patrol.clerk, kind="plain")
    assert [patrol.sight(way=way, code=code.code).way for way in ("nfc_dynamic", "nfc_plain")] == ["qr", "qr"]
    assert patrol.sight(way="qr", code=plain.code).way == "qr"


def test_a_plain_tag_with_another_uid_is_forged(patrol: Patrol) -> None:
    plain = tags.mount(patrol.point, by=patrol.clerk, kind="plain", uid="04112233445566")
    tried = patrol.sight(way="nfc_plain", code=plain.code, uid="04:99:22:33:44:55:66")
    assert isinstance(tried, TagAttempt) and tried.fault == "forged"


def test_a_check_in_by_position_must_be_at_the_point(patrol: Patrol) -> None:
    here = {"way": "position", "code": "", "point_id": patrol.point.pk, "accuracy_m": 10.0}
    made = patrol.sight(**here, position=(AT[0] + 0.0002, AT[1]))
    assert isinstance(made, CheckIn) and made.weight == 30 and 15 < (made.distance_m or 0) < 25
    for wrong, field in (
        ({**here, "position": (AT[0] + 0.01, AT[1])}, "position"),
        ({**here, "position": AT, "accuracy_m": 900.0}, "position"),
        ({**here, "position": None}, "position"),
        ({**here, "position": AT, "point_id": 0}, "point"),
        ({**here, "position": AT, "way": "telepathy"}, "way"),
    ):
        with pytest.raises(PatrolProblem) as refused:
            patrol.sight(**wrong)
        assert refused.value.field == field


def test_who_may_not_patrol_does_not_check_in(patrol: Patrol) -> None:
    with pytest.raises(PermissionDenied):
        patrol.sight(patrol.chip.read(), by=patrol.clerk)


def test_a_code_typed_in_proves_less_than_a_scan_and_says_so(patrol: Patrol) -> None:
    printed = tags.mount(patrol.point, by=patrol.clerk, kind="qr")
    made = patrol.sight(way="typed", code=printed.code)
    assert isinstance(made, CheckIn) and made.way == "typed"
    assert made.weight < min(
        rules().weights["qr"], rules().weights["position"], rules().visit["weight_least"]
    )


# --- lights ---------------------------------------------------------------------------------------------
def test_a_scan_without_a_position_shows_it_a_tag_that_proves_itself_needs_none(patrol: Patrol) -> None:
    printed = tags.mount(patrol.point, by=patrol.clerk, kind="qr")
    bare = patrol.sight(way="qr", code=printed.code)
    placed = patrol.sight(way="qr", code=printed.code, position=AT, accuracy_m=8.0)
    proved = patrol.sight(patrol.chip.read())
    assert [made.lights for made in (bare, placed, proved) if isinstance(made, CheckIn)] == [
        [Light.NO_POSITION], [], [],
    ]  # fmt: skip


def test_two_far_points_within_a_minute_show_a_light_in_whatever_order_they_arrive(patrol: Patrol) -> None:
    far = beats.save_beat(
        patrol.district, by=patrol.clerk, code="TP-1", name="桃浦", squad=patrol.squad,
        street_class="general", boundary=None,
    )  # fmt: skip
    point = beats.save_point(far, by=patrol.clerk, code="1", name="桃浦路", position=factories.IN_TAOPU)
    there = tags.mount(point, by=patrol.clerk, kind="qr")
    second = patrol.sight(patrol.chip.read(), minutes=10)
    scan = {"way": "qr", "code": there.code, "position": factories.IN_TAOPU, "accuracy_m": 9.0}
    first = patrol.sight(**scan, minutes=11)
    third = patrol.sight(**scan, minutes=9)
    later = patrol.sight(**scan)
    assert isinstance(second, CheckIn) and second.lights == []
    assert [row.lights for row in (first, third) if isinstance(row, CheckIn)] == [["impossible_speed"]] * 2
    assert isinstance(later, CheckIn) and later.lights == []


@pytest.mark.parametrize(
    ("fields", "light"),
    [
        ({"position": (AT[0] + 0.005, AT[1]), "accuracy_m": 10.0}, Light.FAR_FROM_TAG),
        ({"minutes": 700}, Light.LATE),
        ({"minutes": 700}, Light.OFF_DUTY),
        ({"clock_offset_s": -500.0}, Light.CLOCK),
        ({"clock_offset_s": None}, Light.CLOCK),
        ({"minutes": -30}, Light.CLOCK),
    ],
)
def test_lights_of_a_single_check_in(patrol: Patrol, fields: dict[str, Any], light: Light) -> None:
    made = patrol.sight(patrol.chip.read(), **fields)
    assert isinstance(made, CheckIn) and light in made.lights
    assert made.at <= made.received_at


def test_a_vague_position_is_no_reproach(patrol: Patrol) -> None:
    made = patrol.sight(patrol.chip.read(), position=(AT[0] + 0.005, AT[1]), accuracy_m=600.0)
    assert isinstance(made, CheckIn) and made.lights == []


def test_the_same_photo_twice_shows_a_light(patrol: Patrol) -> None:
    photo = {"photo_sha256": "a" * 64}
    first, second = patrol.sight(patrol.chip.read(), **photo), patrol.sight(patrol.chip.read(), **photo)
    assert isinstance(first, CheckIn) and first.lights == []
    assert isinstance(second, CheckIn) and second.lights == [Light.SAME_PHOTO]


def test_many_check_ins_at_once_show_a_light(patrol: Patrol) -> None:
    made = [patrol.sight(patrol.chip.read()) for _n in range(5)]
    assert [row.lights for row in made if isinstance(row, CheckIn)] == [[], [], [], [], [Light.BATCH]]


# --- what stays -----------------------------------------------------------------------------------------
def test_check_ins_are_append_only(patrol: Patrol) -> None:
    made = patrol.sight(patrol.chip.read())
    for change in (made.delete, lambda: CheckIn.objects.update(weight=1)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# --- the parameters -------------------------------------------------------------------------------------
def test_short_and_long_names_say_the_same() -> None:
    long = presented({"picc_data": "AB" * 16, "enc": "CD" * 16, "cmac": "EF" * 8})
    assert long == presented({"e": "AB" * 16 + "CD" * 16, "c": "EF" * 8})
    assert long is not None and presented(long.parameters()) == long
    assert presented({"code": "X"}) is None
    assert presented({"uid": "04112233445566"}) is None


@pytest.mark.parametrize(
    "values",
    [
        {"picc_data": "AB" * 16},
        {"cmac": "EF" * 8},
        {"picc_data": "XY", "cmac": "EF" * 8},
        {"picc_data": "A" * 5000, "cmac": "EF" * 8},
        {"ctr": "000001", "cmac": "EF" * 8},
        {"picc_data": 5, "cmac": "EF" * 8},
    ],
)
def test_half_a_proof_is_none(values: dict[str, Any]) -> None:
    with pytest.raises(ForgedRead):
        presented(values)


def test_a_sighting_keeps_what_the_device_said(patrol: Patrol) -> None:
    made = patrol.sight(patrol.chip.read(), position=AT, accuracy_m=7.5, clock_offset_s=3.25)
    found = CheckIn.objects.get(pk=made.pk)
    assert (found.position, found.accuracy_m, found.clock_offset_s) == (AT, 7.5, 3.25)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(5)), st.data())
def test_true_reads_count_once_in_whatever_order_they_arrive(
    patrol: Patrol, order: list[int], data: st.DataObject
) -> None:
    uid = uuid.uuid4().hex[:14].upper()
    tag = tags.mount(patrol.point, by=patrol.clerk, kind="dynamic", uid=uid, keys=patrol.keys)
    key = file_key_of(patrol.keys, bytes.fromhex(uid))
    chip = FakeTag(bytes.fromhex(uid), bytes.fromhex(META), key)
    gaps = data.draw(st.lists(st.integers(1, 60), min_size=5, max_size=5))
    reads = [(chip.read(), sum(gaps[number:])) for number in range(5)]
    for number in order:
        said, minutes = reads[number]
        assert isinstance(patrol.sight(said, code=tag.code, minutes=minutes), CheckIn)
    for said, minutes in reads:
        tried = patrol.sight(said, code=tag.code, minutes=minutes)
        assert isinstance(tried, TagAttempt) and tried.fault == "replayed"
