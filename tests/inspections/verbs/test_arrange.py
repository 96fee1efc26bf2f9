"""Inspections outside the draw."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from chengshu.bureau.models import Certificate, User
from chengshu.inspections.lifecycle import Kind, State
from chengshu.inspections.models import Inspection, InspectionTask, OfficerInterest
from chengshu.inspections.services import arranging
from chengshu.inspections.services.base import InspectionProblem
from tests import factories
from tests.inspections.conftest import Checks

pytestmark = pytest.mark.django_db


def arrange(checks: Checks, **stated: Any) -> Inspection:
    """Two officers of the squad inspect a shop in its town."""
    values: dict[str, Any] = {
        "target": checks.shops[0],
        "kind": Kind.ROUTINE,
        "officers": checks.officers[:2],
        "by": checks.officers[0],
        "reason": "日常巡查",
        "due_on": timezone.localdate() + timedelta(days=7),
        **stated,
    }
    target, kind, officers = (values.pop(name) for name in ("target", "kind", "officers"))
    return arranging.arrange(target, kind, officers, **values)


@pytest.mark.parametrize("kind", [Kind.ROUTINE, Kind.SPECIAL, Kind.FOLLOW_UP])
def test_it_belongs_to_no_draw_and_no_task(checks: Checks, kind: Kind) -> None:
    made = arrange(checks, kind=kind)
    assert (made.state, made.kind, made.draw, made.task) == (State.ASSIGNED, kind, None, None)
    assert made.team.count() == 2 and made.steps.count() == 1
    checks.reported(made)
    assert not InspectionTask.objects.filter(done_count__gt=0).exists()


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"kind": Kind.RANDOM}, "kind"),
        ({"kind": "surprise"}, "kind"),
        ({"due_on": timezone.localdate() - timedelta(days=1)}, "due_on"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(
    checks: Checks, stated: dict[str, Any], field: str
) -> None:
    with pytest.raises(InspectionProblem) as refused:
        arrange(checks, **stated)
    assert refused.value.field == field and not Inspection.objects.exists()


def test_two_officers_with_valid_certificates_are_needed(checks: Checks) -> None:
    one, two = checks.officers[:2]
    for officers in ([one], [one, one]):
        with pytest.raises(InspectionProblem) as refused:
            arrange(checks, officers=officers)
        assert refused.value.field == "officers"
    Certificate.objects.filter(user=two).update(valid_to=timezone.localdate())
    with pytest.raises(InspectionProblem, match="执法证"):
        arrange(checks)


def test_whoever_declared_an_interest_does_not_inspect_there(checks: Checks) -> None:
    two = checks.officers[1]
    held = OfficerInterest.objects.create(
        district=checks.district, officer=two, object=checks.shops[0], declared_by=two, reason="亲属经营"
    )
    with pytest.raises(InspectionProblem, match="回避") as refused:
        arrange(checks)
    assert "亲属" not in str(refused.value)
    held.ended_at = timezone.now()
    held.save(update_fields=["ended_at"])
    assert arrange(checks).pk


def test_who_may_arrange_what(checks: Checks) -> None:
    here = checks.officers[:2]
    with pytest.raises(PermissionDenied):  # not of the team, no right to send others
        arrange(checks, by=checks.officers[2])
    with pytest.raises(PermissionDenied):  # another squad's object
        arrange(checks, target=checks.shops[1])
    with pytest.raises(PermissionDenied):
        arrange(checks, by=checks.leader)
    leader = User.objects.with_roles().get(pk=checks.squad_leader.pk)
    assert arrange(checks, by=leader, officers=here).created_by == leader
    dispatcher = factories.make_user("dispatcher")
    assert arrange(checks, by=dispatcher, target=checks.shops[1], officers=checks.officers[4:6]).pk


def test_a_retry_makes_nothing_new(checks: Checks) -> None:
    name = uuid.uuid4()
    first, second = (arrange(checks, client_id=name) for _time in range(2))
    assert first.pk == second.pk and Inspection.objects.count() == 1
    with pytest.raises(InspectionProblem) as refused:
        arrange(checks, client_id=name, target=checks.shops[2])
    assert refused.value.field == "client_id"


def test_a_follow_up_names_the_inspection_it_follows_and_numbers_run_by_kind(checks: Checks) -> None:
    first = checks.reported(arrange(checks))
    after = arrange(checks, kind=Kind.FOLLOW_UP, follows=first)
    assert after.follows == first and list(first.followed_by.all()) == [after]
    year = timezone.localdate().year
    assert (first.number, after.number) == (f"{year}R00001", f"{year}F00001")
