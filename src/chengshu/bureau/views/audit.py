"""The audit administrator's log: sign-ins, failures, looks behind masks, changes of accounts and roles."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from axes.models import AccessFailureLog, AccessLog
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from chengshu.bureau.forms import AuditFilter
from chengshu.bureau.history_text import describe, title
from chengshu.bureau.models import Unit, User
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import LedgerEntry, UnmaskRecord
from chengshu.kernel.tables import write_csv
from chengshu.ui.filters import rewrite_query
from chengshu.ui.formats import moment
from chengshu.ui.paging import paginate

EXPORT_LIMIT = 100_000
KINDS = {
    "sign-ins": gettext_lazy("Sign-ins"),
    "failures": gettext_lazy("Failed sign-ins"),
    "unmask": gettext_lazy("Unmasked data"),
    "changes": gettext_lazy("Accounts and roles"),
}


@dataclass(frozen=True)
class Line:
    """One row of the log, whatever its kind."""

    at: datetime
    person: str
    what: str
    detail: str
    where: str = ""


@permission_required("audit.view")
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """/audit/: one kind of entries, newest first."""
    kind, rows, form = _chosen(request)
    page = paginate(rows, request)
    tabs = [
        {"label": label, "url": rewrite_query(request.GET, kind=code), "current": code == kind, "count": None}
        for code, label in KINDS.items()
    ]
    context = {"form": form, "page": page, "lines": list(_lines(kind, page)), "tabs": tabs, "kind": kind}
    return render(request, "bureau/audit.html", context)


@permission_required("audit.view")
@require_safe
def audit_export(request: HttpRequest) -> HttpResponse:
    """/audit/export.csv: the same entries as a table, with who took it and when in the last line."""
    kind, rows, _form = _chosen(request)
    viewer: Any = request.user
    columns = [_("Time"), _("Account"), _("What"), _("Detail"), _("Address")]
    target = io.BytesIO()
    lines = (
        [moment(line.at), line.person, line.what, line.detail, line.where]
        for line in _lines(kind, rows[:EXPORT_LIMIT].iterator(chunk_size=2000))
    )
    mark = [moment(timezone.now()), viewer.username, _("Exported"), str(KINDS[kind]), ""]
    write_csv(target, columns, _with_last(lines, mark))
    name = f"audit-{kind}-{timezone.localdate():%Y%m%d}.csv"
    answer = HttpResponse(target.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _with_last(lines: Iterable[list[Any]], last: list[Any]) -> Iterator[list[Any]]:
    yield from lines
    yield last


def _chosen(request: HttpRequest) -> tuple[str, QuerySet[Any], AuditFilter]:
    viewer: Any = request.user
    kind = request.GET.get("kind", "sign-ins")
    kind = kind if kind in KINDS else "sign-ins"
    form = AuditFilter(request.GET)
    form.is_valid()
    scope = viewer.scope_for("audit.view")
    people = User.objects.filter(scope.q(district="unit__district", squad="unit"))
    text = (form.cleaned_data.get("q") or "").strip().lower()
    if text:
        people = people.filter(Q(username__icontains=text) | Q(full_name__icontains=text))
    rows, moment_field = _rows(kind, people, text, scope)
    zone = timezone.get_current_timezone()
    if since := form.cleaned_data.get("since"):
        rows = rows.filter(**{f"{moment_field}__gte": datetime.combine(since, time(), zone)})
    if until := form.cleaned_data.get("until"):
        end = datetime.combine(until + timedelta(days=1), time(), zone)
        rows = rows.filter(**{f"{moment_field}__lt": end})
    return kind, rows, form


def _rows(kind: str, people: QuerySet[User], text: str, scope: Any) -> tuple[QuerySet[Any], str]:
    names = people.values("username")
    if kind == "failures":
        # a name that belongs to nobody belongs to no other district either
        stranger = ~Q(username__in=User.objects.values("username"))
        if text:
            stranger &= Q(username__icontains=text)
        found = AccessFailureLog.objects.filter(Q(username__in=names) | stranger)
        return found.order_by("-attempt_time", "-pk"), "attempt_time"
    if kind == "unmask":
        return UnmaskRecord.objects.filter(user__in=people).select_related("user").order_by("-pk"), "at"
    if kind == "changes":
        chains = [f"bureau.user:{pk}" for pk in people.values_list("pk", flat=True)]
        if not text:
            units = Unit.objects.filter(scope.q(district="district", squad="pk")).values_list("pk", flat=True)
            chains += [f"bureau.unit:{pk}" for pk in units]
        return LedgerEntry.objects.filter(chain__in=chains).order_by("-pk"), "at"
    return AccessLog.objects.filter(username__in=names).order_by("-attempt_time", "-pk"), "attempt_time"


def _lines(kind: str, rows: Iterable[Any]) -> Iterator[Line]:
    """The entries in words; names of the people changed are looked up once a page."""
    if kind == "changes":
        yield from _change_lines(list(rows))
        return
    for row in rows:
        if kind == "unmask":
            yield Line(row.at, row.user.username, row.subject, f"{', '.join(row.fields)} · {row.reason}")
        elif kind == "failures":
            what = _("Locked") if row.locked_out else _("Wrong password")
            yield Line(row.attempt_time, row.username or "", what, row.user_agent, row.ip_address or "")
        else:
            left = moment(row.logout_time) if row.logout_time else ""
            detail = _("Signed out %(moment)s") % {"moment": left} if left else ""
            yield Line(row.attempt_time, row.username or "", _("Signed in"), detail, row.ip_address or "")


def _change_lines(entries: list[LedgerEntry]) -> Iterator[Line]:
    people = User.objects.in_bulk([int(pk) for kind, pk in map(_subject, entries) if kind == "user"])
    units = Unit.objects.in_bulk([int(pk) for kind, pk in map(_subject, entries) if kind == "unit"])
    for entry in entries:
        kind, pk = _subject(entry)
        subject = people.get(int(pk)) if kind == "user" else units.get(int(pk))
        detail = " · ".join(part for part in (str(subject or entry.chain), describe(entry)) if part)
        yield Line(entry.at, entry.actor, title(entry.action), detail)


def _subject(entry: LedgerEntry) -> tuple[str, str]:
    """``bureau.user:7`` → ("user", "7")."""
    _app, _dot, rest = entry.chain.partition(".")
    kind, _colon, pk = rest.partition(":")
    return kind, pk
