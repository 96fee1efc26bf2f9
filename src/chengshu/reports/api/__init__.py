"""Figures over HTTP: ``/api/v1/reports``. The first route that fits is taken."""

from .figures import router

from . import one  # noqa: F401  isort: skip

__all__ = ["router"]
