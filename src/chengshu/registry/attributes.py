"""Typed attributes: from what people write to what is stored, and back to what is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chengshu.registry.models import AttributeDefinition

Kind = AttributeDefinition.Kind
EMPTY = frozenset({"", "-", "--", "—", "/", "无", "暂无", "暂无数据", "不详", "未知", "n/a", "none", "null"})
_NUMBER = re.compile(r"[-+]?\d[\d,，]*(?:\.\d+)?")
_TRUE = frozenset({"是", "有", "yes", "y", "true", "1", "√", "✓"})
_FALSE = frozenset({"否", "无", "没有", "no", "n", "false", "0", "×"})
_SEPARATORS = re.compile(r"[|、,，;；/]+")


class UnreadableValue(ValueError):
    """The text does not fit the attribute's type; the message is a sentence for the user."""


def read_value(definition: AttributeDefinition, raw: Any) -> Any:
    """The stored form (text, int, float, ISO date, bool, list) of what somebody wrote; None when empty.

    Unit words around a number are accepted (``416户``, ``35%``, ``1986年``): lists are written by people.
    """
    if raw is None:
        return None
    if isinstance(raw, list):
        raw = "|".join(str(item) for item in raw)
    text = str(raw).strip()
    if text.lower() in EMPTY and not (definition.kind == Kind.BOOLEAN and text.lower() in _FALSE):
        return None
    return _READERS[Kind(definition.kind)](definition, text)


def show_value(definition: AttributeDefinition, value: Any) -> str:
    """A stored value as people read it, with its unit."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    if definition.kind == Kind.DATE:
        day = parse_date(str(value))
        return date_format(day, "Y-m-d") if day else str(value)
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{shown} {definition.unit}".strip() if definition.unit else shown


def _number(definition: AttributeDefinition, text: str) -> str:
    match = _NUMBER.search(text)
    if match is None:
        raise UnreadableValue(
            _("“%(value)s” is not a number (%(attribute)s).") % {"value": text, "attribute": definition.label}
        )
    return re.sub(r"[,，]", "", match.group())


def _integer(definition: AttributeDefinition, text: str) -> int:
    number = float(_number(definition, text))
    if number != int(number):
        raise UnreadableValue(
            _("“%(value)s” is not a whole number (%(attribute)s).")
            % {"value": text, "attribute": definition.label}
        )
    return int(number)


def _decimal(definition: AttributeDefinition, text: str) -> float:
    return float(_number(definition, text))


def _year(definition: AttributeDefinition, text: str) -> int:
    match = re.search(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)", text)
    if match is None:
        raise UnreadableValue(
            _("“%(value)s” is not a year (%(attribute)s).") % {"value": text, "attribute": definition.label}
        )
    return int(match.group())


def _date(definition: AttributeDefinition, text: str) -> str:
    tidy = re.sub(r"[年月./]", "-", text).replace("日", "")
    compact = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
    parts = compact.groups() if compact else tuple(tidy.split(" ")[0].split("T")[0].split("-"))
    try:
        return date(*(int(part) for part in parts[:3])).isoformat()
    except (TypeError, ValueError) as error:
        raise UnreadableValue(
            _("“%(value)s” is not a date such as 2020-11-30 (%(attribute)s).")
            % {"value": text, "attribute": definition.label}
        ) from error


def _boolean(definition: AttributeDefinition, text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise UnreadableValue(
        _("“%(value)s” is neither yes nor no (%(attribute)s).")
        % {"value": text, "attribute": definition.label}
    )


def _choice(definition: AttributeDefinition, text: str) -> str:
    if text not in definition.choices:
        raise UnreadableValue(
            _("“%(value)s” is not one of: %(choices)s (%(attribute)s).")
            % {"value": text, "choices": "、".join(definition.choices), "attribute": definition.label}
        )
    return text


def _choices(definition: AttributeDefinition, text: str) -> list[str]:
    return [_choice(definition, part.strip()) for part in _SEPARATORS.split(text) if part.strip()]


def _text(definition: AttributeDefinition, text: str) -> str:
    return text[:500]


_READERS: dict[Kind, Callable[[AttributeDefinition, str], Any]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.YEAR: _year,
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.PHONE: _text,
}
