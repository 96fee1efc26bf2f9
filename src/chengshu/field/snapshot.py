"""What the app is given for work without a network: each part is registered by the domain it comes from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chengshu.bureau.models import User

Part = Callable[[User, datetime], Any]
_parts: dict[str, Part] = {}


def register(name: str, part: Part) -> None:
    """Add a part under its name in the snapshot; the same name again replaces it."""
    _parts[name] = part


def parts() -> dict[str, Part]:
    """All parts by name."""
    return dict(_parts)
