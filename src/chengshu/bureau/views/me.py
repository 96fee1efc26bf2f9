"""One's own account."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from axes.models import AccessLog
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chengshu.bureau import passwords
from chengshu.bureau.adapters import set_language_cookie
from chengshu.bureau.services import accounts
from chengshu.bureau.sessions import has_second_factor
from chengshu.kernel.access import signed_in


@signed_in
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """/me/: who I am here, how I sign in, where I am signed in."""
    person: Any = request.user
    key = request.session.session_key
    context = {
        "person": person,
        "assignments": list(person.assignments.filter(revoked_at=None).select_related("unit")),
        "certificates": list(person.certificates.all()),
        "today": timezone.localdate(),
        "expires": passwords.expires_on(person),
        "second_factor": has_second_factor(person),
        "languages": settings.LANGUAGES,
        "sessions": [
            (session, session.session_key == key) for session in UserSession.objects.purge_and_list(person)
        ],
        "sign_ins": list(AccessLog.objects.filter(username=person.username).order_by("-pk")[:10]),
    }
    return render(request, "bureau/me.html", context)


@signed_in
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language of the person, here and on the next sign-in."""
    person: Any = request.user
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        messages.error(request, _("There is no such language."))
        return redirect("bureau:me")
    person.language = wanted
    person.save(update_fields=["language"])
    response = redirect("bureau:me")
    set_language_cookie(response, wanted)
    with translation.override(wanted):
        messages.success(request, _("Saved."))
    return response


@signed_in
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    person: Any = request.user
    ended = accounts.end_sessions(person, keep=request.session.session_key)
    messages.success(request, _("%(count)s other sessions have ended.") % {"count": ended})
    return redirect("bureau:me")
