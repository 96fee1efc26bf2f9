"""Telling PostgreSQL that tables have just been filled."""

from __future__ import annotations

from django.db import connection
from django.db.models import Model


def look_again(*models: type[Model]) -> None:
    """ANALYZE the tables: the database does so by itself, but a minute or more after many rows were written.

    Until then it believes in a handful of rows and may sort a whole table to find the first. Costs the time
    of reading some thousand pages of each table.
    """
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
