"""People: list, file, forms, and what administrators do with an account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chengshu.bureau import queries
from chengshu.bureau.forms import CertificateForm, GrantForm, PeopleFilter, PersonForm
from chengshu.bureau.history_text import timeline
from chengshu.bureau.models import RoleAssignment, User
from chengshu.bureau.roles import roles
from chengshu.bureau.services import accounts, certificates, people
from chengshu.bureau.services import roles as role_service
from chengshu.bureau.services.base import Refused, reaches
from chengshu.bureau.sessions import has_second_factor
from chengshu.bureau.views.common import refusals_in, refusals_told, tell_errors, visible_person
from chengshu.kernel.access import permission_required
from chengshu.kernel.privacy import UnmaskRefused, unmask

Viewer = Any


@permission_required("bureau.view")
@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    """/people/: everyone the viewer may see, one query for rows and total."""
    viewer: Viewer = request.user
    form = PeopleFilter(request.GET, user=viewer)
    filters = form.cleaned_data if form.is_valid() else {}
    page = queries.one_query_page(queries.people(viewer, filters), request)
    context = {"form": form, "page": page, "today": timezone.localdate(), "labels": roles()}
    return render(request, "bureau/people.html", context)


@permission_required("bureau.people.manage")
def person_new(request: HttpRequest) -> HttpResponse:
    """/people/new/: a new account; its one-time password is shown once, on the answer."""
    viewer: Viewer = request.user
    form = PersonForm(request.POST or None, user=viewer)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            account = people.create_person(by=viewer, **form.cleaned_data)
            return _password_page(request, account.person, account.password)
    context = {"form": form, "title": _("New person"), "back": reverse("bureau:people")}
    return render(request, "bureau/person_form.html", context)


@permission_required("bureau.people.manage")
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """/people/<id>/edit/."""
    viewer: Viewer = request.user
    person = visible_person(request, pk)
    form = PersonForm(request.POST or None, user=viewer, person=person)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            if people.change_person(person, by=viewer, **form.cleaned_data):
                messages.success(request, _("Saved."))
            return redirect("bureau:person", pk)
    context = {"form": form, "title": person.full_name, "back": reverse("bureau:person", args=[pk])}
    return render(request, "bureau/person_form.html", context)


@permission_required("bureau.view")
@require_safe
def person_page(request: HttpRequest, pk: int) -> HttpResponse:
    """/people/<id>/: the person's file."""
    return _person_page(request, visible_person(request, pk))


