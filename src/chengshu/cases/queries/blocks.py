"""Blocks of numbers as they are shown: whose, of which series, what became of each number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from chengshu.bureau.models import Town, Unit, User
from chengshu.cases.models import Case, NumberBlock
from chengshu.cases.permissions import VIEW
from chengshu.cases.services.blocks import ON_THE_SPOT, enter_until


@dataclass(frozen=True)
class Held:
    """A block at a moment. ``entering``: the lease has run out, what was written in time may be entered."""

    block: NumberBlock
    unused: list[str]
    used: list[str]
    voided: list[str]
    entering: bool
    enter_until: datetime

    @classmethod
    def of(cls, block: NumberBlock, at: datetime) -> Held:
        """The block with its numbers written out."""
        return cls(
            block,
            list(block.unused),
            block.numbers(block.used),
            block.numbers(block.voided),
            block.closed_at is None and at > block.expires_at,
            enter_until(block),
        )


def visible(user: User) -> QuerySet[NumberBlock]:
    """The blocks of the places whose cases the person sees, with their officers."""
    inside = user.scope_for(VIEW).q(squad="leased_to__unit")
    return NumberBlock.objects.filter(inside).select_related("leased_to__unit")


def own_open(user: User) -> list[NumberBlock]:
    """The officer's blocks that are not closed yet, the oldest first."""
    return list(NumberBlock.objects.filter(leased_to=user, closed_at__isnull=True).order_by("id"))


def own_numbers(user: User) -> list[str]:
    """The numbers that an on-the-spot decision on paper of this officer may bear."""
    blocks = [block for block in own_open(user) if block.kind == ON_THE_SPOT]
    return [number for block in blocks for number in block.unused]


def cases_bearing(block: NumberBlock) -> dict[str, int]:
    """Decision number → case, for the numbers of the block that decisions bear."""
    found = Case.objects.filter(district=block.district_id, number__in=block.numbers(block.used)).exclude(
        number=""
    )
    return dict(found.values_list("number", "pk"))


def towns_of(user: User) -> list[Town]:
    """The streets and towns for which an officer may lease: those of the squad, else of the district."""
    own = list(user.unit.towns.all()) if user.unit.kind == Unit.Kind.SQUAD else []
    return own or list(Town.objects.filter(district=user.unit.district_id).order_by("code"))


def as_json(block: NumberBlock) -> dict[str, Any]:
    """The block as the API gives it to a device."""
    held = Held.of(block, timezone.now())
    names = ("id", "word", "kind", "year", "device")
    return {
        **{name: getattr(block, name) for name in names},
        "leased_at": timezone.localtime(block.leased_at),
        "expires_at": timezone.localtime(block.expires_at),
        "closed_at": timezone.localtime(block.closed_at) if block.closed_at else None,
        "unused": held.unused,
        "used": held.used,
        "voided": held.voided,
        "enter_until": timezone.localtime(held.enter_until),
        "leased_to": block.leased_to.username,
    }
