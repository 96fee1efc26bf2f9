"""Units (机构): the tree of bureau, sections and squads, and which squad answers for which town."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.bureau.services.base import Refused, require
from chengshu.bureau.services.districts import forget_index_on_failure
from chengshu.kernel import ledger

PERMISSION = "bureau.units.manage"
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")


@transaction.atomic
def create_unit(
    parent: Unit,
    *,
    by: User,
    kind: str,
    code: str,
    name: str,
    name_en: str = "",
    towns: Iterable[Town] = (),
) -> Unit:
    """Add a unit below another. Raises `Refused`."""
    require(by, PERMISSION, parent)
    district = _locked(parent.district_id)
    code = code.strip().upper()
    if not CODE.fullmatch(code):
        raise Refused(_("The code needs 1 to 20 capital letters, digits or hyphens."), "code")
    if Unit.objects.filter(district=district, code=code).exists():
        raise Refused(_("The code %(code)s is taken.") % {"code": code}, "code")
    if kind not in Unit.Kind.values or kind == Unit.Kind.BUREAU:
        raise Refused(_("A district has one bureau; choose another kind."), "kind")
    if not parent.active:
        raise Refused(_("%(unit)s is no longer active.") % {"unit": parent}, "parent")
    towns = list(towns)
    unit = Unit(district=district, parent=parent, kind=kind, code=code)
    _name(unit, name, name_en)
    _check_towns(unit, towns)
    unit.save()
    unit.towns.set(towns)
    _done(unit, "unit.created", by, towns, areas_changed=bool(towns))
    return unit


@transaction.atomic
def change_unit(
    unit: Unit,
    *,
    by: User,
    name: str,
    name_en: str = "",
    parent: Unit | None = None,
    towns: Iterable[Town] | None = None,
    active: bool = True,
) -> Unit:
    """Rename a unit, hang it elsewhere, change its towns, close or open it. Raises `Refused`.

    Everything placed in towns that change hands goes to the new squad.
    """
    require(by, PERMISSION, unit)
    _locked(unit.district_id)
    unit = Unit.objects.select_for_update(of=("self",)).get(pk=unit.pk)
    before = set(unit.towns.all())
    wanted = before if towns is None else set(towns)
    _name(unit, name, name_en)
    if parent is not None and unit.kind != Unit.Kind.BUREAU:
        _check_parent(unit, parent)
        unit.parent = parent
    if not active and unit.active:
        _check_empty(unit)
    if active or unit.active:
        _check_towns(unit, sorted(wanted, key=lambda town: town.code))
    areas_changed = wanted != before or active != unit.active
    unit.active = active
    unit.save()
    unit.towns.set(wanted)
    _done(unit, "unit.changed", by, wanted, areas_changed=areas_changed)
    return unit


def _locked(district_id: int) -> District:
    """Changes of one district's tree follow one another."""
    return District.objects.select_for_update().get(pk=district_id)


def _name(unit: Unit, name: str, name_en: str) -> None:
    name = name.strip()
    if not 0 < len(name) <= 80:
        raise Refused(_("The name needs 1 to 80 characters."), "name")
    same = Unit.objects.filter(district_id=unit.district_id, name=name, active=True).exclude(pk=unit.pk)
    if same.exists():
        raise Refused(_("There is a unit of this name."), "name")
    unit.name, unit.name_en = name, name_en.strip()[:80]


def _check_parent(unit: Unit, parent: Unit) -> None:
    if parent.district_id != unit.district_id:
        raise Refused(_("%(unit)s belongs to another district.") % {"unit": parent}, "parent")
    above: Unit | None = parent
    while above is not None:
        if above.pk == unit.pk:
            raise Refused(_("A unit cannot lie below itself."), "parent")
        above = above.parent


def _check_empty(unit: Unit) -> None:
    if unit.people.filter(is_active=True).exists():
        raise Refused(_("Active people still belong to %(unit)s.") % {"unit": unit}, "active")
    if unit.children.filter(active=True).exists():
        raise Refused(_("Active units still lie below %(unit)s.") % {"unit": unit}, "active")


def _check_towns(unit: Unit, towns: list[Town]) -> None:
    """A town has one squad, or objects in it would have two."""
    if towns and unit.kind != Unit.Kind.SQUAD:
        raise Refused(_("Only a squad answers for single towns."), "towns")
    for town in towns:
        if town.district_id != unit.district_id:
            raise Refused(_("%(unit)s belongs to another district.") % {"unit": town}, "towns")
        other = (
            town.units.filter(kind=Unit.Kind.SQUAD, active=True).exclude(pk=unit.pk).first()
            if unit.active
            else None
        )
        if other is not None:
            raise Refused(
                _("%(unit)s already answers for %(town)s.") % {"unit": other, "town": town}, "towns"
            )


def _done(unit: Unit, action: str, by: User, towns: Iterable[Town], *, areas_changed: bool) -> None:
    from chengshu.bureau.services.areas import boundaries_changed

    district = unit.district
    district.version += 1
    district.save(update_fields=["version"])
    payload = {
        "code": unit.code,
        "name": unit.name,
        "active": unit.active,
        "towns": sorted(town.code for town in towns),
    }
    ledger.append(f"bureau.unit:{unit.pk}", action, payload, actor=by.username)
    if areas_changed:
        with forget_index_on_failure():
            boundaries_changed.send(sender=District, district=district)
