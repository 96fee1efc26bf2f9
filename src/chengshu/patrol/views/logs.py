"""勤务日志: my own, the squad's, one log, and confirming several at once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import RosterEntry
from chengshu.kernel.access import permission_required
from chengshu.kernel.ledger.hashing import canonical
from chengshu.kernel.models import LedgerEntry
from chengshu.patrol.forms.logs import LogFilterForm
from chengshu.patrol.log.composing import Content, digest_of
from chengshu.patrol.log.lifecycle import TO_SIGN, Action, may
from chengshu.patrol.log.rules import rules
from chengshu.patrol.log.words import STATE_TONES, in_words
from chengshu.patrol.models import DutyLog
from chengshu.patrol.queries.logs import current_log, lights_of, log_rows, to_confirm, to_sign
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import logs as services
from chengshu.patrol.services.log_contents import gather
from chengshu.patrol.views.checkin_common import CONFIGURE, VIEW, person, squad_names
from chengshu.registry.queries.reference import area_label
from chengshu.ui.paging import paginate

WORK, CONFIRM = "patrol.work", "patrol.confirm"
HISTORY = 50
MANY = 200


def shown(log: DutyLog, now: datetime) -> dict[str, Any]:
    """A log as lists show it."""
    return {
        "log": log,
        "state": DutyLog.State(log.state).label,
        "tone": STATE_TONES[DutyLog.State(log.state)],
        "duty": RosterEntry.Duty(log.duty.duty).label,
        "faults": in_words(lights_of(log, now)),
        "squad": area_label(squad_names().get(log.squad_id)),
    }


@permission_required(VIEW)
@require_GET
def log_list(request: HttpRequest) -> HttpResponse:
    """Logs of a day, a month, a squad: session, total, rows."""
    user, now = person(request), timezone.now()
    form = LogFilterForm(request.GET, user)
    page = paginate(log_rows(user, form.wanted(), now), request)
    context = {
        "form": form,
        "page": page,
        "rows": [shown(log, now) for log in page],
        "may_confirm": user.may(CONFIRM),
        "unverified": user.may(CONFIGURE) and not rules().verified,
    }
    return render(request, "patrol/log_list.html", context)


@permission_required(WORK)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The log one works on, and what else waits for one's signature."""
    user, now = person(request), timezone.now()
    log = current_log(user, now)
    waiting = to_sign(user, now).select_related("duty").defer("content")
    context = {
        "current": _document(log) if log else None,
        "log": log,
        "unopened": log is not None and log.pk is None,
        "may_sign": log is not None and log.pk is not None and log.state in TO_SIGN,
        "rows": [shown(one, now) for one in waiting if log is None or one.pk != log.pk],
        "line_most": rules().line_most,
        "title": _("My duty log"),
        **(_states(log, now) if log else {}),
    }
    return render(request, "patrol/log_mine.html", context)


