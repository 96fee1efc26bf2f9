"""A round from its list to its two numbers, and everything it refuses."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from PIL import Image

from chengshu.bureau.models import District, Unit, User
from chengshu.kernel.files import store
from chengshu.kernel.ledger import verify_chain
from chengshu.kernel.models import LedgerEntry, StoredFile
from chengshu.registry import indicators
from chengshu.registry.models import FactRecord, RegulatedObject, RoundItem, RoundResult, VerificationRound
from chengshu.registry.services import rounds
from chengshu.registry.services.objects import StaleVersion, change_object
from chengshu.registry.services.round_reports import CloseDoubles, next_item, report, report_new
from chengshu.registry.services.rounds import RoundProblem
from chengshu.registry.services.values import InvalidValues
from tests import factories

pytestmark = pytest.mark.django_db
Outcome = RoundItem.Outcome
Status = RegulatedObject.Status
FAR = (121.4334, 31.2424)  # another spot of the same town


@pytest.fixture
def district() -> District:
    return factories.make_district()


@pytest.fixture
def clerk(district: District) -> User:
    return factories.make_user("registry_clerk")


@pytest.fixture
def squad(district: District) -> Unit:
    return factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")


@pytest.fixture
def officer(squad: Unit) -> User:
    return factories.make_user("officer", squad)


def photo() -> StoredFile:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "JPEG")
    picture.seek(0)
    return store(picture, name="door.jpg", kind="photo")


def drawn_up(district: District, by: User, **fields: Any) -> VerificationRound:
    classes = [factories.object_class(district, "shop")]
    return rounds.create_round(district, name="秋季核查", classes=classes, by=by, **fields)


def opened(district: District, by: User, **fields: Any) -> VerificationRound:
    made = drawn_up(district, by, **fields)
    rounds.open_round(made, by=by)
    return made


def item_of(which: VerificationRound, obj: RegulatedObject) -> RoundItem:
    return RoundItem.objects.get(round=which, object=obj)


# --- the list ---------------------------------------------------------------------------------------
def test_opening_freezes_one_item_per_object_of_class_and_town(district: District, clerk: User) -> None:
    here = factories.make_object(district)
    factories.make_object(district, position=factories.IN_TAOPU)
    factories.make_object(district, "compound")
    factories.make_object(district, status="closed")
    made = opened(district, clerk, towns=district.towns.filter(name="长寿路街道"))
    assert list(made.items.values_list("object_id", "squad_id")) == [(here.pk, here.squad_id)]
    later = factories.make_object(district)
    assert not made.items.filter(object=later).exists()


def test_the_whole_district_includes_objects_of_no_squad_for_the_mobile_squad(
    district: District, clerk: User
) -> None:
    nowhere = factories.make_object(district, position=None)
    made = opened(district, clerk)
    assert item_of(made, nowhere).squad == rounds.mobile_squad(district)


def test_opening_takes_one_insert_however_long_the_list(
    district: District, clerk: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _ in range(5):
        factories.make_object(district)
    made = drawn_up(district, clerk)
    with django_assert_max_num_queries(30):
        assert rounds.open_round(made, by=clerk) == 5


def test_an_empty_list_is_not_opened(district: District, clerk: User) -> None:
    made = drawn_up(district, clerk)
    with pytest.raises(RoundProblem, match="没有这些类别的对象"):
        rounds.open_round(made, by=clerk)
    made.refresh_from_db()
    assert made.state == "draft"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "  "}, "名称"),
        ({"classes": []}, "类别"),
        ({"due_on": date(2020, 1, 1)}, "已过"),
    ],
)
def test_a_round_that_makes_no_sense_is_refused(
    district: District, clerk: User, fields: dict[str, Any], words: str
) -> None:
    stated = {"name": "核查", "classes": [factories.object_class(district)], **fields}
    with pytest.raises(RoundProblem, match=words):
        rounds.create_round(district, by=clerk, **stated)


def test_a_town_of_another_district_is_refused(district: District, clerk: User) -> None:
    other = factories.make_other_district()
    with pytest.raises(RoundProblem):
        rounds.create_round(district, name="核查", classes=[factories.object_class(other)], by=clerk)


# --- who may ----------------------------------------------------------------------------------------
def test_officers_do_not_run_rounds(district: District, clerk: User, officer: User) -> None:
    with pytest.raises(PermissionDenied):
        drawn_up(district, officer)
    factories.make_object(district)
    made = drawn_up(district, clerk)
    with pytest.raises(PermissionDenied):
        rounds.open_round(made, by=officer)
    rounds.open_round(made, by=clerk)
    with pytest.raises(PermissionDenied):
        rounds.close_round(made, by=officer)


def test_an_officer_works_on_items_of_the_own_squad_only(
    district: District, clerk: User, officer: User
) -> None:
    elsewhere = factories.make_object(district, position=factories.IN_TAOPU)
    made = opened(district, clerk)
    with pytest.raises(PermissionDenied):
        report(item_of(made, elsewhere), outcome="unchanged", client_id=uuid4(), by=officer)
    mobile = factories.make_user("officer", rounds.mobile_squad(district))
    report(item_of(made, elsewhere), outcome="unchanged", client_id=uuid4(), by=mobile)


def test_a_leader_assigns_in_the_squad(district: District, clerk: User, squad: Unit, officer: User) -> None:
    item = item_of(opened_with(district, clerk), factories_last())
    leader = factories.make_user("squad_leader", squad)
    assert rounds.assign([item], officer, by=leader) == 1
    item.refresh_from_db()
    assert item.assignee == officer
    with pytest.raises(PermissionDenied):
        rounds.assign([item], officer, by=officer)
    stranger = factories.make_user("officer", factories.unit(district, Unit.Kind.SQUAD, "桃浦镇"))
    with pytest.raises(RoundProblem, match="不在"):
        rounds.assign([item], stranger, by=leader)


def opened_with(district: District, clerk: User, **values: Any) -> VerificationRound:
    factories.make_object(district, **values)
    return opened(district, clerk)


def factories_last() -> RegulatedObject:
    return RegulatedObject.objects.latest("id")


# --- results ----------------------------------------------------------------------------------------
def test_each_outcome_brings_the_file_up_to_date(district: District, clerk: User, officer: User) -> None:
    shops = [factories.make_object(district) for _ in range(4)]
    made = opened(district, clerk)
    report(item_of(made, shops[0]), outcome="unchanged", client_id=uuid4(), by=officer)
    values = {"name": "新招牌面馆", "responsible_phone": "13800000000", "position": FAR}
    report(item_of(made, shops[1]), outcome="corrected", values=values, client_id=uuid4(), by=officer)
    report(item_of(made, shops[2]), outcome="closed", client_id=uuid4(), by=officer, note="已清空")
    report(item_of(made, shops[3]), outcome="not_found", client_id=uuid4(), by=officer)
    for shop in shops:
        shop.refresh_from_db()
    assert [shop.status for shop in shops] == ["operating", "operating", "closed", "not_found"]
    assert {shop.verified_on for shop in shops} == {timezone.localdate()}
    assert (shops[1].name, shops[1].position) == ("新招牌面馆", FAR)
    fact = shops[1].facts.first()
    assert fact is not None
    assert (fact.source, fact.source_label, fact.recorded_by) == (
        FactRecord.Source.ROUND,
        "秋季核查",
        officer,
    )


def test_a_retried_upload_changes_nothing_twice(district: District, clerk: User, officer: User) -> None:
    made = opened_with(district, clerk)
    item, number = item_of(made, factories_last()), uuid4()
    values = {"name": "老王面馆"}
    first = report(item, outcome="corrected", values=values, client_id=number, by=officer)
    version, entries = factories_last().version, LedgerEntry.objects.count()
    again = report(item, outcome="corrected", values=values, client_id=number, by=officer)
    assert again.pk == first.pk
    assert factories_last().version == version
    assert (RoundResult.objects.count(), LedgerEntry.objects.count()) == (1, entries)


def test_a_retry_after_closing_still_gets_its_answer(district: District, clerk: User, officer: User) -> None:
    made = opened_with(district, clerk)
    item, number = item_of(made, factories_last()), uuid4()
    first = report(item, outcome="unchanged", client_id=number, by=officer)
    rounds.close_round(made, by=clerk)
    assert report(item, outcome="unchanged", client_id=number, by=officer).pk == first.pk


def test_a_number_used_for_another_item_is_refused(district: District, clerk: User, officer: User) -> None:
    shops = [factories.make_object(district) for _ in range(2)]
    made, number = opened(district, clerk), uuid4()
    report(item_of(made, shops[0]), outcome="unchanged", client_id=number, by=officer)
    with pytest.raises(RoundProblem):
        report(item_of(made, shops[1]), outcome="unchanged", client_id=number, by=officer)


def test_a_correction_is_a_new_result_and_the_item_shows_the_latest(
    district: District, clerk: User, officer: User
) -> None:
    made = opened_with(district, clerk)
    item = item_of(made, factories_last())
    report(item, outcome="closed", client_id=uuid4(), by=officer)
    report(item, outcome="unchanged", client_id=uuid4(), by=officer)
    assert item.outcome == "unchanged"
    assert list(item.results.values_list("outcome", flat=True)) == ["unchanged", "closed"]
    assert factories_last().status == "operating"


def test_an_officer_may_correct_a_pin_that_left_the_squads_area(
    district: District, clerk: User, officer: User
) -> None:
    made = opened_with(district, clerk)
    item = item_of(made, factories_last())
    values = {"position": factories.IN_TAOPU}
    report(item, outcome="corrected", values=values, client_id=uuid4(), by=officer)
    assert factories_last().town is not None and factories_last().town.name == "桃浦镇"
    back = {"position": factories.IN_CHANGSHOU}
    report(item, outcome="corrected", values=back, client_id=uuid4(), by=officer)
    assert factories_last().town.name == "长寿路街道"


def test_invalid_values_leave_nothing_behind(district: District, clerk: User, officer: User) -> None:
    made = opened_with(district, clerk)
    item = item_of(made, factories_last())
    with pytest.raises(InvalidValues):
        report(item, outcome="corrected", values={"uscc": "123"}, client_id=uuid4(), by=officer)
    item.refresh_from_db()
    assert (item.outcome, item.results.count()) == ("", 0)


ILLEGAL = [
    ("", "added", "不能登记为新发现"),
    ("unchanged", "added", "不能登记为新发现"),
    ("corrected", "added", "不能登记为新发现"),
    ("closed", "added", "不能登记为新发现"),
    ("not_found", "added", "不能登记为新发现"),
    ("added", "unchanged", "新发现"),
    ("added", "corrected", "新发现"),
    ("added", "closed", "新发现"),
    ("added", "not_found", "新发现"),
    ("", "gone", "没有这种结果"),
]


@pytest.mark.parametrize(("before", "after", "words"), ILLEGAL)
def test_illegal_outcomes_are_refused_with_one_sentence(
    district: District, clerk: User, officer: User, before: str, after: str, words: str
) -> None:
    made = opened_with(district, clerk)
    item = item_of(made, factories_last())
    RoundItem.objects.filter(pk=item.pk).update(outcome=before)
    with pytest.raises(RoundProblem, match=words):
        report(item, outcome=after, values={"name": "甲"}, client_id=uuid4(), by=officer)


@pytest.mark.parametrize(
    ("outcome", "values", "words"),
    [("corrected", {}, "更正"), ("unchanged", {"name": "甲"}, "更正"), ("closed", {"name": "甲"}, "更正")],
)
def test_only_a_correction_carries_values(
    district: District, clerk: User, officer: User, outcome: str, values: dict[str, str], words: str
) -> None:
    item = item_of(opened_with(district, clerk), factories_last())
    with pytest.raises(RoundProblem, match=words):
        report(item, outcome=outcome, values=values, client_id=uuid4(), by=officer)


def test_a_wrong_clock_is_told(district: District, clerk: User, officer: User) -> None:
    item = item_of(opened_with(district, clerk), factories_last())
    for days, words in ((1, "时钟"), (-1, "开始之前")):
        at = timezone.now() + timedelta(days=days)
        with pytest.raises(RoundProblem, match=words):
            report(item, outcome="unchanged", client_id=uuid4(), by=officer, at=at)


# --- states -----------------------------------------------------------------------------------------
def _report(which: VerificationRound, by: User) -> None:
    report(which.items.all()[0], outcome="unchanged", client_id=uuid4(), by=by)


STEPS: dict[str, Callable[[VerificationRound, User], object]] = {
    "open": lambda which, by: rounds.open_round(which, by=by),
    "close": lambda which, by: rounds.close_round(which, by=by),
    "assign": lambda which, by: rounds.assign(which.items.all(), None, by=by),
    "report": _report,
    "report_new": lambda which, by: report_new(
        which,
        object_class=factories.object_class(which.district),
        values={"name": "新店"},
        photo=photo(),
        position=FAR,
        client_id=uuid4(),
        by=by,
    ),
}
REFUSED_STEPS = [("draft", "close"), ("draft", "report_new"), ("open", "open")] + [
    ("closed", step) for step in STEPS
]


@pytest.mark.parametrize(("state", "step"), REFUSED_STEPS)
def test_steps_a_state_forbids_are_refused_and_change_nothing(
    district: District, clerk: User, state: str, step: str
) -> None:
    factories.make_object(district)
    made = drawn_up(district, clerk)
    if state != "draft":
        rounds.open_round(made, by=clerk)
    if state == "closed":
        rounds.close_round(made, by=clerk)
    figures = made.figures
    with pytest.raises(RoundProblem, match={"draft": "尚未", "open": "已在", "closed": "已结束"}[state]):
        STEPS[step](made, clerk)
    made.refresh_from_db()
    assert (made.state, made.figures) == (state, figures)
    assert RoundResult.objects.count() == 0


# --- newly found ------------------------------------------------------------------------------------
def found(which: VerificationRound, by: User, **fields: Any) -> RoundResult:
    stated: dict[str, Any] = {
        "object_class": factories.object_class(which.district),
        "values": {"name": "巷口新开水果店", "address": "长寿路88号"},
        "photo": photo(),
        "position": FAR,
        "client_id": uuid4(),
        **fields,
    }
    return report_new(which, by=by, **stated)


def test_a_newly_found_object_is_entered_and_counted(district: District, clerk: User, officer: User) -> None:
    made = opened_with(district, clerk)
    number = uuid4()
    result = found(made, officer, client_id=number)
    obj = result.item.object
    assert (obj.name, obj.squad_id, obj.verified_on) == (
        "巷口新开水果店",
        officer.unit_id,
        timezone.localdate(),
    )
    assert obj.facts.get().source == FactRecord.Source.ROUND
    assert result.photo is not None and result.position == FAR
    assert [item.object for item in indicators.objects_added(made)] == [obj]
    assert found(made, officer, client_id=number).pk == result.pk
    assert indicators.objects_added(made).count() == 1


def test_its_values_may_be_corrected_and_it_stays_newly_found(
    district: District, clerk: User, officer: User
) -> None:
    made = opened_with(district, clerk)
    item = found(made, officer).item
    report(item, outcome="added", values={"name": "巷口水果"}, client_id=uuid4(), by=officer)
    item.object.refresh_from_db()
    assert (item.outcome, item.object.name) == ("added", "巷口水果")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"photo": None}, "照片"),
        ({"position": None}, "照片"),
        ({"position": factories.OUTSIDE}, "不在本区"),
        ({"position": factories.IN_TAOPU}, "不在本中队"),
    ],
)
def test_without_photo_or_outside_the_area_it_is_refused(
    district: District, clerk: User, officer: User, fields: dict[str, Any], words: str
) -> None:
    made = opened_with(district, clerk)
    with pytest.raises(RoundProblem, match=words):
        found(made, officer, **fields)


def test_class_and_town_must_belong_to_the_round(district: District, clerk: User) -> None:
    factories.make_object(district)
    made = opened(district, clerk, towns=district.towns.filter(name="长寿路街道"))
    with pytest.raises(RoundProblem, match="类别"):
        found(made, clerk, object_class=factories.object_class(district, "compound"))
    with pytest.raises(RoundProblem, match="核查范围"):
        found(made, clerk, position=factories.IN_TAOPU)


def test_something_very_like_it_is_offered_first(district: District, clerk: User, officer: User) -> None:
    known = factories.make_object(district, name="巷口新开水果", address="长寿路88号", position=FAR)
    made = opened(district, clerk)
    with pytest.raises(CloseDoubles) as offered:
        found(made, officer)
    assert [obj for obj, _match in offered.value.found] == [known]
    assert indicators.objects_added(made).count() == 0
    found(made, officer, confirmed_new=True)
    assert indicators.objects_added(made).count() == 1


# --- the end ----------------------------------------------------------------------------------------
def test_closing_freezes_the_two_numbers_with_their_lists(
    district: District, clerk: User, officer: User
) -> None:
    shops = [factories.make_object(district) for _ in range(3)]
    factories.make_object(district, position=factories.IN_TAOPU)
    made = opened(district, clerk)
    report(item_of(made, shops[0]), outcome="unchanged", client_id=uuid4(), by=officer)
    report(item_of(made, shops[1]), outcome="closed", client_id=uuid4(), by=officer)
    found(made, officer)
    figures = rounds.close_round(made, by=clerk)
    assert (figures["checked"], figures["added"], figures["open"], figures["total"]) == (2, 1, 2, 4)
    assert figures["checked"] == indicators.objects_checked(made).count()
    assert figures["added"] == indicators.objects_added(made).count()
    assert figures["open"] == indicators.objects_open(made).count()
    own = next(entry for entry in figures["by_squad"] if entry["squad"] == officer.unit_id)
    assert own["outcomes"] == {"unchanged": 1, "closed": 1, "added": 1, "open": 1}


def test_every_step_stands_in_the_ledger(district: District, clerk: User, officer: User) -> None:
    made = opened_with(district, clerk)
    _report(made, officer)
    rounds.close_round(made, by=clerk)
    chain = f"registry.round:{made.pk}"
    actions = LedgerEntry.objects.filter(chain=chain).values_list("action", "actor")
    assert list(actions) == [
        ("opened", clerk.username),
        ("result", officer.username),
        ("closed", clerk.username),
    ]
    assert verify_chain(chain).ok


def test_the_own_item_comes_next(district: District, clerk: User, squad: Unit, officer: User) -> None:
    shops = [factories.make_object(district) for _ in range(3)]
    factories.make_object(district, position=factories.IN_TAOPU)
    made = opened(district, clerk)
    mine = item_of(made, shops[2])
    rounds.assign([mine], officer, by=clerk)
    assert next_item(officer, made) == mine
    report(mine, outcome="unchanged", client_id=uuid4(), by=officer)
    following = next_item(officer, made)
    assert following is not None and following.squad_id == squad.pk


def test_a_clerks_edit_meanwhile_loses_nothing(district: District, clerk: User, officer: User) -> None:
    made = opened_with(district, clerk)
    shop = factories_last()
    provenance = factories.Provenance(FactRecord.Source.CLERK, date(2020, 11, 3))
    change_object(shop, {"address": "长寿路9号"}, provenance, clerk)
    with pytest.raises(StaleVersion):
        change_object(shop, {"address": "长寿路7号"}, provenance, clerk, expected_version=1)
    report(item_of(made, shop), outcome="corrected", values={"name": "甲"}, client_id=uuid4(), by=officer)
    shop.refresh_from_db()
    assert (shop.name, shop.address) == ("甲", "长寿路9号")
