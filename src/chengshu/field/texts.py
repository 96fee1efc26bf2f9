"""Every text of the app, by the key under which its scripts ask for it."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, Any] = {
    "app": _("Officer's app"),
    "noScript": _("The app needs JavaScript."),
}


def texts_in(language: str) -> dict[str, str]:
    """All texts in a language."""
    with translation.override(language):
        return {key: str(text) for key, text in TEXTS.items()}
