"""Which rows point at a regulated object and go over to the survivor of a merge. Extensible by any domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models

Mover = Callable[[int, int], int]


@dataclass(frozen=True)
class Reference:
    """A foreign key to `RegulatedObject` in a model."""

    model: type[models.Model]
    field: str
    mover: Mover | None = None


_references: dict[tuple[str, str], Reference] = {}


def register(model: type[models.Model], field: str, mover: Mover | None = None) -> None:
    """Have the rows of `model` go over with a merge.

    Without `mover` every row whose `field` is the merged object gets the survivor. A mover
    ``(merged_id, survivor_id) -> rows moved`` decides itself, where a unique rule or a frozen list is in
    the way. It runs inside the merge's transaction with both objects locked.
    """
    _references[model._meta.label, field] = Reference(model, field, mover)


def move_all(merged: int, survivor: int) -> dict[str, int]:
    """Move every registered reference; returns how many rows of which model were moved."""
    moved: dict[str, int] = {}
    for (label, field), reference in sorted(_references.items()):
        if reference.mover is not None:
            count = reference.mover(merged, survivor)
        else:
            rows = reference.model._default_manager.filter(**{f"{field}_id": merged})
            count = rows.update(**{f"{field}_id": survivor})
        if count:
            moved[f"{label}.{field}"] = count
    return moved
