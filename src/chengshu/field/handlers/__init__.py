"""What each kind of record does: one module a domain, found by its place in this package."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every module of this package; each registers its kinds (`chengshu.field.kinds`)."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
