"""The reference year's re-verification of shops: planned as records, counted by the indicators."""

from __future__ import annotations

import pytest

from chengshu.demo.load import load_objects
from chengshu.demo.verification import load_verification, plan_of
from chengshu.kernel.indicators.asking import figures
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.periods import Period
from chengshu.registry.models import RegulatedObject, RoundItem, VerificationRound
from tests import factories

pytestmark = pytest.mark.django_db
IDS = ("shops_checked", "shops_added", "object_classes")


def test_every_shop_is_looked_at_and_what_was_lacking_is_entered() -> None:
    factories.make_user("registry_clerk")
    district = factories.make_district()
    load_objects(district, {"shop": 60, "compound": 3})
    added = load_verification(district)
    found = figures(IDS, Period.year(2020), place_of(district.pk))
    assert found["shops_checked"].value == 60 == RoundItem.objects.exclude(outcome="added").count()
    assert found["shops_added"].value == added == RegulatedObject.objects.count() - 63
    assert found["object_classes"].value == 2
    done = VerificationRound.objects.get()
    assert done.state == "closed" and done.figures["checked"] == 60 and done.figures["open"] == 0
    assert not figures(IDS, Period.year(2021), place_of(district.pk))["shops_checked"].value
    assert load_verification(district) == 0 == load_objects(district, {"shop": 60, "compound": 3})


def test_what_the_round_found_closed_is_closed_in_the_registry() -> None:
    factories.make_user("registry_clerk")
    district = factories.make_district()
    load_objects(district, {"shop": 80})
    assert set(RegulatedObject.objects.values_list("status", flat=True)) == {"operating"}
    load_verification(district)
    closed = RoundItem.objects.filter(outcome="closed").values_list("object__status", flat=True)
    assert set(closed) == {"closed"}
    assert sum(plan_of(district.code)["outcomes"].values()) == 100
