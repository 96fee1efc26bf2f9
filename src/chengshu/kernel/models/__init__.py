"""What is: jobs, files, number series, ledger and daily roots, looks behind masks, events, the outbox."""

from .events import Event
from .files import StoredFile
from .jobs import Job
from .ledger import DailyRoot, LedgerEntry
from .numbers import NumberSeries
from .outbox import OutgoingLane, OutgoingMessage
from .privacy import UnmaskRecord

__all__ = [
    "DailyRoot",
    "Event",
    "Job",
    "LedgerEntry",
    "NumberSeries",
    "OutgoingLane",
    "OutgoingMessage",
    "StoredFile",
    "UnmaskRecord",
]
