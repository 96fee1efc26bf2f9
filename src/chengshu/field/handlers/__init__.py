"""What each kind of record does, one module a domain; loading them registers the kinds."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every module beside this one."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
