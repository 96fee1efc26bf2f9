"""What is: classes and attributes, regulated objects with facts and permits, imports, rounds, doubles."""

from .classes import AttributeDefinition, ObjectClass
from .counts import ObjectCount, ObjectCountChange
from .doubles import DuplicatePair
from .facts import FactRecord, ObjectIdentifier, Permit
from .imports import Conflict, ImportBatch, ImportMapping, ImportRow
from .objects import RegulatedObject
from .rounds import RoundItem, RoundResult, VerificationRound

__all__ = [
    "AttributeDefinition",
    "Conflict",
    "DuplicatePair",
    "FactRecord",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "ObjectClass",
    "ObjectCount",
    "ObjectCountChange",
    "ObjectIdentifier",
    "Permit",
    "RegulatedObject",
    "RoundItem",
    "RoundResult",
    "VerificationRound",
]
