"""Parts of the snapshot for work without a network that other modules bring along.

``register("beats", fn)``: ``fn(user, now)`` returns what stands under that name, ready for JSON (datetimes
and dates may stay as they are). A part is asked with the officer's language active, and limited to what the
officer may see.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chengshu.bureau.models import User

Part = Callable[[User, datetime], Any]
_parts: dict[str, Part] = {}


def register(name: str, part: Part) -> None:
    """Add a part; the same name again replaces it."""
    _parts[name] = part


def parts() -> dict[str, Part]:
    """All parts by name."""
    return dict(_parts)