@permission_required(VIEW)
@require_GET
def log_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One log, printable."""
    return _page(request, _visible(request, pk))


def _page(request: HttpRequest, log: DutyLog, problem: str = "") -> HttpResponse:
    user, now = person(request), timezone.now()
    leads = user.pk != log.user_id and user.scope_for(CONFIRM).covers(
        district_id=log.district_id, squad_id=log.squad_id
    )
    own = user.pk == log.user_id and user.may(WORK)
    context = {
        "log": log,
        "current": _document(log),
        "problem": problem,
        "may_sign": own and may(Action.SIGN, log.state),
        "may_confirm": leads and may(Action.CONFIRM, log.state),
        "may_correct": (own or leads) and may(Action.CORRECT, log.state),
        "corrections": log.corrections.select_related("by"),
        "history": _history(log),
        "since": _since(log),
        "line_most": rules().line_most,
        "trail": [(_("Duty logs"), reverse("patrol:logs")), (_title(log), "")],
        "title": _title(log),
        **_states(log, now),
    }
    return render(request, "patrol/log.html", context, status=422 if problem else 200)


def _title(log: DutyLog) -> str:
    day = f"{timezone.localtime(log.starts_at):%Y-%m-%d}"
    return _("Duty log of %(who)s, %(day)s") % {"who": log.user.full_name, "day": day}


def _states(log: DutyLog, now: datetime) -> dict[str, Any]:
    return {
        "state": DutyLog.State(log.state).label,
        "tone": STATE_TONES[DutyLog.State(log.state)],
        "faults": in_words(lights_of(log, now)),
    }


def _document(log: DutyLog) -> dict[str, Any]:
    """The content as the page shows it: frozen once it is signed, composed anew before."""
    content: Content = log.content if log.state not in TO_SIGN and log.content else gather(log)
    return {
        **content,
        "digest": log.digest if log.state not in TO_SIGN else digest_of(content),
        "line": log.line,
        "deeds": [{**deed, "at": datetime.fromisoformat(deed["at"])} for deed in content["deeds"]],
        "equipment": [
            {
                **one,
                "taken_at": datetime.fromisoformat(one["taken_at"]),
                "returned_at": datetime.fromisoformat(one["returned_at"]) if one["returned_at"] else None,
            }
            for one in content["equipment"]
        ],
    }


def _since(log: DutyLog) -> int:
    """How many deeds came to be on record after the signature; they are not part of what was signed."""
    if log.state in TO_SIGN or log.content is None:
        return 0
    signed = Counter(canonical(deed) for deed in log.content["deeds"])
    return (Counter(canonical(deed) for deed in gather(log)["deeds"]) - signed).total()


def _history(log: DutyLog) -> list[dict[str, Any]]:
    titles = {
        "duty.started": _("Duty begun"),
        "duty.ended": _("Duty ended"),
        **{action.value: action.label for action in Action},
    }
    entries = LedgerEntry.objects.filter(chain=log.chain).order_by("-seq")[:HISTORY]
    return [
        {
            "at": entry.at,
            "title": titles.get(entry.action, entry.action),
            "by": entry.actor,
            "text": entry.payload.get("reason") or entry.payload.get("digest", ""),
        }
        for entry in entries
    ]


def _visible(request: HttpRequest, pk: int) -> DutyLog:
    rows = DutyLog.objects.visible_to(person(request))
    log: DutyLog = get_object_or_404(rows.select_related(*services.RELATED, "confirmed_by"), pk=pk)
    return log


# --- what is done to a log -----------------------------------------------------------------------------
@permission_required(WORK)
@require_POST
def log_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the line; sign too, where the button says so. Either both happen or neither."""
    log = _visible(request, pk)
    user, said = person(request), request.POST
    try:
        with transaction.atomic():
            log = services.write_line(log, said.get("line", ""), by=user)
            if "sign" in said:
                services.sign(log, by=user, digest=said.get("digest", ""))
    except PatrolProblem as problem:
        return _page(request, _visible(request, pk), str(problem))
    messages.success(request, _("The log is signed.") if "sign" in said else _("The line is kept."))
    return redirect("patrol:log", pk=pk)


@permission_required(CONFIRM)
@require_POST
def log_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm one log, or return it with a reason."""
    log, user, said = _visible(request, pk), person(request), request.POST
    try:
        if "return" in said:
            services.send_back(log, said.get("reason", ""), by=user)
            messages.success(request, _("The log is returned to the officer."))
        else:
            services.confirm(log, by=user, digest=said.get("digest", ""))
            messages.success(request, _("The log is confirmed."))
    except PatrolProblem as problem:
        return _page(request, _visible(request, pk), str(problem))
    return redirect("patrol:log", pk=pk)


@permission_required(WORK)
@require_POST
def log_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a correction beside a confirmed log."""
    log = _visible(request, pk)
    try:
        services.correct(log, request.POST.get("text", ""), by=person(request))
    except PatrolProblem as problem:
        return _page(request, _visible(request, pk), str(problem))
    messages.success(request, _("The correction is kept."))
    return redirect("patrol:log", pk=pk)


@permission_required(CONFIRM)
@require_http_methods(["GET", "POST"])
def confirming(request: HttpRequest) -> HttpResponse:
    """Signed logs that wait for me; several are confirmed at once."""
    user, now = person(request), timezone.now()
    if request.method == "POST":
        told = services.confirm_many(_chosen(request.POST.getlist("log")), by=user)
        if told.done:
            messages.success(
                request,
                ngettext("%(n)s log is confirmed.", "%(n)s logs are confirmed.", told.done)
                % {"n": told.done},
            )
        elif not told.problems:
            messages.error(request, _("Choose at least one log."))
        for problem in told.problems:
            messages.error(request, problem)
        return redirect("patrol:log_confirming")
    page = paginate(to_confirm(user).select_related("user", "duty"), request)
    rows = [{**shown(log, now), "content": log.content} for log in page]
    return render(request, "patrol/log_confirming.html", {"page": page, "rows": rows})


def _chosen(values: list[str]) -> list[tuple[int, str]]:
    """``12:<digest>`` as sent by the boxes; what does not fit is left aside."""
    found = []
    for value in values[:MANY]:
        pk, _colon, digest = value.partition(":")
        if pk.isascii() and pk.isdigit() and len(pk) < 19:
            found.append((int(pk), digest))
    return found