@permission_required("privacy.unmask")
@require_POST
def person_unmask(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the telephone number once; who looked, and why, is recorded."""
    viewer: Viewer = request.user
    person = visible_person(request, pk)
    if not reaches(viewer, "privacy.unmask", person.unit):
        raise PermissionDenied("privacy.unmask")
    try:
        unmask(viewer, f"bureau.user:{person.pk}", ["phone"], request.POST.get("reason", ""))
    except UnmaskRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("bureau:person", pk)
    return _person_page(request, person, shown_phone=person.phone)


@permission_required("bureau.roles.manage")
@require_POST
def role_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a role."""
    viewer: Viewer = request.user
    person = visible_person(request, pk)
    form = GrantForm(request.POST, user=viewer, person=person)
    if form.is_valid():
        with refusals_told(request):
            role_service.grant_role(person, by=viewer, **form.cleaned_data)
            messages.success(request, _("The role has been granted."))
    else:
        tell_errors(request, form)
    return redirect("bureau:person", pk)


@permission_required("bureau.roles.manage")
@require_POST
def role_revoke(request: HttpRequest, pk: int, assignment: int) -> HttpResponse:
    """Take a role back."""
    viewer: Viewer = request.user
    person = visible_person(request, pk)
    held = get_object_or_404(
        RoleAssignment.objects.select_related("unit", "user"), pk=assignment, user=person
    )
    with refusals_told(request):
        role_service.revoke_role(held, by=viewer, reason=request.POST.get("reason", ""))
        messages.success(request, _("The role has been revoked."))
    return redirect("bureau:person", pk)


@permission_required("bureau.people.manage")
@require_POST
def certificate_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a certificate."""
    viewer: Viewer = request.user
    person = visible_person(request, pk)
    form = CertificateForm(request.POST)
    if form.is_valid():
        with refusals_told(request):
            certificates.add_certificate(person, by=viewer, **form.cleaned_data)
            messages.success(request, _("The certificate has been added."))
    else:
        tell_errors(request, form)
    return redirect("bureau:person", pk)


@permission_required("bureau.people.manage")
@require_POST
def person_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account."""
    viewer: Viewer = request.user
    with refusals_told(request):
        people.deactivate_person(
            visible_person(request, pk), by=viewer, reason=request.POST.get("reason", "")
        )
        messages.success(request, _("The account has been closed."))
    return redirect("bureau:person", pk)


@permission_required("bureau.people.manage")
@require_POST
def person_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed account."""
    return _new_password(request, pk, people.reactivate_person)


@permission_required("bureau.accounts.secure")
@require_POST
def password_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a one-time password."""
    return _new_password(request, pk, accounts.reset_password)


@permission_required("bureau.accounts.secure")
@require_POST
def account_unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a locked account try again."""
    viewer: Viewer = request.user
    with refusals_told(request):
        accounts.unlock(visible_person(request, pk), by=viewer)
        messages.success(request, _("The account has been unlocked."))
    return redirect("bureau:person", pk)


@permission_required("bureau.accounts.secure")
@require_POST
def second_factors_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away lost second factors."""
    viewer: Viewer = request.user
    with refusals_told(request):
        accounts.remove_second_factors(visible_person(request, pk), by=viewer)
        messages.success(request, _("The second factor has been removed."))
    return redirect("bureau:person", pk)


def _new_password(request: HttpRequest, pk: int, service: Any) -> HttpResponse:
    person = visible_person(request, pk)
    try:
        password = service(person, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("bureau:person", pk)
    return _password_page(request, person, password)


def _password_page(request: HttpRequest, person: User, password: str) -> HttpResponse:
    """The one page that shows a one-time password; nothing keeps it."""
    response = render(request, "bureau/person_password.html", {"person": person, "password": password})
    response["Cache-Control"] = "no-store"
    return response


def _person_page(request: HttpRequest, person: User, shown_phone: str = "") -> HttpResponse:
    viewer: Viewer = request.user
    now = timezone.now()
    may = {
        "edit": reaches(viewer, "bureau.people.manage", person.unit),
        "grant": reaches(viewer, "bureau.roles.manage", person.unit) and viewer.pk != person.pk,
        "secure": reaches(viewer, "bureau.accounts.secure", person.unit) and viewer.pk != person.pk,
        "unmask": bool(person.phone) and reaches(viewer, "privacy.unmask", person.unit),
    }
    assignments = list(person.assignments.select_related("unit", "granted_by", "revoked_by"))
    context = {
        "person": person,
        "may": may,
        "shown_phone": shown_phone,
        "held": [entry for entry in assignments if entry.revoked_at is None],
        "former": [entry for entry in assignments if entry.revoked_at is not None],
        "certificates": list(person.certificates.all()),
        "today": timezone.localdate(),
        "duties": list(
            person.roster.visible_to(viewer)
            .filter(ends_at__gt=now)
            .select_related("unit")
            .order_by("starts_at")[:10]
        ),
        "history": timeline(queries.person_history(person)),
        "locked_until": accounts.locked_until(person.username) if may["secure"] else None,
        "second_factor": has_second_factor(person) if may["secure"] else False,
        "grant_form": GrantForm(user=viewer, person=person) if may["grant"] else None,
        "certificate_form": CertificateForm() if may["edit"] else None,
        "trail": [(_("People"), reverse("bureau:people")), (person.full_name, "")],
    }
    return render(request, "bureau/person.html", context)
