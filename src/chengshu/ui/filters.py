"""Filters whose state lives in the address of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.forms import Form
from django.http import QueryDict


@dataclass(frozen=True)
class ActiveFilter:
    """One filter in use: what it is called, its value in words, the address without it."""

    label: str
    value: str
    without: str


def rewrite_query(query: QueryDict | Mapping[str, Any], **changes: Any) -> str:
    """The query string with some values changed, ``?`` first; empty values disappear."""
    result = query.copy() if isinstance(query, QueryDict) else QueryDict(mutable=True)
    if changes and set(changes) != {"page"}:
        result.pop("page", None)
    for key, value in changes.items():
        if value is None or value == "":
            result.pop(key, None)
        elif isinstance(value, list | tuple):
            result.setlist(key, [str(v) for v in value])
        else:
            result[key] = str(value)
    for key in [k for k in result if not any(result.getlist(k))]:
        result.pop(key)
    if str(result.get("page", "")) == "1":
        result.pop("page")
    return f"?{result.urlencode()}"


def active(form: Form, query: QueryDict | Mapping[str, Any]) -> list[ActiveFilter]:
    """The filters of a bound form that are in use and valid, in the form's order."""
    if not form.is_bound or not isinstance(query, QueryDict):
        return []
    form.is_valid()
    found = []
    for name, field in form.fields.items():
        values = [v for v in query.getlist(form.add_prefix(name)) if v]
        if not values or name not in form.cleaned_data:
            continue
        label = str(form[name].label or name)
        for raw in values:
            rest = [v for v in values if v != raw]
            found.append(
                ActiveFilter(
                    label,
                    _in_words(field, form.cleaned_data[name], raw),
                    rewrite_query(query, **{form.add_prefix(name): rest or None}),
                )
            )
    return found


def _in_words(field: Any, cleaned: Any, raw: str) -> str:
    if isinstance(cleaned, Model):
        return str(cleaned)
    if isinstance(cleaned, bool):
        return ""
    for code, label in getattr(field, "choices", ()):
        options = label if isinstance(label, list | tuple) else [(code, label)]
        for value, text in options:
            if str(value) == raw:
                return str(text)
    return raw
