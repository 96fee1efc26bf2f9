"""What a penalty case is made of."""

from .cases import Case, CaseStep, Party
from .delivery import PartyAccess
from .desk import SavedFilter
from .devices import NumberBlock, OffsiteDevice
from .kinds import CaseKind
from .papers import CaseDocument, CustodyEntry, DocumentDraft, EvidenceItem

__all__ = [
    "Case",
    "CaseDocument",
    "CaseKind",
    "CaseStep",
    "CustodyEntry",
    "DocumentDraft",
    "EvidenceItem",
    "NumberBlock",
    "OffsiteDevice",
    "Party",
    "PartyAccess",
    "SavedFilter",
]
