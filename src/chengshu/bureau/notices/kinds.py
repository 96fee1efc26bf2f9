"""What notices are about. Domains register their kinds, so that a unit can choose among them by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NoticeKind:
    """A kind: code such as ``lead.overdue``, and its name in both languages (lazy)."""

    code: str
    label: Any


_kinds: dict[str, NoticeKind] = {}


def register_kind(code: str, label: Any) -> None:
    """Make a kind known; the same code again replaces it."""
    _kinds[code] = NoticeKind(code, label)


def kinds() -> dict[str, NoticeKind]:
    """All kinds by code, in order of their codes."""
    return dict(sorted(_kinds.items()))


def label_of(code: str) -> str:
    """The name of a kind, or its code if nobody registered it."""
    kind = _kinds.get(code)
    return str(kind.label) if kind else code
