"""A served decision that a phone could not bring in, entered by hand by whoever approves in the squad."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from chengshu.bureau.models import User
from chengshu.cases.forms.new import SimpleForm
from chengshu.cases.forms.parties import PartyForm
from chengshu.cases.permissions import SQUAD
from chengshu.cases.services.evidence import Circumstances
from chengshu.cases.services.opening import case_of
from chengshu.cases.services.served_offline import NotACase, Served, Shown, take_in_served
from chengshu.cases.words import cause_label, causes_on
from chengshu.field.handlers.cases import signature_titles
from chengshu.field.models import FieldRecord, FieldUpload
from chengshu.field.services.reading import Unreadable, read
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileProblem
from chengshu.kernel.models import StoredFile

from .desk import visible_records

KINDS = ("case.simple", "damaged")


class ServedForm(SimpleForm):
    """The simple procedure as it was served; whatever rules object to is noted, not refused."""

    officer = forms.ChoiceField(label=gettext_lazy("Officer who served it"))

    def __init__(self, *args: Any, officers: Sequence[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, officers=officers, photographed=True, **kwargs)
        first: Any = self.fields["officer"]
        first.choices = [(str(user.pk), user.full_name) for user in officers]
        second: Any = self.fields["second_officer"]
        second.choices = [("", "—"), *first.choices]
        for name in ("number", "decided_at"):
            self.fields[name].required = True


@permission_required(SQUAD)
@require_http_methods(["GET", "POST"])
def served(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """/field/records/<id>/served/: begins with what the refused record says."""
    user: Any = request.user
    rows = visible_records(user).filter(kind__in=KINDS, outcome=FieldRecord.Outcome.REFUSED).defer(None)
    record: FieldRecord = get_object_or_404(rows.select_related("user__unit__district", "device"), pk=pk)
    if record.user_id == user.pk:
        raise PermissionDenied(SQUAD)  # nobody passes over a refusal of one's own record
    if done := case_of(record.pk):
        return redirect("cases:case", pk=done.pk)
    said = said_in(record)
    officers = _colleagues(record.user)
    posted = request.POST if request.method == "POST" else None
    form = ServedForm(posted, request.FILES or None, officers=officers, initial=_start(record, said))
    party = PartyForm(posted, prefix="p", initial=said.get("party") or {})
    if posted is not None and form.is_valid() & party.is_valid():
        try:
            case = _take_in(record, said, form, party, officers, by=user)
        except (NotACase, FileProblem) as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The decision has been entered as it was served."))
            return redirect("cases:case", pk=case.pk)
    context = {
        "form": form,
        "party": party,
        "record": record,
        "files": len(_kept(record)),
        "causes": causes_on(timezone.localdate()),
        "trail": [
            (_("Records of phones"), reverse("field:records")),
            (f"#{record.seq}", reverse("field:record", args=[record.pk])),
            (_("Enter a served decision"), ""),
        ],
    }
    return render(request, "field/served.html", context)


def said_in(record: FieldRecord) -> dict[str, Any]:
    """The data of the record, also where its words were damaged; empty where they cannot be read."""
    try:
        data: Any = orjson.loads(record.text)["data"]
        if record.kind == "damaged":
            data = orjson.loads(str(data["text"]))["data"]
    except (ValueError, KeyError, TypeError):
        return {}
    return data if isinstance(data, dict) else {}


def uploads_of(record: FieldRecord) -> list[tuple[str, FieldUpload]]:
    """The files that the record names and that have arrived, each with what the phone calls it."""
    try:
        named = read(record.text).files
    except Unreadable:
        return []
    found = FieldUpload.objects.filter(user=record.user_id, sha256__in=list(named), file__isnull=False)
    rows = {row.sha256: row for row in found.select_related("file")}
    return [(note.name or sha[:12], rows[sha]) for sha, note in named.items() if sha in rows]


def _kept(record: FieldRecord) -> dict[str, StoredFile]:
    return {row.sha256: row.file for _name, row in uploads_of(record) if row.file is not None}


def _colleagues(officer: User) -> list[User]:
    """The officer first, then the rest of the squad."""
    others = User.objects.filter(unit=officer.unit_id, is_active=True, is_service=False).exclude(
        pk=officer.pk
    )
    return [officer, *others.order_by("name_key", "pk")]


def _start(record: FieldRecord, said: dict[str, Any]) -> dict[str, Any]:
    named = [str(one) for one in said.get("officers") or () if str(one) != str(record.user_id)]
    plain = ("act_on", "address", "facts", "id_shown", "told", "heard", "statement", "another_act", "fine")
    held = {
        name: said.get(name) for name in (*plain, "warning", "cash", "refused_to_sign", "witness", "number")
    }
    cause = str(said.get("cause") or "")
    try:
        shown = cause_label(cause) if cause else ""
    except (KeyError, LookupError):
        shown = cause
    place = record.position
    return {
        **held,
        "client_id": str(record.pk),
        "cause": shown,
        "officer": str(record.user_id),
        "second_officer": named[0] if named else "",
        "decided_at": timezone.localtime(record.recorded_at),
        **({"lng": place[0], "lat": place[1]} if place else {}),
    }


def _take_in(
    record: FieldRecord,
    said: dict[str, Any],
    form: ServedForm,
    party: PartyForm,
    officers: Sequence[User],
    *,
    by: User,
) -> Any:
    people = {str(user.pk): user for user in officers}
    chosen = [form.cleaned_data["officer"], form.cleaned_data["second_officer"]]
    acting = [people[pk] for pk in dict.fromkeys(chosen) if pk]
    kept = _kept(record)
    marks, titles = said.get("signatures"), signature_titles()
    signed = {who: kept[str(sha)] for who, sha in (marks if isinstance(marks, dict) else {}).items()
              if who in titles and str(sha) in kept}  # fmt: skip
    photos = [one for sha, one in kept.items() if one not in signed.values()]
    photos += [
        files.store(upload, name=upload.name, kind="photo") for upload in form.cleaned_data["photos"] or ()
    ]

    def shown(stored: StoredFile, title: str) -> Shown:
        held = Circumstances(
            captured_at=record.recorded_at, device=str(record.device), operator=record.user.full_name
        )
        return Shown(stored, title, held)

    decision = Served(
        entered=form.entered(party.party("1") or {}, [], None),
        officers=acting,
        at=form.cleaned_data["decided_at"],
        photos=[shown(one, _("Photo of the scene")) for one in photos],
        signatures={who: shown(one, titles[who]) for who, one in signed.items()},
        law_version=str(said.get("law_version") or "")[:64],
        recorded_by=acting[0],
    )
    taken = take_in_served(record.user.unit.district, decision, by=by, client_id=record.pk)
    return taken.case


def record_or_404(user: User, pk: uuid.UUID) -> FieldRecord:
    """A record with its words, for its officer and for whoever approves the squad's cases."""
    found: FieldRecord = get_object_or_404(visible_records(user).defer(None), pk=pk)
    if not may_read(user, found):
        raise Http404
    return found


def may_read(user: User, record: FieldRecord) -> bool:
    """Whether what the record says is shown: whoever only looks after devices does not see it."""
    return record.user_id == user.pk or user.may(SQUAD)
