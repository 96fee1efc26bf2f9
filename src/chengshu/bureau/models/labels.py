"""Names in two languages."""

from __future__ import annotations

from django.utils.translation import get_language


def in_language(zh: str, en: str) -> str:
    """The English name on an English page where there is one, else the Chinese."""
    return en if en and (get_language() or "").startswith("en") else zh
