"""What the case pages share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from chengshu.bureau.models import User
from chengshu.cases.models import Case
from chengshu.cases.permissions import VIEW
from chengshu.cases.services import StepRefused
from chengshu.cases.words import cited
from chengshu.kernel import files
from chengshu.kernel.models import StoredFile
from chengshu.leads.models import Lead
from chengshu.registry.models import RegulatedObject

SALT = "cases.kept"


def person(request: HttpRequest) -> Any:
    """The viewer, typed for the services."""
    return request.user


def visible_case(request: HttpRequest, pk: int, permission: str = VIEW) -> Case:
    """A case where the person may use the permission; 404 for any other."""
    found = Case.objects.visible_to(person(request), permission).select_related(
        "district", "town", "squad", "officer", "second_officer", "object", "lead"
    )
    case: Case = get_object_or_404(found, pk=pk)
    return case


def visible_object(request: HttpRequest, pk: Any) -> RegulatedObject | None:
    """The regulated object that a new case is about, None where it is not there or not visible."""
    text = str(pk or "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        return None
    user: User = person(request)
    return RegulatedObject.objects.visible_to(user).filter(pk=int(text)).first()


def visible_lead(request: HttpRequest, pk: Any) -> Lead | None:
    """The lead that a new case is filed from, None where it is not there or not visible."""
    if not str(pk or "").isdigit():
        return None
    leads = Lead.objects.visible_to(person(request)).select_related("lead_class", "district", "object")
    return leads.filter(pk=int(pk)).first()


def refusals(refused: StepRefused, on: date) -> list[Mapping[str, Any]]:
    """The sentences of a refusal, each with the provision and where it can be read."""
    return [
        {"text": finding.text, "law": cited(finding.citation, on), "weight": finding.weight}
        for finding in refused.findings
        if finding.refuses
    ]


def keep(uploads: Iterable[UploadedFile[Any]], *, kind: str) -> list[StoredFile]:
    """Store uploaded files. Raises `FileProblem` for one that cannot be accepted."""
    return [files.store(upload, name=upload.name or "", kind=kind) for upload in uploads]


def sign(kept: Iterable[StoredFile]) -> str:
    """A note in the form, so that a file need not be sent twice after a refusal."""
    return signing.dumps([stored.pk for stored in kept], salt=SALT)


def kept_files(note: str) -> list[StoredFile]:
    """The files of such a note; nothing for one that was not signed here."""
    try:
        keys = signing.loads(note, salt=SALT, max_age=86_400) if note else []
    except signing.BadSignature:
        return []
    by_key = {stored.pk: stored for stored in StoredFile.objects.filter(pk__in=keys)}
    return [by_key[key] for key in keys if key in by_key]
