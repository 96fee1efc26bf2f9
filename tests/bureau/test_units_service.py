"""Units: added, changed, closed; towns change hands; and each refusal."""

from __future__ import annotations

from typing import Any

import pytest

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.bureau.services import areas, units
from chengshu.bureau.services.base import Refused
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_town_changes_hands_and_positions_follow(
    system: User, district: District, squad: Unit, other_squad: Unit
) -> None:
    town = Town.objects.get(district=district, name="长寿路街道")
    version = district.version
    units.change_unit(squad, by=system, name=squad.name, towns=[])
    units.change_unit(other_squad, by=system, name="联合中队", towns=[*other_squad.towns.all(), town])
    district.refresh_from_db()
    assert district.version == version + 2
    assert areas.place(district, *factories.IN_CHANGSHOU).squad == other_squad.pk


def test_only_a_change_of_areas_is_announced(system: User, squad: Unit) -> None:
    seen: list[Any] = []

    def listen(district: District, **_: Any) -> None:
        seen.append(district)

    areas.boundaries_changed.connect(listen)
    try:
        units.change_unit(squad, by=system, name="改名中队")
        assert not seen
        units.change_unit(squad, by=system, name="改名中队", towns=[])
        assert len(seen) == 1
    finally:
        areas.boundaries_changed.disconnect(listen)


def test_a_unit_is_added_and_closed(system: User, bureau: Unit) -> None:
    unit = units.create_unit(bureau, by=system, kind="squad", code="pt-30", name="临时中队")
    assert (unit.code, unit.parent) == ("PT-30", bureau)
    units.change_unit(unit, by=system, name=unit.name, active=False)
    assert not Unit.objects.get(pk=unit.pk).active


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "中队"}, "代码应为 1 至 20 位"),
        ({"code": "PT-11"}, "代码 PT-11 已被使用。"),
        ({"kind": "bureau"}, "一个区只有一个局"),
        ({"kind": "army"}, "一个区只有一个局"),
        ({"name": " "}, "名称不能为空"),
        ({"name": "长寿路街道中队"}, "已有同名机构。"),
    ],
)
def test_refusals_of_adding(changes: dict[str, str], sentence: str, system: User, bureau: Unit) -> None:
    data = {"kind": "squad", "code": "PT-30", "name": "临时中队", **changes}
    with pytest.raises(Refused, match=sentence):
        units.create_unit(bureau, by=system, **data)


def test_refusals_about_towns(system: User, bureau: Unit, squad: Unit, other_squad: Unit) -> None:
    town = squad.towns.get()
    with pytest.raises(Refused, match="长寿路街道已由长寿路街道中队负责。"):
        units.change_unit(other_squad, by=system, name=other_squad.name, towns=[town])
    with pytest.raises(Refused, match="只有中队可以指定所辖街镇。"):
        units.change_unit(bureau, by=system, name=bureau.name, towns=[town])
    other = factories.make_other_district()
    foreign = Town.objects.create(
        district=other, code="310106001000", name="外区街道", kind="street", boundary={}
    )
    with pytest.raises(Refused, match="属于其他区"):
        units.change_unit(squad, by=system, name=squad.name, towns=[foreign])


def test_refusals_of_changing(
    system: User, security: User, bureau: Unit, squad: Unit, other_squad: Unit
) -> None:
    with pytest.raises(Refused, match="不在您的管理范围内"):
        units.change_unit(squad, by=security, name="改名")
    with pytest.raises(Refused, match="机构不能隶属于自身。"):
        units.change_unit(squad, by=system, name=squad.name, parent=squad)
    units.change_unit(other_squad, by=system, name=other_squad.name, parent=squad)
    with pytest.raises(Refused, match="机构不能隶属于自身。"):
        units.change_unit(squad, by=system, name=squad.name, parent=Unit.objects.get(pk=other_squad.pk))
    with pytest.raises(Refused, match="仍有在用下级机构"):
        units.change_unit(squad, by=system, name=squad.name, active=False)
    factories.make_user("officer", squad)
    with pytest.raises(Refused, match="仍有在用人员"):
        units.change_unit(squad, by=system, name=squad.name, active=False)
    foreign = factories.unit(factories.make_other_district())
    with pytest.raises(Refused, match="属于其他区"):
        units.change_unit(squad, by=system, name=squad.name, parent=foreign)
