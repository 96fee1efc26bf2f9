"""回避申报: where an officer may not inspect (行政处罚法 2021 art. 43). It ends, it is never deleted."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import Town, User
from chengshu.inspections.models import OfficerInterest
from chengshu.kernel import ledger
from chengshu.registry.models import RegulatedObject

from . import bulk
from .base import InspectionProblem, require
from .planning import required_reason


@transaction.atomic
def declare(
    officer: User,
    *,
    by: User,
    town: Town | None = None,
    target: RegulatedObject | None = None,
    reason: str = "",
) -> OfficerInterest:
    """Declare the street of one's home, or an interest in an object; the latter with its reason.

    For oneself, or for another by whoever plans. Twice the same: the one there is. Raises
    `InspectionProblem`. What is announced already stays; there the officer is withdrawn by recusal.
    """
    district_id = officer.unit.district_id
    if by.pk != officer.pk:
        require(by, "inspections.plan", district_id=district_id)
    if (town is None) == (target is None):
        raise InspectionProblem(_("Declare a street or an object, one at a time."), "town")
    if (town or target).district_id != district_id:  # type: ignore[union-attr]
        raise InspectionProblem(_("This lies outside the district of the officer."), "town")
    reason = required_reason(reason) if target is not None else reason.strip()[:300]
    same = OfficerInterest.objects.filter(officer=officer, town=town, object=target, ended_at=None)
    User.objects.select_for_update().only("pk").get(pk=officer.pk)  # two clicks, one declaration
    if known := same.first():
        return known
    made = OfficerInterest.objects.create(
        district_id=district_id, officer=officer, town=town, object=target, reason=reason, declared_by=by
    )
    _record(made, "declare", by)
    return made


@transaction.atomic
def end(interest: OfficerInterest, *, by: User) -> OfficerInterest:
    """The interest is over: from now on the officer may be drawn there again. Twice: once."""
    current = OfficerInterest.objects.select_for_update().get(pk=interest.pk)
    if by.pk != current.officer_id:
        require(by, "inspections.plan", district_id=current.district_id)
    if current.ended_at is None:
        current.ended_at = timezone.now()
        current.save(update_fields=["ended_at"])
        _record(current, "end", by)
    return current


def _record(interest: OfficerInterest, action: str, by: User) -> None:
    """Without the reason: the ledger's hashes are public."""
    bulk.forget()
    payload = {"officer": interest.officer_id, "town": interest.town_id, "object": interest.object_id}
    ledger.append(f"inspections.interest:{interest.pk}", action, payload, actor=by.username)
