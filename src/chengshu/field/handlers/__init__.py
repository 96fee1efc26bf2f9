"""What each kind of record does, by domain; importing a module registers its kinds."""

from __future__ import annotations

import pkgutil
from importlib import import_module


def load() -> None:
    """Register every kind of record that there is a handler for."""
    for found in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{found.name}")
