"""勤务日志有效率: a month's figures by squad and officer; every number opens its list."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.bureau.models import User
from chengshu.kernel.access import permission_required
from chengshu.patrol.log.rules import rules
from chengshu.patrol.queries.logs import Month
from chengshu.patrol.queries.validity import Validity, by_month, by_officer, by_squad, total
from chengshu.patrol.views.checkin_common import VIEW, person, squad_names
from chengshu.registry.queries.reference import area_label
from chengshu.ui import formats


@permission_required(VIEW)
@require_GET
def validity(request: HttpRequest) -> HttpResponse:
    """The ratio of a month by squad, or by officer of one squad; and the twelve months up to it."""
    user, now = person(request), timezone.now()
    month = Month.of(request.GET.get("month", ""), timezone.localdate())
    squad = _squad(request)
    figures = by_officer(user, month, squad, now) if squad else by_squad(user, month, now)
    names = _names(figures, squad)
    rows = [_row(one, names.get(int(one.key), "—"), month, squad, squad is None) for one in figures]
    rows.sort(key=lambda row: row["order"])
    months = by_month(user, month, now, squad)
    context = {
        "rows": rows,
        "total": _row(total(figures), _("Total"), month, squad, False, whole=True),
        "months": [_month(one, squad) for one in months],
        "month": month,
        "before": _address(month.moved(-1), squad),
        "after": _address(month.moved(1), squad) if month.first < timezone.localdate().replace(day=1) else "",
        "squad": squad,
        "squad_label": area_label(squad_names().get(squad or 0)),
        "all_url": _address(month, None) if squad else "",
        "target": f"{rules().target_percent:g}",
        "rules": rules(),
        "title": _("Valid duty logs"),
    }
    return render(request, "patrol/validity.html", context)


def _squad(request: HttpRequest) -> int | None:
    asked = request.GET.get("squad", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    return number if number in squad_names() else None


def _names(figures: list[Validity], squad: int | None) -> dict[int, str]:
    keys = [int(one.key) for one in figures]
    if squad is None:
        return {pk: area_label(squad_names().get(pk)) for pk in keys}
    return dict(User.objects.filter(pk__in=keys).values_list("pk", "full_name"))


def _row(
    one: Validity, label: str, month: Month, squad: int | None, opens: bool, *, whole: bool = False
) -> dict[str, Any]:
    where: dict[str, Any] = {"month": month.code}
    if squad:
        where["squad"] = squad
    if not whole:
        where["officer" if squad else "squad"] = one.key
    lists = {name: f"{reverse('patrol:logs')}?{urlencode({**where, 'counted': name})}"
             for name in ("due", "valid", "invalid")}  # fmt: skip
    order = (one.percent is None, str(one.key).zfill(20))
    url = _address(month, int(one.key)) if opens else ""
    percent = "" if one.percent is None else formats.number(one.percent, 1)
    return {
        "figure": one, "label": label, "lists": lists, "order": order, "url": url, "percent": percent,
    }  # fmt: skip


def _month(one: Validity, squad: int | None) -> dict[str, Any]:
    month = Month.of(str(one.key), timezone.localdate())
    return {"figure": one, "label": month.code, "url": _address(month, squad)}


def _address(month: Month, squad: int | None) -> str:
    query = {"month": month.code, **({"squad": squad} if squad else {})}
    return f"{reverse('patrol:validity')}?{urlencode(query)}"
