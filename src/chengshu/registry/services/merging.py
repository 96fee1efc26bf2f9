"""What goes over to the survivor when two objects of the registry are merged."""

from __future__ import annotations

from chengshu.registry.matching.references import register
from chengshu.registry.models import (
    Conflict,
    ObjectIdentifier,
    Permit,
    RoundItem,
    VerificationRound,
)


def move_permits(merged: int, survivor: int) -> int:
    """Permits go over; one that the survivor has under the same kind and number stays as history."""
    known = set(Permit.objects.filter(object_id=survivor).values_list("kind", "number"))
    fresh = [
        permit.pk
        for permit in Permit.objects.filter(object_id=merged)
        if not permit.number or (permit.kind, permit.number) not in known
    ]
    return Permit.objects.filter(pk__in=fresh).update(object_id=survivor)


def move_round_items(merged: int, survivor: int) -> int:
    """Items of unfinished rounds go over, unless the survivor is on the same list.

    Then what was reported stays with the merged object, and an item nobody has worked on leaves the list:
    there is nothing left to look at. Closed rounds are frozen.
    """
    mine = RoundItem.objects.filter(object_id=merged).exclude(round__state=VerificationRound.State.CLOSED)
    taken = RoundItem.objects.filter(object_id=survivor).values("round_id")
    mine.filter(round_id__in=taken, outcome="", results=None).delete()
    return mine.exclude(round_id__in=taken).update(object_id=survivor)


def move_conflicts(merged: int, survivor: int) -> int:
    """Settled import conflicts and proposals that name the object."""
    moved = Conflict.objects.filter(object_id=merged).update(object_id=survivor)
    return moved + Conflict.objects.filter(candidate_id=merged).update(candidate_id=survivor)


def register_all() -> None:
    """Called when the registry is loaded. Facts stay: they are append-only and read through `merged_from`."""
    register(ObjectIdentifier, "object")
    register(Permit, "object", move_permits)
    register(RoundItem, "object", move_round_items)
    register(Conflict, "object", move_conflicts)
