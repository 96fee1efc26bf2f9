"""The queue of possible duplicates: found, merged with their history, or kept apart for good."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from chengshu.bureau.models import District, Unit, User
from chengshu.kernel.ledger import verify_chain
from chengshu.kernel.models import Job, LedgerEntry
from chengshu.registry.models import (
    DuplicatePair,
    FactRecord,
    ObjectIdentifier,
    Permit,
    RegulatedObject,
    RoundItem,
)
from chengshu.registry.services import rounds
from chengshu.registry.services.doubles import (
    DoublesProblem,
    close_doubles,
    differing_fields,
    find_doubles,
    mark_different,
    merge,
    start_search,
)
from chengshu.registry.services.round_reports import report
from tests import factories
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db
NEAR = (121.4331, 31.2430)


@pytest.fixture
def district() -> District:
    return factories.make_district()


@pytest.fixture
def clerk(district: District) -> User:
    return factories.make_user("registry_clerk")


def two(district: District, **second: Any) -> tuple[RegulatedObject, RegulatedObject]:
    """One shop under two spellings."""
    first = factories.make_object(district, name="鑫旺水果店", address="长寿路88号")
    stated = {"name": "新旺水果", "address": "普陀区长寿路88号", "position": NEAR, **second}
    return first, factories.make_object(district, **stated)


def pair_of(district: District) -> DuplicatePair:
    find_doubles(district)
    return DuplicatePair.objects.get(district=district)


# --- finding ----------------------------------------------------------------------------------------
def test_two_spellings_of_one_shop_are_proposed_with_reasons(district: District) -> None:
    first, second = two(district)
    factories.make_object(district, name="幸福理发店", address="长寿路88号")
    pair = pair_of(district)
    assert (pair.first, pair.second, pair.state) == (first, second, "open")
    codes = {reason["code"] for reason in pair.reasons}
    assert {"name.same_sound", "address.same"} <= codes


def test_a_second_search_changes_nothing_and_a_correction_withdraws_the_pair(district: District) -> None:
    first, _second = two(district)
    assert find_doubles(district).new == 1
    again = find_doubles(district)
    assert (again.pairs, again.new, again.withdrawn) == (1, 0, 0)
    from datetime import date

    from chengshu.registry.services.objects import Provenance, change_object

    source = Provenance(FactRecord.Source.CLERK, date(2020, 11, 5))
    change_object(first, {"name": "幸福理发店"}, source, None)
    after = find_doubles(district)
    assert (after.pairs, after.withdrawn) == (0, 1)
    assert not DuplicatePair.objects.exists()


def test_classes_and_districts_are_not_mixed(district: District) -> None:
    two(district)
    other = factories.make_other_district()
    factories.make_object(other, name="鑫旺水果店", address="长寿路88号")
    factories.make_object(district, "restaurant", name="鑫旺水果店", address="长寿路88号")
    assert find_doubles(district).pairs == 1
    assert find_doubles(other).pairs == 0


def test_only_new_objects_are_compared(district: District) -> None:
    two(district)
    fresh = factories.make_object(district, name="新旺水果店", address="长寿路88号")
    found = find_doubles(district, only=[fresh.pk])
    assert found.pairs == 2
    assert all(fresh.pk in pair for pair in DuplicatePair.objects.values_list("first_id", "second_id"))


def test_the_search_runs_as_a_job_with_a_result(district: District, clerk: User) -> None:
    two(district)
    job = start_search(district, None, by=clerk)
    run_jobs()
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.result["pairs"], job.result["new"]) == ("done", 1, 1)


def test_whoever_may_not_merge_may_not_search(district: District) -> None:
    with pytest.raises(PermissionDenied):
        start_search(district, None, by=factories.make_user("analyst"))


def test_something_about_to_be_entered_is_compared_first(district: District) -> None:
    first, second = two(district)
    shop = factories.object_class(district)
    values = {"name": "鑫旺水果", "address": "长寿路88号", "position": NEAR}
    assert {obj for obj, _match in close_doubles(district, shop, values)} == {first, second}
    assert close_doubles(district, shop, {"name": "幸福理发店", "position": NEAR}) == []


# --- kept apart -------------------------------------------------------------------------------------
def test_a_pair_marked_as_different_is_never_offered_again(district: District, clerk: User) -> None:
    two(district)
    pair = mark_different(pair_of(district), by=clerk, note="隔壁两家")
    assert (pair.state, pair.decided_by, pair.note) == ("different", clerk, "隔壁两家")
    find_doubles(district)
    pair.refresh_from_db()
    assert pair.state == "different"
    assert not DuplicatePair.objects.filter(state="open").exists()
    with pytest.raises(DoublesProblem, match="已处理"):
        mark_different(pair, by=clerk)


# --- merged -----------------------------------------------------------------------------------------
def test_merging_keeps_both_histories_and_one_object(district: District, clerk: User) -> None:
    first, second = two(district, responsible_phone="13800000000", uscc="")
    pair = pair_of(district)
    kept = merge(first, second, survivor=first, by=clerk, note="同一家")
    second.refresh_from_db()
    pair.refresh_from_db()
    assert second.merged_into == kept == first
    assert kept.responsible_phone == "13800000000"  # empty before, so taken over
    assert (kept.name, pair.state) == ("鑫旺水果店", "merged")
    assert list(RegulatedObject.objects.live()) == [kept]
    assert second.facts.count() == 1
    newest = kept.facts.first()
    assert newest is not None and newest.source == FactRecord.Source.MERGE
    assert str(newest.observed_on) == "2020-11-02"  # the day the merged object's source spoke of
    entry = LedgerEntry.objects.get(chain=f"registry.object:{kept.pk}")
    assert (entry.action, entry.payload["merged"]) == ("merged", second.pk)
    assert verify_chain(entry.chain).ok


def test_chosen_values_win(district: District, clerk: User) -> None:
    first, second = two(district, responsible_phone="13800000000")
    assert differing_fields(first, second) == ["name", "address", "responsible_phone", "position"]
    kept = merge(first, second, survivor=second, by=clerk, take=["name"])
    assert (kept, kept.name, kept.address) == (second, "鑫旺水果店", "普陀区长寿路88号")


def test_what_points_to_the_merged_object_goes_over(district: District, clerk: User) -> None:
    first, second = two(
        district,
        **{"identifiers.city": "SH-77", "permits": [{"kind": "外摆位备案", "number": "W-1"}]},
    )
    shops = [factories.object_class(district)]
    made = rounds.create_round(district, name="核查", classes=shops, by=clerk)
    rounds.open_round(made, by=clerk)
    kept = merge(first, second, survivor=first, by=clerk)
    assert ObjectIdentifier.objects.get(value="SH-77").object == kept
    assert Permit.objects.get(number="W-1").object == kept
    assert "=sh77" in kept.search_tokens
    # Both stood on the list: nothing is left to look at under the merged one
    assert list(made.items.values_list("object_id", flat=True)) == [kept.pk]


def test_work_already_reported_stays_with_the_merged_object(district: District, clerk: User) -> None:
    first, second = two(district)
    made = rounds.create_round(district, name="核查", classes=[factories.object_class(district)], by=clerk)
    rounds.open_round(made, by=clerk)
    item = RoundItem.objects.get(round=made, object=second)
    report(item, outcome="unchanged", client_id=uuid4(), by=clerk)
    merge(first, second, survivor=first, by=clerk)
    item.refresh_from_db()
    assert (item.object, item.outcome) == (second, "unchanged")
    report(item, outcome="closed", client_id=uuid4(), by=clerk)  # goes to the survivor's file
    first.refresh_from_db()
    assert first.status == "closed"


def test_a_closed_round_is_not_touched(district: District, clerk: User) -> None:
    first, second = two(district)
    made = rounds.create_round(district, name="核查", classes=[factories.object_class(district)], by=clerk)
    rounds.open_round(made, by=clerk)
    rounds.close_round(made, by=clerk)
    merge(first, second, survivor=first, by=clerk)
    assert sorted(made.items.values_list("object_id", flat=True)) == [first.pk, second.pk]


def test_a_mark_as_different_passes_to_the_survivor(district: District, clerk: User) -> None:
    first, second = two(district)
    third = factories.make_object(district, name="新旺水果店", address="长寿路88号", position=NEAR)
    find_doubles(district)
    mark_different(DuplicatePair.objects.get(first=second, second=third), by=clerk)
    merge(first, second, survivor=first, by=clerk)
    carried = DuplicatePair.objects.get(first=first, second=third)
    assert (carried.state, carried.decided_by) == ("different", clerk)
    assert not DuplicatePair.objects.filter(state="open").exists()


def test_merging_twice_or_across_classes_is_refused(district: District, clerk: User) -> None:
    first, second = two(district)
    merge(first, second, survivor=first, by=clerk)
    with pytest.raises(DoublesProblem, match="已被合并"):
        merge(first, second, survivor=first, by=clerk)
    compound = factories.make_object(district, "compound")
    with pytest.raises(DoublesProblem, match="同一类别"):
        merge(first, compound, survivor=first, by=clerk)
    with pytest.raises(DoublesProblem):
        merge(first, first, survivor=first, by=clerk)


def test_merging_needs_the_permission_and_the_area(district: District) -> None:
    first, second = two(district)
    leader = factories.make_user("squad_leader", factories.unit(district, Unit.Kind.SQUAD, "长寿路街道"))
    with pytest.raises(PermissionDenied):
        merge(first, second, survivor=first, by=leader)
    factories.make_other_district()
    stranger = factories.make_user("registry_clerk", Unit.objects.get(district__code="310106", code="B"))
    with pytest.raises(PermissionDenied):
        merge(first, second, survivor=first, by=stranger)


def test_the_ledger_keeps_no_numbers_of_people_from_notes(district: District, clerk: User) -> None:
    two(district)
    pair = mark_different(pair_of(district), by=clerk, note="店主13812345678")
    entry = LedgerEntry.objects.filter(
        chain=f"registry.object:{pair.first_id}", action="different_from"
    ).get()
    assert entry.payload["note"] == "店主138****5678"
    merge(pair.first, pair.second, survivor=pair.first, by=clerk, note="电话13812345678")
    entry = LedgerEntry.objects.filter(chain=f"registry.object:{pair.first_id}", action="merged").get()
    assert entry.payload["note"] == "电话138****5678"
