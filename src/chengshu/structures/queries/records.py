"""The records of one entry in the order in which they were made, also of one that a batch holds in memory."""

from __future__ import annotations

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
    rows = bulk.records(Survey, structure)
    return list(structure.surveys.order_by("id")) if rows is None else rows


def findings(structure: Structure) -> list[StructureFinding]:
    """All findings."""
    rows = bulk.records(StructureFinding, structure)
    return list(structure.findings.order_by("id")) if rows is None else rows


def photos(structure: Structure) -> list[StructurePhoto]:
    """All photos."""
    rows = bulk.records(StructurePhoto, structure)
    return list(structure.photos.order_by("id")) if rows is None else rows


def proposals(structure: Structure) -> list[Proposal]:
    """All proposals."""
    rows = bulk.records(Proposal, structure)
    return list(structure.proposals.order_by("id")) if rows is None else rows


def eliminations(structure: Structure) -> list[Elimination]:
    """What counts, or counted, towards a year."""
    rows = bulk.records(Elimination, structure)
    return list(structure.eliminations.order_by("id")) if rows is None else rows
