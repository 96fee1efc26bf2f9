"""Sensing: HTTP API under ``/api/v1/sensing``. The first route that fits is taken: words before numbers."""

from .routes import router

from . import flights, comparisons, suspects, verdicts, permits  # noqa: F401  isort: skip

__all__ = ["router"]
