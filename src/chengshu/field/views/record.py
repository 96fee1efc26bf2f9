"""The page of one record of a phone: what it says, its files, what the server said."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chengshu.cases.permissions import SQUAD
from chengshu.field.models import FieldRecord
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.privacy_masks import mask_text

from .desk import USE, enrich, visible_records
from .served import KINDS, may_read, record_or_404, uploads_of


@permission_required(USE)
@require_safe
def record(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """/field/records/<id>/: one record, its times, what it says and what the server said."""
    user: Any = request.user
    found: FieldRecord = get_object_or_404(visible_records(user).select_related("device").defer(None), pk=pk)
    readable = may_read(user, found)
    by_hand = found.kind in KINDS and found.outcome == FieldRecord.Outcome.REFUSED
    context = {
        "record": enrich(found),
        "data": words_of(found, masked=found.user_id != user.pk) if readable else "",
        "files": uploads_of(found) if readable else [],
        "by_hand": by_hand and user.may(SQUAD) and found.user_id != user.pk,
        "trail": [(_("Records of phones"), reverse("field:records")), (f"#{found.seq}", "")],
    }
    return render(request, "field/record.html", context)


def words_of(record: FieldRecord, *, masked: bool) -> str:
    """What the record says, in lines; empty where its text is not kept."""
    try:
        data: Any = orjson.loads(record.text)["data"]
    except (ValueError, KeyError, TypeError):
        return mask_text(record.text) if masked else record.text
    lines = orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()
    return mask_text(lines) if masked else lines


@permission_required(USE)
@require_safe
def file(request: HttpRequest, pk: uuid.UUID, sha256: str) -> Any:
    """/field/records/<id>/files/<sha256>: a file that the record names, as it arrived."""
    user: Any = request.user
    found = {row.sha256: (name, row) for name, row in uploads_of(record_or_404(user, pk))}
    if sha256 not in found:
        raise Http404
    name, row = found[sha256]
    stored: Any = row.file
    return files.response(stored, name, request)
