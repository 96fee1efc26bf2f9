"""What the acting domains tell those above them, who may not be called from here."""

from __future__ import annotations

from django.dispatch import Signal

cases_written = Signal()
"""Sent inside the transaction with ``ids``: cases whose columns and parties were just written."""
