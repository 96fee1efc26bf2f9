"""Which leads a list asks for, and where its pages begin."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Schema
from ninja.errors import HttpError

from chengshu.leads.lifecycle import Stage
from chengshu.leads.queries import text

from .schemas import NO_ID, Id, LightCode, Moment, OutcomeCode, Severity, StageCode


class Filters(Schema):
    """Which leads; what is left out does not narrow. Several values of one name: any of them."""

    stage: list[StageCode] = Field([], max_length=10)
    open: bool | None = Field(None, description="true: not closed yet")
    outcome: list[OutcomeCode] = Field([], max_length=10)
    source: list[str] = Field([], max_length=20)
    lead_class: list[str] = Field([], alias="class", max_length=50, description="codes of classes")
    squad: Id | None = None
    officer: Id | None = None
    town: Id | None = None
    object_id: Id | None = Field(None, alias="object", description="regulated object")
    severity: Severity | None = None
    light: LightCode | None = None
    reported_from: Moment | None = None
    reported_to: Moment | None = Field(None, description="up to, not including")
    updated_from: Moment | None = None
    updated_to: Moment | None = Field(None, description="up to, not including")
    bbox: str = Field(
        "",
        max_length=120,
        description="west,south,east,north in degrees",
        json_schema_extra={"example": "121.40,31.22,121.46,31.26"},
    )
    q: str = Field("", max_length=60, description="words of description or address, or a whole number")

    def condition(self) -> Q:
        """The filter. Raises `HttpError` 400 for a box that is none."""
        found = Q()
        for name in ("stage", "outcome", "source", "lead_class"):
            if values := getattr(self, name):
                column = "lead_class__code" if name == "lead_class" else name
                found &= Q(**{f"{column}__in": values})
        for name in ("squad", "officer", "town", "object_id", "severity"):
            if (value := getattr(self, name)) is not None:
                found &= Q(**{name: value})
        for name, column in (("reported", "reported_at"), ("updated", "updated_at")):
            if (begin := getattr(self, f"{name}_from")) is not None:
                found &= Q(**{f"{column}__gte": begin})
            if (end := getattr(self, f"{name}_to")) is not None:
                found &= Q(**{f"{column}__lt": end})
        if self.open is not None:
            found &= ~Q(stage=Stage.CLOSED) if self.open else Q(stage=Stage.CLOSED)
        if self.light is not None:
            found &= LIGHTS[self.light](timezone.now())
        if self.bbox:
            found &= Q(position__in_box=_box(self.bbox))
        if self.q:
            found &= text.condition(self.q)
        return found


def _box(given: str) -> tuple[float, ...]:
    try:
        west, south, east, north = (float(edge) for edge in given.split(","))
    except ValueError as error:
        raise HttpError(400, _("bbox must be west,south,east,north in degrees.")) from error
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise HttpError(400, _("bbox must be west,south,east,north in degrees."))
    return west, south, east, north


def _running(now: datetime) -> Q:
    return Q(handled_at=None, held_at=None, handle_by__gte=now)


# The same as `clocks.light`, asked of the database.
LIGHTS: dict[str, Callable[[datetime], Q]] = {
    "held": lambda now: Q(held_at__isnull=False, handled_at=None),
    "red": lambda now: Q(handled_at__gt=F("handle_by")) | Q(handled_at=None, held_at=None, handle_by__lt=now),
    "amber": lambda now: _running(now) & Q(amber_at__lte=now),
    "green": lambda now: (
        Q(handled_at__lte=F("handle_by"))
        | Q(handled_at__isnull=False, handle_by=None)
        | Q(handled_at=None, held_at=None, handle_by=None)
        | (_running(now) & (Q(amber_at=None) | Q(amber_at__gt=now)))
    ),
}


# --- cursors ----------------------------------------------------------------------------------------
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Kind = Literal["i", "u"]


def cursor_of(kind: Kind, *numbers: int) -> str:
    """An opaque cursor: where the last page ended."""
    return base64.urlsafe_b64encode((kind + ":".join(map(str, numbers))).encode()).decode()


def read_cursor(given: str, kind: Kind, numbers: int) -> list[int] | None:
    """The numbers of a cursor, None for the first page. Raises `HttpError` 400 for one we did not give."""
    if not given:
        return None
    try:
        plain = base64.b64decode(given.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
        found = [int(part) for part in plain[1:].split(":")]
    except (ValueError, binascii.Error) as error:
        raise HttpError(400, _("The cursor is not one that this API gave.")) from error
    if plain[:1] != kind or len(found) != numbers or not all(0 <= number <= NO_ID for number in found):
        raise HttpError(400, _("The cursor is not one that this API gave."))
    return found


def moment_of(microseconds: int) -> datetime:
    """A moment of a cursor. Raises `HttpError` 400 where there is none such."""
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError as error:
        raise HttpError(400, _("The cursor is not one that this API gave.")) from error


def settled_before() -> datetime:
    """Before this moment nothing can change any more, not even by what is being written right now.

    A lead carries the moment at which it was written, but is seen only after its transaction has ended. So
    a reader in order of changes goes no further than the beginning of the oldest transaction that is open;
    otherwise he would pass by a lead that appears behind him. Asked in a statement before the one that reads.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT LEAST(statement_timestamp(), min(xact_start)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'chengshu %'"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        moment: datetime = cursor.fetchone()[0]
    return moment
