"""Many rows into a table by COPY, in the caller's transaction: for records that come by the hundred.

Triggers fire as for any insert. Signals of the models do not, as with ``bulk_create``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

import orjson
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

from chengshu.kernel.fields import PointField

BLOCK = 500
_ESCAPES = {ord("\\"): "\\\\", ord("\n"): "\\n", ord("\t"): "\\t", ord("\r"): "\\r"}


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids taken from the table's sequence, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_models(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model; those without an id are given one from the table's sequence.

    A column that the database fills (``db_default``, generated) is left to it where no row states a value.
    """
    if not rows:
        return
    model = type(rows[0])
    key = model._meta.pk
    if isinstance(key, models.AutoField) and any(row.pk is None for row in rows):
        unnamed = [row for row in rows if row.pk is None]
        for row, number in zip(unnamed, new_ids(model, len(unnamed)), strict=True):
            row.pk = number
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    stated = [field for field in fields if not isinstance(getattr(rows[0], field.attname), DatabaseDefault)]
    texts = [(field, _text_of(field)) for field in stated]
    lines = ([text(field.pre_save(row, add=True)) for field, text in texts] for row in rows)
    copy_rows(model._meta.db_table, [f'"{field.column}"' for field in stated], lines)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table. Table and columns are names from this code, never from users."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    # COPY goes past Django's cursor, which would turn psycopg's errors into Django's.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for block in batched(rows, BLOCK):
            copy.write("".join("\t".join(map(copy_text, row)) + "\n" for row in block))


def batched(rows: Iterable[Sequence[Any]], size: int) -> Iterator[list[Sequence[Any]]]:
    """The rows in lists of at most ``size``."""
    iterator = iter(rows)
    while block := list(islice(iterator, size)):
        yield block


def copy_text(value: Any) -> str:
    """A value in the text format of COPY, a fifth of the time that psycopg's general dumpers need."""
    kind = type(value)
    if kind is str:
        return _escaped(value)
    if value is None:
        return "\\N"
    if kind is int or kind is float or kind is Decimal:
        return str(value)
    if kind is bool:
        return "t" if value else "f"
    if isinstance(value, str):
        return _escaped(str(value))
    if isinstance(value, date):  # datetimes are dates
        return str(value.isoformat())
    if isinstance(value, uuid.UUID):
        return str(value)
    if kind is bytes:
        return "\\\\x" + str(value.hex())
    if kind is list or kind is tuple:
        return _escaped("{" + ",".join(map(_element, value)) + "}")
    if isinstance(value, int):  # an enumeration
        return str(int(value))
    raise TypeError(f"COPY of a {kind.__name__}")


def json_text(value: Any) -> str:
    """JSON as PostgreSQL reads it; a NUL, which jsonb refuses, cannot come from a cleaned value."""
    text: str = orjson.dumps(value).decode()
    return text


@cache
def _text_of(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """What makes a value of the column into one that `copy_text` knows."""
    if isinstance(field, models.JSONField):
        encoder = field.encoder
        if encoder is not None:
            return lambda value: None if value is None else json.dumps(value, cls=encoder)
        return lambda value: None if value is None else json_text(value)
    if isinstance(field, PointField):
        return field.get_prep_value
    return lambda value: value


def _escaped(text: str) -> str:
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        return text.translate(_ESCAPES)
    return text


def _element(value: Any) -> str:
    """An element of an array."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return copy_text(value)
