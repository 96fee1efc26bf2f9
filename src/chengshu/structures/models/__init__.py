"""What the ledger of illegal structures is made of."""

from .eliminations import Elimination
from .records import Step, StructureFinding, StructurePhoto, Survey
from .structures import Proposal, Structure
from .years import AnnualTask, Assessment, KeyPlot, LedgerImport, Milestone, SampleCheck, YearLight

__all__ = [
    "AnnualTask",
    "Assessment",
    "Elimination",
    "KeyPlot",
    "LedgerImport",
    "Milestone",
    "Proposal",
    "SampleCheck",
    "Step",
    "Structure",
    "StructureFinding",
    "StructurePhoto",
    "Survey",
    "YearLight",
]
