"""Objects follow the boundaries when these change."""

from __future__ import annotations

import pytest

from chengshu.bureau.models import District, Grid, Town
from chengshu.bureau.services.areas import boundaries_changed, place
from chengshu.registry.models import RegulatedObject
from tests import factories

pytestmark = pytest.mark.django_db


def swap_boundaries(district: District, one: str, other: str) -> None:
    """Let two towns change places."""
    first, second = Town.objects.get(name=one), Town.objects.get(name=other)
    first.boundary, second.boundary = second.boundary, first.boundary
    Town.objects.bulk_update([first, second], ["boundary"])
    district.version += 1
    district.save()
    boundaries_changed.send(sender=District, district=district)


def test_an_object_goes_to_the_town_and_squad_in_which_it_now_lies() -> None:
    district = factories.make_district()
    shop = factories.make_object(district, position=factories.IN_CHANGSHOU)
    swap_boundaries(district, "长寿路街道", "桃浦镇")
    shop.refresh_from_db()
    assert shop.town is not None and shop.town.name == "桃浦镇"
    assert shop.squad == factories.unit(district, "squad", "桃浦镇")
    assert shop.version == 2


def test_an_object_whose_place_stays_is_left_alone() -> None:
    district = factories.make_district()
    shop = factories.make_object(district, position=factories.IN_TAOPU)
    swap_boundaries(district, "长寿路街道", "曹杨新村街道")
    shop.refresh_from_db()
    assert shop.version == 1


def test_the_place_before_is_kept_in_the_history() -> None:
    district = factories.make_district()
    shop = factories.make_object(district, position=factories.IN_CHANGSHOU)
    before = shop.town_id
    swap_boundaries(district, "长寿路街道", "桃浦镇")
    states = RegulatedObject.pgh_event_models["before"].objects.filter(pgh_obj_id=shop.pk)
    assert list(states.values_list("town_id", flat=True)) == [before]


def test_grids_of_two_towns_may_share_a_code() -> None:
    district = factories.make_district()
    for town in Town.objects.filter(name__in=["长寿路街道", "桃浦镇"]):
        Grid.objects.create(town=town, code="01", name=f"{town.name}一", boundary=town.boundary)
    district.version += 1
    district.save()
    found = [place(district, *where).grid for where in (factories.IN_CHANGSHOU, factories.IN_TAOPU)]
    assert [Grid.objects.get(pk=pk).town.name for pk in found] == ["长寿路街道", "桃浦镇"]


def test_a_town_given_to_another_squad_counts_at_once_without_a_new_version() -> None:
    district = factories.make_district()
    assert place(district, *factories.IN_TAOPU).squad == factories.unit(district, "squad", "桃浦镇").pk
    taopu, other = (factories.unit(district, "squad", town) for town in ("桃浦镇", "长寿路街道"))
    town = Town.objects.get(name="桃浦镇")
    taopu.towns.remove(town)
    other.towns.add(town)
    assert place(district, *factories.IN_TAOPU).squad == other.pk
