"""What is: events, jobs, stored files, number series, ledger entries and daily roots, unmask records."""

from .events import Event
from .files import StoredFile
from .jobs import Job
from .ledger import DailyRoot, LedgerEntry
from .numbers import NumberSeries
from .privacy import UnmaskRecord

__all__ = ["DailyRoot", "Event", "Job", "LedgerEntry", "NumberSeries", "StoredFile", "UnmaskRecord"]
