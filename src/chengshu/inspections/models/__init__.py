"""What inspections are made of."""

from chengshu.inspections.credit.models import (
    CreditExport,
    CreditObjection,
    CreditProposal,
    CreditRepair,
    CreditStep,
    DishonestyEntry,
    ExportedPenalty,
)

from .draws import Draw, DrawSecret, OfficerInterest
from .inspections import (
    Inspection,
    InspectionOfficer,
    InspectionPhoto,
    InspectionReport,
    InspectionStep,
)
from .items import Checklist, InspectionItem
from .plans import AnnualPlan, InspectionTask, PartnerDepartment, PartnerOfficer
from .publication import InspectionDisclosure, QuarterlyPublication

__all__ = [
    "AnnualPlan",
    "Checklist",
    "CreditExport",
    "CreditObjection",
    "CreditProposal",
    "CreditRepair",
    "CreditStep",
    "DishonestyEntry",
    "Draw",
    "DrawSecret",
    "ExportedPenalty",
    "Inspection",
    "InspectionDisclosure",
    "InspectionItem",
    "InspectionOfficer",
    "InspectionPhoto",
    "InspectionReport",
    "InspectionStep",
    "InspectionTask",
    "OfficerInterest",
    "PartnerDepartment",
    "PartnerOfficer",
    "QuarterlyPublication",
]
