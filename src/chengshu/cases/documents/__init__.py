"""文书: a case's documents as filled models (`compose`), set as PDF or .docx, signed, bound into a file.

The writers are imported where they are used; they bring large libraries.
"""

from chengshu.cases.documents.composing import compose, lacking
from chengshu.cases.documents.facts import (
    CatalogueEntry,
    DocumentFacts,
    Evidence,
    Item,
    Officer,
    Opinion,
    Photo,
    Turn,
)
from chengshu.cases.documents.kinds import DocumentKind, kind, kinds
from chengshu.cases.documents.model import DocumentModel, as_data, from_data
from chengshu.cases.documents.money import rmb_capital
from chengshu.cases.documents.problems import DocumentProblem

__all__ = [
    "CatalogueEntry",
    "DocumentFacts",
    "DocumentKind",
    "DocumentModel",
    "DocumentProblem",
    "Evidence",
    "Item",
    "Officer",
    "Opinion",
    "Photo",
    "Turn",
    "as_data",
    "compose",
    "from_data",
    "kind",
    "kinds",
    "lacking",
    "rmb_capital",
]
