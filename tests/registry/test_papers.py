"""Permits and identifiers by hand: only in the own area, on the object as it stands now."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from chengshu.bureau.models import District, Unit
from chengshu.registry.models import RegulatedObject
from chengshu.registry.services import papers
from tests import factories

pytestmark = pytest.mark.django_db
PERMIT = {"kind": "外摆位备案", "number": "W-1"}


def test_nobody_changes_papers_outside_the_own_area(district: District) -> None:
    obj = factories.make_object(district)
    papers.add_permit(obj, PERMIT, None)
    papers.set_identifier(obj, "市督察系统", "SH-1", None)
    before = (obj.version, obj.facts.count())
    leader = factories.make_user("squad_leader", factories.unit(district, Unit.Kind.SQUAD, "桃浦镇"))
    for by in (leader, factories.make_user("officer")):
        for act in (
            lambda by=by: papers.add_permit(obj, {**PERMIT, "number": "W-2"}, by),
            lambda by=by: papers.withdraw_permit(obj, obj.permits.get(), date(2020, 11, 2), by),
            lambda by=by: papers.set_identifier(obj, "市督察系统", "SH-2", by),
            lambda by=by: papers.withdraw_identifier(obj, obj.identifiers.get(), by),
        ):
            with pytest.raises(PermissionDenied):
                act()
    obj.refresh_from_db()
    assert (obj.version, obj.facts.count()) == before
    assert (obj.permits.get().withdrawn_on, obj.identifiers.get().value) == (None, "SH-1")


def test_every_paper_raises_the_version_of_the_object_as_it_stands(district: District) -> None:
    obj = factories.make_object(district)
    clerk = factories.make_user("registry_clerk")
    papers.add_permit(obj, PERMIT, clerk)
    papers.set_identifier(obj, "市督察系统", "SH-1", clerk)
    stale = RegulatedObject.objects.get(pk=obj.pk)
    papers.withdraw_permit(obj, obj.permits.get(), date(2020, 11, 2), clerk)
    papers.withdraw_identifier(stale, obj.identifiers.get(), clerk)
    assert stale.version == 5
    papers.withdraw_permit(obj, obj.permits.get(), date(2020, 11, 9), clerk)
    assert (obj.version, obj.permits.get().withdrawn_on) == (5, date(2020, 11, 2))
