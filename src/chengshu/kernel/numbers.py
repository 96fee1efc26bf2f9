"""Numbers without gaps: what a transaction that fails has taken, the next one gets."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Any

from django.db import connection

from chengshu.kernel.models import NumberSeries

LONGEST = 120


class NumberProblem(ValueError):
    """A template or series that cannot be used; the message says why."""


def next_number(series: str, *, district_id: int | None = None) -> int:
    """The next number of a series, from 1; others asking for the same series wait until the caller's end.

    Must be called inside the transaction that uses the number: the row of the series stays locked until it
    commits, so a roll-back gives the number back and no two commits share one. Raises `NumberProblem` outside
    a transaction.
    """
    return take_numbers(series, 1, district_id=district_id)


def take_numbers(series: str, n: int, *, district_id: int | None = None) -> int:
    """Take the next ``n`` numbers of a series at once; the first of them. Otherwise as `next_number`."""
    if not connection.in_atomic_block:
        raise NumberProblem("a number is taken inside the transaction that uses it")
    if n < 1:
        raise NumberProblem("at least one number is taken")
    key = _checked_key(series, district_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_numberseries AS held (series, last) VALUES (%s, %s)"
            " ON CONFLICT (series) DO UPDATE SET last = held.last + excluded.last RETURNING last",
            [key, n],
        )
        (last,) = cursor.fetchone()
    return int(last) - n + 1


def _checked_key(series: str, district_id: int | None) -> str:
    key = series if district_id is None else f"{district_id}/{series}"
    if not series or len(key) > LONGEST:
        raise NumberProblem(f"a series needs a name of at most {LONGEST} characters")
    return key


def document_number(template: str, *, district_id: int | None = None, **parts: Any) -> str:
    """The next document number (文号) by a template such as ``{authority}{kind}〔{year}〕第{seq:06d}号``.

    ``parts`` fill every field but ``{seq}``, which is the next number of the series that the other parts
    make: 沪普城管罚决字〔2021〕第000123号. Raises `NumberProblem` for a template without ``{seq}`` or
    with a part that is not given; like `next_number`, needs the caller's transaction.
    """
    return document_numbers(template, 1, district_id=district_id, **parts)[0]


def document_numbers(template: str, n: int, *, district_id: int | None = None, **parts: Any) -> list[str]:
    """The next ``n`` document numbers of one series, as `document_number` gives them one by one."""
    return list(document_block(template, n, district_id=district_id, **parts).values())


def document_block(template: str, n: int, *, district_id: int | None = None, **parts: Any) -> dict[int, str]:
    """The same with the running number of each, in order: what a block of numbers is made of (号段)."""
    first = take_numbers(_filled_series(template, parts), n, district_id=district_id)
    try:
        return {number: template.format(**parts, seq=number) for number in range(first, first + n)}
    except (ValueError, TypeError) as error:
        raise NumberProblem(f"the template {template!r} cannot be filled: {error}") from error


def upcoming_number(template: str, *, district_id: int | None = None, **parts: Any) -> str:
    """What `document_number` would give now: a proposal, nothing is taken. Raises `NumberProblem` as well."""
    key = _checked_key(_filled_series(template, parts), district_id)
    held = NumberSeries.objects.filter(series=key).values_list("last", flat=True).first()
    return template.format(**parts, seq=(held or 0) + 1)


def running_number(template: str, text: str, **parts: Any) -> int | None:
    """The running number in a text that is written like the numbers of this series; None for any other."""
    _filled_series(template, parts)
    pattern = "".join(
        re.escape(before) + (r"(\d+)" if name == "seq" else re.escape(str(parts[name])) if name else "")
        for before, name, _spec, _conversion in string.Formatter().parse(template)
    )
    found = re.fullmatch(pattern, text, re.ASCII)
    return int(found[1]) if found else None


def _filled_series(template: str, parts: dict[str, Any]) -> str:
    """The series of a template. Raises `NumberProblem` for one without ``{seq}`` or a part not given."""
    fields = list(_fields(template))
    if fields.count("seq") != 1:
        raise NumberProblem("the template of a document number has the field {seq} once")
    missing = sorted(set(fields) - {"seq"} - set(parts))
    if missing:
        raise NumberProblem(f"the document number lacks: {', '.join(missing)}")
    return _series(template, parts)


def _series(template: str, parts: dict[str, Any]) -> str:
    """The document number with # for the running number: documents that differ only in it share a series."""
    filled = ""
    for text, name, _spec, _conversion in string.Formatter().parse(template):
        filled += text
        if name:
            filled += "#" if name == "seq" else str(parts[name])
    return filled


def _fields(template: str) -> Iterator[str]:
    try:
        for _text, name, _spec, _conversion in string.Formatter().parse(template):
            if name is not None:
                if not name.isidentifier():
                    raise NumberProblem(f"the template has a field {name!r} that is not a plain name")
                yield name
    except ValueError as error:
        raise NumberProblem(f"the template {template!r} is not well formed: {error}") from error
