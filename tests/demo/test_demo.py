"""The demo: one account for every role, invented objects that may be loaded again and again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from chengshu.bureau.models import District, Unit, User
from chengshu.bureau.roles import roles
from chengshu.demo.load import LABEL, accounts, first_start, load_objects
from chengshu.demo.objects import objects, recipe, scaled
from chengshu.registry.models import FactRecord, RegulatedObject
from tests import factories

pytestmark = pytest.mark.django_db
COUNTS = {"shop": 40, "restaurant": 10, "agency": 5, "site": 5, "billboard": 5, "hauler": 5}


def test_there_is_an_account_for_every_role_and_each_has_the_printed_password() -> None:
    assert first_start()
    held = set().union(*(User.objects.with_roles().get(username=a.username).role_codes for a in accounts()))
    assert held == set(roles())
    for account in accounts():
        assert User.objects.get(username=account.username).check_password(account.password)


def test_a_second_start_changes_nothing() -> None:
    assert first_start()
    before = User.objects.count()
    assert not first_start()
    assert User.objects.count() == before


def test_no_demo_accounts_are_announced_where_none_were_loaded() -> None:
    assert accounts() == []


def test_whose_password_is_another_is_not_announced() -> None:
    assert first_start()
    clerk, officer, chief = (User.objects.get(username=name) for name in ("clerk", "officer", "chief"))
    clerk.set_password(factories.PASSWORD)
    clerk.save()
    officer.set_password(factories.PASSWORD)  # at once, so that only the hash tells
    officer.password_changed_at = officer.created_at
    officer.save()
    chief.password_changed_at = chief.created_at + timedelta(days=1)
    chief.save()
    shown = {account.username for account in accounts()}
    assert not shown & {"clerk", "officer", "chief"}
    assert "legal" in shown


@override_settings(DEFAULT_DISTRICT="310199")
def test_a_district_without_a_demo_has_none() -> None:
    assert not first_start()
    assert accounts() == []
    assert not District.objects.filter(code="310199").exists()


def test_a_bureau_set_up_otherwise_gets_no_demo_accounts() -> None:
    Unit.objects.filter(district=factories.make_district(), kind=Unit.Kind.BUREAU).update(code="B")
    assert not first_start()
    assert not User.objects.exists()


def test_loading_twice_adds_nothing_the_second_time() -> None:
    district = factories.make_district()
    assert load_objects(district, COUNTS) == 70
    assert load_objects(district, COUNTS) == 0
    assert RegulatedObject.objects.count() == 70


def test_right_after_loading_the_first_objects_are_found_without_sorting_all() -> None:
    district = factories.make_district()
    load_objects(district, {"shop": 800})
    first = RegulatedObject.objects.filter(district=district, merged_into=None, pk__gt=0).order_by("pk")[:2]
    assert "Sort" not in first.explain()


def test_loading_goes_on_where_it_was_stopped_and_ends_with_the_same_objects() -> None:
    district = factories.make_district()
    load_objects(district, {"shop": 15})
    load_objects(district, {"shop": 40})
    expected = [values["name"] for values in objects(district, "shop", 40)]
    assert list(RegulatedObject.objects.order_by("id").values_list("name", flat=True)) == expected


def test_every_invented_object_lies_in_a_town_and_says_that_it_is_invented() -> None:
    district = factories.make_district()
    load_objects(district, COUNTS)
    assert not RegulatedObject.objects.filter(town=None).exists()
    assert not RegulatedObject.objects.filter(squad=None).exists()
    assert set(FactRecord.objects.values_list("source_label", flat=True)) == {LABEL}


def test_scaling_keeps_the_total_exactly() -> None:
    counts = scaled(recipe("310107")["counts"], 1_000_000)
    assert sum(counts.values()) == 1_000_000
    assert all(counts.values())
