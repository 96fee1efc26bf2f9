"""Model fields PostgreSQL has and Django lacks."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Value
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Lookup

Position = tuple[float, float]


def as_text(column: str) -> Coalesce:
    """A column as text, nothing as the empty text; for generated columns that put several into one."""
    return Coalesce(Cast(column, models.TextField()), Value("", output_field=models.TextField()))


class PointField(models.Field):  # type: ignore[type-arg]
    """A PostgreSQL ``point``: (longitude, latitude) in WGS 84 degrees, indexable with GiST."""

    description = "longitude and latitude in WGS 84 degrees"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "point"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Position | None:
        """psycopg hands a point over as the text ``(x,y)``."""
        if value is None:
            return None
        lng, _, lat = value.strip("()").partition(",")
        return float(lng), float(lat)

    def to_python(self, value: Any) -> Position | None:
        if value is None or isinstance(value, tuple):
            return value
        lng, lat = value
        return float(lng), float(lat)

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        lng, lat = value
        return f"({float(lng)!r},{float(lat)!r})"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::point"


@PointField.register_lookup
class InBox(Lookup):
    """``position__in_box=(west, south, east, north)``."""

    lookup_name = "in_box"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        west, south, east, north = (float(edge) for edge in value)
        return "box(point(%s,%s),point(%s,%s))", (west, south, east, north)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.get_db_prep_lookup(self.rhs, connection)
        return f"{left} <@ {right}", (*left_params, *right_params)
