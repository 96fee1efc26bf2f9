"""What is: classes, leads with their steps and attachments, rules, rechecks, alarms, remarks of the shift."""

from .alarms import LeadAlarm
from .attachments import LeadAttachment
from .classes import LeadClass
from .desk import SavedLeadFilter
from .leads import Lead
from .reporters import LeadReporter
from .rules import RoutingRule
from .shifts import ShiftRemark
from .steps import LeadStep

__all__ = [
    "Lead",
    "LeadAlarm",
    "LeadAttachment",
    "LeadClass",
    "LeadReporter",
    "LeadStep",
    "RoutingRule",
    "SavedLeadFilter",
    "ShiftRemark",
]
