"""One path writes objects: place, search columns, facts and history come with every write."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from chengshu.registry.models import FactRecord, ObjectIdentifier, RegulatedObject
from chengshu.registry.services.objects import (
    Draft,
    Provenance,
    StaleVersion,
    change_object,
    create_object,
    same_value,
    write_many,
)
from chengshu.registry.services.values import InvalidValues
from tests import factories

pytestmark = pytest.mark.django_db
CLERK = Provenance(FactRecord.Source.CLERK, date(2020, 11, 2), label="电话核对")


def test_a_new_object_is_placed_in_town_and_squad_by_its_position() -> None:
    district = factories.make_district()
    shop = factories.make_object(district, position=factories.IN_TAOPU)
    assert shop.town is not None and shop.town.name == "桃浦镇"
    assert shop.squad is not None and shop.town in shop.squad.towns.all()


def test_a_position_outside_the_district_leaves_town_and_squad_empty() -> None:
    shop = factories.make_object(factories.make_district(), position=factories.OUTSIDE)
    assert shop.town is None
    assert shop.squad is None


def test_every_value_has_a_source_and_a_day() -> None:
    shop = factories.make_object(factories.make_district(), uscc="")
    fact = shop.facts.get()
    assert fact.values["name"] == shop.name
    assert fact.observed_on == date(2020, 11, 2)


def test_a_change_records_only_what_changed_and_raises_the_version() -> None:
    shop = factories.make_object(factories.make_district(), address="长寿路1号")
    changed = change_object(shop, {"name": shop.name, "address": "长寿路3号"}, CLERK, by=None)
    assert changed == ["address"]
    assert shop.version == 2
    assert shop.facts.first().values == {"address": "长寿路3号"}


def test_a_moved_position_changes_town_and_squad() -> None:
    shop = factories.make_object(factories.make_district())
    change_object(shop, {"position": factories.IN_TAOPU}, CLERK, by=None)
    assert shop.town.name == "桃浦镇"


def test_the_database_itself_keeps_the_state_before_a_change() -> None:
    shop = factories.make_object(factories.make_district(), name="旧名")
    change_object(shop, {"name": "新名"}, CLERK, by=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_regulatedobject SET credit = 'D' WHERE id = %s", [shop.pk])
    states = (
        RegulatedObject.pgh_event_models["before"]
        .objects.filter(pgh_obj_id=shop.pk)
        .order_by("pgh_id")
        .values_list("name", "credit")
    )
    assert list(states) == [("旧名", ""), ("新名", "")]


def test_a_change_made_on_an_old_version_is_refused_with_the_current_state() -> None:
    shop = factories.make_object(factories.make_district())
    change_object(shop, {"address": "先到"}, CLERK, by=None, expected_version=1)
    with pytest.raises(StaleVersion) as refused:
        change_object(shop, {"address": "后到"}, CLERK, by=None, expected_version=1)
    assert refused.value.current.address == "先到"


def test_changing_nothing_writes_nothing() -> None:
    shop = factories.make_object(factories.make_district())
    assert change_object(shop, {"name": shop.name}, CLERK, by=None) == []
    assert shop.version == 1
    assert shop.facts.count() == 1


def test_an_attribute_can_be_emptied() -> None:
    shop = factories.make_object(factories.make_district(), **{"attributes.floor_area": "35.5平方米"})
    assert shop.attributes == {"floor_area": 35.5}
    change_object(shop, {"attributes.floor_area": ""}, CLERK, by=None)
    assert shop.attributes == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("uscc", "91310107MA1G0ABC00"),
        ("responsible_id", "110105194912310020"),
        ("status", "也许"),
        ("credit", "E"),
        ("position", "东经一百二十一度"),
        ("position", (200.0, 31.0)),
        ("verified_on", "去年"),
        ("address", "路" * 301),
        ("attributes.trade", "炼钢"),
        ("attributes.unheard_of", "x"),
        ("permits", [{"number": "1"}]),
        ("permits", [{"kind": "夜间施工许可", "valid_from": "2020-12-01", "valid_to": "2020-11-01"}]),
        ("nonsense", "x"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_one_sentence(field: str, value: object) -> None:
    district = factories.make_district()
    with pytest.raises(InvalidValues) as refused:
        factories.make_object(district, **{field: value})
    assert refused.value.errors[field]
    assert not RegulatedObject.objects.exists()


def test_an_officer_may_not_enter_objects_and_a_squad_leader_only_in_the_own_area() -> None:
    district = factories.make_district()
    squad = factories.unit(district, "squad", "长寿路街道")
    shop_class = factories.object_class(district)
    for user, position in [
        (factories.make_user("officer", squad), factories.IN_CHANGSHOU),
        (factories.make_user("squad_leader", squad), factories.IN_TAOPU),
    ]:
        with pytest.raises(PermissionDenied):
            create_object(
                district=district,
                object_class=shop_class,
                values={"name": "越界", "position": position},
                provenance=CLERK,
                by=user,
            )
    assert not RegulatedObject.objects.exists()


def test_a_new_identifier_of_the_same_system_replaces_the_old_one() -> None:
    shop = factories.make_object(factories.make_district(), **{"identifiers.city": "SH-1"})
    change_object(shop, {"identifiers.city": "SH-2"}, CLERK, by=None)
    assert list(shop.identifiers.values_list("scheme", "value")) == [("city", "SH-2")]


def test_two_objects_cannot_carry_the_same_identifier() -> None:
    district = factories.make_district()
    factories.make_object(district, **{"identifiers.city": "SH-1"})
    with pytest.raises(IntegrityError, match="identifier_once_per_district"), transaction.atomic():
        factories.make_object(district, **{"identifiers.city": "SH-1"})
    assert ObjectIdentifier.objects.count() == 1


def test_a_permit_stated_again_is_changed_not_doubled() -> None:
    permit = {"kind": "夜间施工许可", "number": "夜1", "valid_from": "2020-11-01", "valid_to": "2020-11-30"}
    site = factories.make_object(factories.make_district(), "site", permits=[permit])
    change_object(site, {"permits": [{**permit, "valid_to": "2020-12-15"}]}, CLERK, by=None)
    assert [str(item.valid_to) for item in site.permits.all()] == ["2020-12-15"]


def test_a_withdrawn_permit_can_be_granted_again_but_not_by_an_old_list() -> None:
    permit = {"kind": "夜间施工许可", "number": "夜1", "valid_from": "2020-11-01", "valid_to": "2020-11-30"}
    site = factories.make_object(factories.make_district(), "site", permits=[permit])
    site.permits.update(withdrawn_on=date(2020, 11, 10))
    other = {**permit, "number": "夜2"}
    listed = Provenance(FactRecord.Source.IMPORT, date(2020, 11, 12))
    change_object(site, {"permits": [permit, other]}, listed, by=None)
    assert list(site.permits.filter(withdrawn_on=None).values_list("number", flat=True)) == ["夜2"]
    change_object(site, {"permits": [permit]}, CLERK, by=None)
    assert site.permits.filter(number="夜1").count() == 2
    assert site.permits.filter(number="夜1", withdrawn_on=None).count() == 1


def test_permits_without_a_number_are_told_apart_by_their_first_day() -> None:
    permit = {"kind": "外摆位备案", "valid_from": "2020-01-01"}
    shop = factories.make_object(factories.make_district(), permits=[permit])
    change_object(shop, {"permits": [{**permit, "issuer": "街道"}]}, CLERK, by=None)
    change_object(shop, {"permits": [{**permit, "valid_from": "2021-01-01"}]}, CLERK, by=None)
    assert sorted((str(p.valid_from), p.issuer) for p in shop.permits.all()) == [
        ("2020-01-01", "街道"),
        ("2021-01-01", ""),
    ]


@pytest.mark.parametrize("statement", ["UPDATE {} SET source = 'clerk'", "DELETE FROM {}"])
def test_facts_can_neither_be_changed_nor_deleted(statement: str) -> None:
    factories.make_object(factories.make_district())
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        connection.cursor().execute(statement.format("registry_factrecord"))
    assert FactRecord.objects.count() == 1


def test_many_are_written_as_one_would_be() -> None:
    district = factories.make_district()
    one = factories.make_object(district, name="绿洲湖畔小筑", address="听雨路1698弄", uscc="")
    drafts = [
        Draft({"name": "绿洲湖畔小筑", "address": "听雨路1698弄", "position": factories.IN_CHANGSHOU}, CLERK)
    ]
    result = write_many(district, factories.object_class(district), drafts * 3, by=None)
    for many in RegulatedObject.objects.filter(pk__in=result.created):
        for column in (
            "name_key",
            "address_key",
            "sort_key",
            "search_tokens",
            "town_id",
            "squad_id",
            "status",
        ):
            assert getattr(many, column) == getattr(one, column), column


def test_the_same_object_twice_in_one_change_is_refused() -> None:
    district = factories.make_district()
    shop = factories.make_object(district)
    drafts = [Draft({"address": "甲"}, CLERK, shop.pk), Draft({"address": "乙"}, CLERK, shop.pk)]
    with pytest.raises(InvalidValues), transaction.atomic():
        write_many(district, shop.object_class, drafts, by=None)


def test_nobody_sees_the_rows_of_another_squad_or_another_district() -> None:
    district, other = factories.make_district(), factories.make_other_district()
    here = factories.make_object(district, position=factories.IN_CHANGSHOU)
    there = factories.make_object(district, position=factories.IN_TAOPU)
    factories.make_object(other, position=factories.OUTSIDE)
    squad = factories.unit(district, "squad", "长寿路街道")
    mobile = factories.unit(district, "mobile_squad")
    visible = RegulatedObject.objects.visible_to
    assert set(visible(factories.make_user("officer", squad))) == {here}
    assert set(visible(factories.make_user("officer", mobile))) == {here, there}
    assert set(visible(factories.make_user("registry_clerk"))) == {here, there}
    assert set(visible(factories.make_user("system_admin"))) == set()


@given(st.one_of(st.none(), st.text(), st.floats(allow_nan=False), st.lists(st.integers())))
def test_a_value_is_the_same_as_itself(value: object) -> None:
    assert same_value(value, value)


@pytest.mark.parametrize("empty", [None, "", []])
def test_empty_is_empty_however_written(empty: object) -> None:
    assert same_value(empty, None)
    assert not same_value(empty, "x")
