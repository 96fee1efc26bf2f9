"""Leads: HTTP API under ``/api/v1/leads``. The first route that fits is taken: words before ``{lead_id}``."""

from .routes import router

from . import reporting, reading, files, actions  # noqa: F401  isort: skip

__all__ = ["router"]
