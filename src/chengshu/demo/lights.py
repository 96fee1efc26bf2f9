"""The lights of the towns at the reference year's end, recorded through the service that the clock uses."""

from __future__ import annotations

from chengshu.bureau.models import District
from chengshu.demo.flights import Report
from chengshu.demo.structures import LedgerYear
from chengshu.structures.services.year_lights import record

LABEL = "街镇年末灯色"


def load_lights(district: District, *, report: Report | None = None) -> int:
    """Record what the ledger of the year shows; how many are new. Runs after the ledger is written."""
    made = len(record(district, LedgerYear(district).year, by=None))
    if report:
        report(made, made, LABEL)
    return made
