"""Blocks of numbers for devices without a connection: leased, looked at, given back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.cases.forms.blocks import BlockForm
from chengshu.cases.permissions import VIEW, WORK
from chengshu.cases.queries import blocks as query
from chengshu.cases.services.blocks import BlockProblem, close_block, lease, limits, may_manage
from chengshu.cases.views.common import person
from chengshu.kernel.access import permission_required

PAGE = 50


@permission_required(VIEW)
@require_GET
def block_list(request: HttpRequest) -> HttpResponse:
    """The blocks of the person's area, the newest first."""
    user, now = person(request), timezone.now()
    shown = Paginator(query.visible(user), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "rows": [query.Held.of(block, now) for block in shown],
        "may_lease": user.may(WORK),
        "trail": _trail(),
    }
    return render(request, "cases/block_list.html", context)


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def block_new(request: HttpRequest) -> HttpResponse:
    """Lease a block for oneself; the same form sent twice makes one."""
    user = person(request)
    form = BlockForm(request.POST if request.method == "POST" else None, towns=query.towns_of(user))
    if request.method == "POST" and form.is_valid():
        held = form.cleaned_data
        try:
            block = lease(
                user, held["n"], by=user, town=form.chosen_town, device=held["device"],
                client_id=held["client_id"],
            )  # fmt: skip
        except BlockProblem as problem:
            form.add_error("n", str(problem))
        else:
            messages.success(request, _("The numbers %(block)s are yours.") % {"block": block})
            return redirect("cases:block", pk=block.pk)
    title = _("Lease a block of numbers")
    context = {"form": form, "title": title, "limits": limits(), "trail": _trail(title)}
    return render(request, "cases/block_form.html", context)


@permission_required(VIEW)
@require_GET
def block_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One block: what became of each of its numbers."""
    user = person(request)
    block = get_object_or_404(query.visible(user), pk=pk)
    bearing = query.cases_bearing(block)
    held = query.Held.of(block, timezone.now())
    context = {
        "held": held,
        "used": [(number, bearing.get(number)) for number in held.used],
        "may_close": block.closed_at is None and may_manage(block.leased_to, user),
        "trail": _trail(str(block)),
    }
    return render(request, "cases/block.html", context)


@permission_required(WORK)
@require_POST
def block_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a block back: what was not used is voided on record."""
    user = person(request)
    block = get_object_or_404(query.visible(user), pk=pk)
    closed = close_block(block, by=user)
    said = {"block": closed, "n": len(closed.voided)}
    messages.success(request, _("The block %(block)s is closed; %(n)d numbers have been voided.") % said)
    return redirect("cases:block", pk=pk)


def _trail(*more: str) -> list[tuple[str, str]]:
    listed = (_("Blocks of numbers"), reverse("cases:blocks") if more else "")
    return [(_("Cases"), reverse("cases:list")), listed, *((label, "") for label in more)]
