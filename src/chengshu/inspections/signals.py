"""What inspections tell those above them, who may not be called from here."""

from __future__ import annotations

from django.dispatch import Signal

published = Signal()
"""Sent inside the transaction with ``district_id``: something that the public sees has changed."""

penalty_repaired = Signal()
"""Sent inside the transaction with ``ids``: cases with a penalty whose display has ended by credit repair."""
