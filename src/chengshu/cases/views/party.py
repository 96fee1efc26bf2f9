"""The page on which a party opens its document: no account, an address and a code."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.cases.models import PartyAccess
from chengshu.cases.procedure.clocks import clocks
from chengshu.cases.services.delivery import (
    DECISIONS,
    HOLD,
    NOTICES,
    AccessRefused,
    answer,
    confirm_receipt,
    find,
    open_with_code,
    pass_of,
)
from chengshu.cases.services.documents import facts_of, file_of
from chengshu.cases.services.steps import StepRefused
from chengshu.kernel import files
from chengshu.kernel.access import public

COOKIE, SALT = "chengshu_paper", "cases.paper"


def _opened(request: HttpRequest, token: str) -> PartyAccess:
    """The access, if the code was entered in this browser lately; 404 otherwise."""
    held = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=HOLD)
    found = find(token) if held else None
    if found is None or not constant_time_compare(str(held), pass_of(found)):
        raise Http404
    return found


def _let_on(response: HttpResponse, request: HttpRequest, access: PartyAccess, address: str) -> None:
    """A signed cookie that the browser sends to this paper only."""
    response.set_signed_cookie(
        COOKIE,
        pass_of(access),
        salt=SALT,
        max_age=HOLD,
        path=address,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


@public
@never_cache
@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the code; then the document with what the party can do."""
    if request.method == "POST":
        try:
            access = open_with_code(token, request.POST.get("code", ""))
        except AccessRefused as refused:
            return render(request, "cases/party_code.html", {"problem": str(refused)}, status=422)
        address = reverse("cases_public:paper", args=[token])
        response = redirect(address)
        _let_on(response, request, access, address)
        return response
    try:
        access = _opened(request, token)
    except Http404:
        return render(request, "cases/party_code.html", {})
    return render(request, "cases/party_paper.html", _context(access, token))


def _context(access: PartyAccess, token: str, problem: str = "") -> dict[str, Any]:
    document = access.document
    file = file_of(document.case)
    party = file.parties.get(document.party.key if document.party else "1")
    facts = facts_of(document.case, document.kind, party.key if party else None)
    running = [clock for clock in clocks(file) if clock.waits_for_party]
    intact = False
    if document.pdf is not None:
        try:
            with files.open_verified(document.pdf) as stream:
                intact = hashlib.sha256(stream.read()).hexdigest() == document.sha256
        except files.FileDamaged:
            intact = False
    return {
        "document": document,
        "token": token,
        "access": access,
        "intact": intact,
        "problem": problem,
        "is_notice": document.kind in NOTICES,
        "is_decision": document.kind in DECISIONS,
        "may_answer": document.kind in NOTICES and party is not None and party.outcome == {},
        "stated": bool(party and party.statement and party.statement.data.get("made")),
        "asked": bool(party and party.hearing_request),
        "hearing_right": bool(party and party.notice and party.notice.data.get("hearing_right")),
        "clocks": running,
        "facts": facts,
        "owed": party.fine - party.paid if party else 0,
    }


@public
@never_cache
@require_GET
def paper_file(request: HttpRequest, token: str) -> Any:
    """The PDF."""
    access = _opened(request, token)
    if access.document.pdf is None:
        raise Http404
    return files.response(access.document.pdf, f"{access.document.title}.pdf", request)


@public
@require_POST
def paper_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm receipt."""
    access = _opened(request, token)
    try:
        confirm_receipt(access)
    except StepRefused as refused:
        context = _context(access, token, str(refused))
        return render(request, "cases/party_paper.html", context, status=409)
    return redirect("cases_public:paper", token=token)


@public
@require_POST
def paper_answer(request: HttpRequest, token: str) -> HttpResponse:
    """State a defence, ask for a hearing."""
    access = _opened(request, token)
    try:
        answer(access, text=request.POST.get("text", ""), hearing=request.POST.get("hearing") == "1")
    except (AccessRefused, StepRefused) as refused:
        context = _context(access, token, str(refused)) | {"typed": request.POST.get("text", "")}
        return render(request, "cases/party_paper.html", context, status=409)
    return redirect("cases_public:paper", token=token)
