"""The records of one entry in the order in which they were made, also of one that a batch holds in memory."""

from __future__ import annotations

from typing import TypeVar

from chengshu.structures.models import (
    Elimination,
    Proposal,
    Step,
    Structure,
    StructureFinding,
    StructurePhoto,
    Survey,
)
from chengshu.structures.services import bulk

R = TypeVar("R", Survey, StructureFinding, StructurePhoto, Proposal, Elimination)


def steps(structure: Structure) -> list[Step]:
    """All steps, with who took them."""
    rows = bulk.records(Step, structure)
    if rows is None:
        rows = list(Step.objects.filter(structure=structure).select_related("by").order_by("seq"))
    return rows


def step_count(structure: Structure) -> int:
    """How many steps there are."""
    rows = bulk.records(Step, structure)
    return Step.objects.filter(structure=structure).count() if rows is None else len(rows)


def surveys(structure: Structure) -> list[Survey]:
    """All surveys; the area is that of the last."""
    return _of(Survey, structure)


def findings(structure: Structure) -> list[StructureFinding]:
    """All findings."""
    return _of(StructureFinding, structure)


def photos(structure: Structure) -> list[StructurePhoto]:
    """All photos."""
    return _of(StructurePhoto, structure)


def proposals(structure: Structure) -> list[Proposal]:
    """All proposals."""
    return _of(Proposal, structure)


def eliminations(structure: Structure) -> list[Elimination]:
    """What counts, or counted, towards a year."""
    return _of(Elimination, structure)


def _of(model: type[R], structure: Structure) -> list[R]:
    rows = bulk.records(model, structure)
    if rows is None:
        rows = list(model._default_manager.filter(structure=structure).order_by("id"))
    return rows
