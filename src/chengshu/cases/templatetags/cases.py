"""Names of the catalogue in the language of the page."""

from __future__ import annotations

from typing import Any

from django import template

from chengshu.law import words

register = template.Library()


@register.filter
def name_of(entry: Any) -> str:
    """The name of a cause, field or tier in the language of the page."""
    return words.name_of(entry)
