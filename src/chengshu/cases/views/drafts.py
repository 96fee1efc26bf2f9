"""The page of a document before its issue: addressee, look, editing in Word and what that changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from chengshu.cases.documents import DocumentProblem, kind, kinds
from chengshu.cases.documents.editing import changes
from chengshu.cases.documents.reading import Limits
from chengshu.cases.models import Case
from chengshu.cases.permissions import WORK
from chengshu.cases.services.advice import ADVICE
from chengshu.cases.services.documents import check_may_issue, draft
from chengshu.cases.services.drafts import Draft, Slot, Upload, keep_draft, read_upload
from chengshu.cases.views.common import keep, kept_files, person, sign, visible_case
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged, FileProblem, open_verified
from chengshu.kernel.models import StoredFile


class WordForm(forms.Form):
    """An edited Word file."""

    file = forms.FileField(
        label=gettext_lazy("Edited Word file"),
        widget=forms.ClearableFileInput(attrs={"accept": ".docx"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )


class _Asked:
    """The draft that a request is about; 404 for an unknown kind or a case that has none."""

    def __init__(self, request: HttpRequest, pk: int, code: str) -> None:
        sent = request.POST if request.method == "POST" else request.GET
        self.case: Case = visible_case(request, pk)
        check_may_issue(self.case, person(request))
        if code not in {each.code for each in kinds()} or self.case.imported:
            raise Http404
        self.kind, self.party = kind(code), sent.get("party") or None
        self.slot = Slot.of(self.case, code, self.party)
        self.draft: Draft = draft(self.case, code, self.party, sent.get("recipient", ""))
        facts = self.draft.facts
        # the party is the addressee where nobody else is named; its name has no place in addresses
        self.recipient = facts.recipient if code == ADVICE and facts.recipient != facts.party_name else ""

    @property
    def query(self) -> str:
        """What an address needs to mean the same draft."""
        named = {"party": self.party, "recipient": self.recipient}
        held = {name: value for name, value in named.items() if value}
        return f"?{urlencode(held)}" if held else ""

    def back(self) -> HttpResponse:
        """To the page of the draft."""
        address = reverse("cases:document_draft", args=[self.case.pk, self.kind.code])
        return redirect(f"{address}{self.query}")


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def document_draft(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """GET: the draft. POST: an edited Word file; shows what it changes, writes nothing yet."""
    asked = _Asked(request, pk, kind)
    form = WordForm(request.POST or None, request.FILES or None)
    upload, note = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            upload = read_upload(asked.draft, form.cleaned_data["file"])
            note = sign(keep([form.cleaned_data["file"]], kind="document"))
        except (DocumentProblem, FileProblem) as problem:
            form.add_error("file", str(problem))
    return _page(request, asked, form, upload, note)


def _page(
    request: HttpRequest, asked: _Asked, form: WordForm, upload: Upload | None, note: str
) -> HttpResponse:
    made = asked.draft
    context: dict[str, Any] = {
        "case": asked.case,
        "kind": asked.kind,
        "draft": made,
        "url": reverse("cases:document", args=[asked.case.pk, asked.kind.code]),
        "query": asked.query,
        "word": f"{asked.query or '?'}{'&' if asked.query else ''}as=docx",
        "addressed": asked.kind.code == ADVICE,
        "recipient": asked.recipient,
        "party": asked.party or "",
        "form": form,
        "limit_mb": Limits().file >> 20,
        "upload": upload,
        "note": note,
        "earlier": changes(made.plain, made.edits),
        "trail": [
            (_("Cases"), reverse("cases:list")),
            (asked.case.title, reverse("cases:case", args=[asked.case.pk])),
            (asked.kind.label, ""),
        ],
    }
    return render(request, "cases/document_draft.html", context, status=422 if form.errors else 200)


@permission_required(WORK)
@require_POST
def draft_accept(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The edits that were shown become the next version of the draft."""
    asked = _Asked(request, pk, kind)
    stored = next(iter(kept_files(request.POST.get("kept", ""))), None)
    try:
        if stored is None:
            raise DocumentProblem(_("The uploaded file is no longer there: upload it again."))
        upload = _read_again(asked.draft, stored)
        made = keep_draft(
            asked.slot,
            asked.draft,
            upload.edits,
            file=stored,
            by=person(request),
            recipient=asked.recipient,
        )
    except DocumentProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Draft %(n)d was made from the Word file.") % {"n": made.version})
    return asked.back()


def _read_again(made: Draft, stored: StoredFile) -> Upload:
    """The kept upload is judged anew: the draft may have become another one meanwhile."""
    try:
        with open_verified(stored) as opened:
            return read_upload(made, opened)
    except FileDamaged as damaged:
        raise DocumentProblem(_("The kept original is missing or damaged.")) from damaged


@permission_required(WORK)
@require_POST
def draft_discard(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Back to what the case says; the edits stay on record."""
    asked = _Asked(request, pk, kind)
    if asked.draft.kept is not None:
        try:
            keep_draft(asked.slot, asked.draft, {}, file=None, by=person(request), recipient=asked.recipient)
        except DocumentProblem as problem:
            messages.error(request, str(problem))
    return asked.back()
