"""The ledger of illegal structures: HTTP API under ``/api/v1/structures``.

The first route that fits is taken: words before ``{structure_id}``.
"""

from .routes import router

from . import figures, years, samples, plots, reading, entering, actions, evidence  # noqa: F401  isort: skip

__all__ = ["router"]
