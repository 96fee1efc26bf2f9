"""Routes that fail in every way an operation can, behind the real gate, parser and error handlers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest
from django.urls import path
from ninja import Field, File, Schema
from ninja.errors import HttpError
from ninja.files import UploadedFile

from chengshu.config.api_errors import register
from chengshu.config.api_schema import ChengshuAPI
from chengshu.config.urls import handler400, handler403, handler404, handler500  # noqa: F401
from chengshu.kernel.access import api_permission

api = ChengshuAPI("scratch")
register(api)


class Note(Schema):
    """Something with one field of each kind."""

    text: str = Field(max_length=20)
    number: int = Field(0, ge=0, le=10)
    at: datetime | None = None
    tags: list[str] = []


class Anything(Schema):
    """Any object."""

    values: dict[str, Any] = {}


def note(request: HttpRequest, note: Note) -> Any:
    """The text back."""
    return {"text": note.text}


def anything(request: HttpRequest, body: Anything) -> Any:
    """How many values came."""
    return {"count": len(body.values)}


def number(request: HttpRequest, n: int) -> Any:
    """A number through a column that is too small for some."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::numeric::int", [str(n)])
        return {"n": cursor.fetchone()[0]}


def upload(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """The size of a file."""
    return {"size": file.size}


def fails(request: HttpRequest, how: str) -> Any:
    """Fail as asked."""
    raise {
        "gone": Http404(),
        "denied": PermissionDenied(),
        "conflict": HttpError(409, "Somebody was faster."),
        "broken": RuntimeError("a secret detail"),
    }[how]


for name, view in (("note", note), ("anything", anything), ("upload", upload)):
    api.post(f"/{name}")(api_permission("registry.view")(view))
api.get("/number")(api_permission("registry.view")(number))
api.get("/fails/{how}")(api_permission("registry.view")(fails))

urlpatterns = [path("api/v1/", api.urls)]
