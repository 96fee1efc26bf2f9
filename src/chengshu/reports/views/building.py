"""The builder: forms that put numbers and charts on a dashboard of one's own, with the page itself below."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.services.base import Refused
from chengshu.kernel.access import permission_required
from chengshu.kernel.indicators.declarations import declared
from chengshu.reports.boards import KINDS, TARGETS, WIDTHS, BoardProblem, Item, item_of, readable
from chengshu.reports.forms.boards import BoardForm, ItemForm, NameForm
from chengshu.reports.models import Board
from chengshu.reports.places import VIEW
from chengshu.reports.services import boards as services
from chengshu.reports.services.boards import BUILD, DOWN, UP
from chengshu.reports.views.boards import board_context
from chengshu.reports.views.common import asked_of, person
from chengshu.reports.views.targets import form_page


@permission_required(VIEW)
@require_GET
def own_board(request: HttpRequest, pk: int) -> HttpResponse:
    """A dashboard that somebody built, with the figures that its viewer may see."""
    board = _visible(request, pk)
    asked = asked_of(request)
    context = {
        **board_context(asked, filter(None, readable(board.items))), "title": board.name,
        "edit": reverse("reports:board_edit", args=[pk]) if _mine(request, board) else "",
        "trail": [(_("Dashboards"), reverse("reports:boards"))],
    }  # fmt: skip
    return render(request, "reports/board.html", context, status=422 if asked.problem else 200)


@permission_required(BUILD)
@require_http_methods(["GET", "POST"])
def board_new(request: HttpRequest) -> HttpResponse:
    """A new dashboard: its name; everything else on the page of the builder."""
    form = NameForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = services.create(form.cleaned_data["name"], by=person(request))
        except Refused as problem:
            form.add_error("name", str(problem))
        else:
            return redirect("reports:board_edit", made.pk)
    return form_page(request, form, _("New dashboard"), reverse("reports:boards"), _("Dashboards"))


@permission_required(BUILD)
@require_http_methods(["GET", "POST"])
def board_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The builder: a form a change, each done at once and shown below."""
    board = _visible(request, pk)
    if not _mine(request, board):
        raise PermissionDenied(BUILD)
    action = request.POST.get("action", "") if request.method == "POST" else ""
    item_form = ItemForm(request.POST if action in ("add", "preview") else None)
    settings = BoardForm(
        request.POST if action == "settings" else None, initial={"name": board.name, "shared": board.shared}
    )
    tried: list[Item] = []
    try:
        done = _done(request, pk, action, item_form, settings, tried)
    except BoardProblem as problem:
        done = False
        if action in ("add", "preview"):
            item_form.add_error(problem.field if problem.field in item_form.fields else None, str(problem))
        else:
            messages.error(request, str(problem))
    except Refused as problem:
        done = False
        settings.add_error(problem.field if problem.field in settings.fields else None, str(problem))
    if done:
        return redirect(f"{reverse('reports:board_edit', args=[pk])}#build")
    return _builder(request, board, item_form, settings, tried)


@permission_required(BUILD)
@require_POST
def board_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a dashboard of one's own."""
    _visible(request, pk)
    try:
        services.delete(pk, by=person(request))
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("reports:board_edit", pk)
    messages.success(request, _("The dashboard has been deleted."))
    return redirect("reports:boards")


def _done(
    request: HttpRequest, pk: int, action: str, item_form: ItemForm, settings: BoardForm, tried: list[Item]
) -> bool:
    """Do what was asked for; false where the page is shown instead."""
    user = person(request)
    at = request.POST.get("at", "")
    if action in ("add", "preview") and item_form.is_valid():
        item = item_of(item_form.raw())
        if action == "add":
            services.add(pk, item.data(), by=user)
            return True
        tried.append(item)
    elif action in ("up", "down", "remove"):
        place = int(at) if at.isascii() and at.isdigit() and len(at) < 4 else -1
        if action == "remove":
            services.remove(pk, place, by=user)
        else:
            services.move(pk, place, UP if action == "up" else DOWN, by=user)
        return True
    elif action == "settings" and settings.is_valid():
        stated = settings.cleaned_data
        services.rename_and_share(pk, stated["name"], stated["shared"], by=user)
        return True
    return False


def _builder(
    request: HttpRequest, board: Board, item_form: ItemForm, settings: BoardForm, tried: list[Item]
) -> HttpResponse:
    items = readable(board.items)
    asked = asked_of(request)
    context = {
        **board_context(asked, [*tried, *filter(None, items)]), "board": board, "item_form": item_form,
        "settings": settings,
        "listed": [_line(at, one, len(items)) for at, one in enumerate(items)], "tried": tried,
        "trail": [(_("Dashboards"), reverse("reports:boards")),
                  (board.name, reverse("reports:own_board", args=[board.pk]))],
    }  # fmt: skip
    wrong = item_form.errors or settings.errors
    return render(request, "reports/builder.html", context, status=422 if wrong else 200)


def _line(at: int, one: Item | None, count: int) -> dict[str, Any]:
    if one is None:
        gone = _("This figure no longer exists; take it away.")
        return {"at": at, "kind": gone, "name": "", "width": "", "first": at == 0, "last": at == count - 1}
    name = str(declared(one.figure).name) if one.kind != TARGETS else ""
    return {
        "at": at, "kind": KINDS[one.kind], "name": name, "width": WIDTHS[one.width],
        "first": at == 0, "last": at == count - 1,
    }  # fmt: skip


def _visible(request: HttpRequest, pk: int) -> Board:
    found: Board = get_object_or_404(Board.objects.visible_to(person(request)), pk=pk)
    return found


def _mine(request: HttpRequest, board: Board) -> bool:
    user = person(request)
    return board.owner_id == user.pk and user.may(BUILD)
