"""What inspections are made of."""

from chengshu.inspections.credit.models import (
    CreditExport,
    CreditObjection,
    CreditProposal,
    CreditRepair,
    CreditStep,
    DishonestyEntry,
    ExportedEntry,
    ExportedPenalty,
)

from .draws import Draw, DrawSecret, OfficerInterest
from .exchange import CityTask, CityTaskObject
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
    "CityTask",
    "CityTaskObject",
    "CreditExport",
    "CreditObjection",
    "CreditProposal",
    "CreditRepair",
    "CreditStep",
    "DishonestyEntry",
    "Draw",
    "DrawSecret",
    "ExportedEntry",
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
