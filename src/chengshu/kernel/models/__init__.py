"""What is: jobs, stored files, number series, ledger entries and daily roots, unmask records, the outbox."""

from .files import StoredFile
from .jobs import Job
from .ledger import DailyRoot, LedgerEntry
from .numbers import NumberSeries
from .outbox import OutgoingLane, OutgoingMessage
from .privacy import UnmaskRecord

__all__ = [
    "DailyRoot",
    "Job",
    "LedgerEntry",
    "NumberSeries",
    "OutgoingLane",
    "OutgoingMessage",
    "StoredFile",
    "UnmaskRecord",
]
