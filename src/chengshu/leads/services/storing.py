"""The two statements with which a lead comes in: what must be known first, and the row with its reporter.

Both are written out, because another system sends hundreds a second: the ORM's thirteen round trips and the
making of its statements cost more than everything PostgreSQL does for history, event and indexes together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field

from chengshu.leads.models import Lead, LeadClass, LeadReporter

WRITTEN_BY_DATABASE = ("updated_at",)
"""By the clock of the database, within the statement: whoever reads in order of changes relies on it."""


@dataclass(frozen=True)
class Before:
    """The next lead's id, the class in use under the code, and whether the request came before."""

    next_id: int
    lead_class: LeadClass | None
    came_before: bool


def look(district_id: int, code: str, request_key: str) -> Before:
    """Everything a lead needs to know, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_look_sql(), [request_key or None, district_id, code])
        next_id, came_before, *row = cursor.fetchone()
    names = [field.attname for field in LeadClass._meta.concrete_fields]
    kind = LeadClass.from_db(connection.alias, names, row) if row[0] is not None else None
    return Before(next_id, kind, came_before)


def insert(lead: Lead, reporter: LeadReporter | None) -> None:
    """Write a new lead, and its reporter, in one statement. Raises IntegrityError for one that is there."""
    fields = [field for field in _fields(Lead) if getattr(lead, field.attname) is not None]
    params = [_prepared(field, lead) for field in fields]
    sql = (
        f"{_insert_sql('leads_lead', fields, WRITTEN_BY_DATABASE)} RETURNING {', '.join(WRITTEN_BY_DATABASE)}"
    )
    if reporter is not None:
        theirs = _fields(LeadReporter)
        reported = _insert_sql("leads_leadreporter", theirs)
        sql = f"WITH made AS ({sql}), reported AS ({reported}) SELECT * FROM made"  # noqa: S608  from models
        params += [_prepared(field, reporter) for field in theirs]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        (lead.updated_at,) = cursor.fetchone()
    lead._state.adding, lead._state.db = False, connection.alias


@cache
def _look_sql() -> str:
    columns = ", ".join(f'k."{field.column}"' for field in LeadClass._meta.concrete_fields)
    return (  # the names come from the model
        "SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')),"  # noqa: S608
        f" EXISTS (SELECT FROM leads_lead WHERE request_key = %s), {columns}"
        " FROM (VALUES (1)) one (row) LEFT JOIN leads_leadclass k"
        " ON k.district_id = %s AND k.code = %s AND k.active"
    )


def _insert_sql(table: str, fields: Sequence[Any], now: Sequence[str] = ()) -> str:
    """INSERT of one row; ``now``: columns that get the moment from the database."""
    names = [f'"{field.column}"' for field in fields] + list(now)
    marks = [
        field.get_placeholder(None, None, connection) if hasattr(field, "get_placeholder") else "%s"
        for field in fields
    ]
    marks += ["clock_timestamp()"] * len(now)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(marks)})"  # noqa: S608  from models


@cache
def _fields(model: Any) -> tuple[Field[Any, Any], ...]:
    """The columns to be given a value."""
    left_out = WRITTEN_BY_DATABASE if model is Lead else ("id",)
    return tuple(field for field in model._meta.concrete_fields if field.name not in left_out)


def _prepared(field: Any, row: Any) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection=connection)
