"""The queue of conflicts, and what a person needs to settle one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from chengshu.bureau.models import User
from chengshu.kernel.geometry import bbox_around, haversine_m
from chengshu.registry.derive import address_key, name_key
from chengshu.registry.models import Conflict, RegulatedObject

PERMISSION = "registry.import"
NEARBY_M = 150.0
CANDIDATES = 6


@dataclass(frozen=True)
class Candidate:
    """An object that a conflict's row may speak of."""

    object: RegulatedObject
    metres: float | None
    same_name: bool
    same_address: bool


def queue(
    user: User, *, state: str = "", reason: str = "", class_id: str = "", text: str = ""
) -> QuerySet[Conflict]:
    """Conflicts of the person's districts; by default those to be settled, the oldest import first."""
    found = Conflict.objects.filter(user.scope_for(PERMISSION).q(squad=None))
    if state == "settled":
        found = found.exclude(state=Conflict.State.OPEN)
    elif state != "all":
        found = found.filter(state=Conflict.State.OPEN)
    if reason:
        found = found.filter(reasons__contains=[{"code": reason}])
    if class_id.isdecimal():
        found = found.filter(object_class_id=int(class_id))
    if text.strip():
        found = found.filter(
            Q(values__name__icontains=text.strip()) | Q(values__address__icontains=text.strip())
        )
    return found.select_related("object_class", "last_batch", "decided_by").order_by("-last_batch_id", "id")


def candidates(conflict: Conflict) -> list[Candidate]:
    """Objects that fit: named by the import, of the same name or address, close by; the likeliest first."""
    named = {int(number) for reason in conflict.reasons for number in reason.get("candidates", [])} | (
        {conflict.candidate_id} if conflict.candidate_id else set()
    )
    name = name_key(str(conflict.values.get("name", "")))
    address = address_key(str(conflict.values.get("address", "")))
    wanted = Q(pk__in=named)
    if name:
        wanted |= Q(name_key=name)
    if address:
        wanted |= Q(address_key=address)
    position = conflict.values.get("position")
    if position:
        wanted |= Q(position__in_box=bbox_around(position[0], position[1], NEARBY_M))
    objects = RegulatedObject.objects.live().filter(
        wanted, district=conflict.district_id, object_class=conflict.object_class_id
    )
    found = [_candidate(obj, position, name, address) for obj in objects[:50]]
    found.sort(key=lambda c: (c.object.pk not in named, not c.same_name, not c.same_address, c.metres or 1e9))
    return found[:CANDIDATES]


def _candidate(obj: RegulatedObject, position: Any, name: str, address: str) -> Candidate:
    metres = haversine_m(*position, *obj.position) if position and obj.position else None
    return Candidate(obj, metres, obj.name_key == name, bool(address) and obj.address_key == address)
