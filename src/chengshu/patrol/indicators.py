"""The figures of patrols."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.indicators import squads
from chengshu.kernel.indicators.declarations import Indicator, Population, Ratio, register
from chengshu.patrol.models import DutyLog
from chengshu.patrol.queries.logs import is_due, is_valid


def _due(rows: QuerySet[DutyLog]) -> QuerySet[DutyLog]:
    return rows.filter(is_due(timezone.now()))


def _valid() -> Q:
    return is_valid(timezone.now())


DUE = Population(
    code="patrol.logs_due",
    label=_("Duty logs due"),
    rows=lambda: _due(DutyLog.objects.all()),
    visible=lambda user: _due(DutyLog.objects.visible_to(user)),
    time="starts_at",
    time_label=_("begin of the duty"),
    moment="datetime",
    dimensions={"squad": squads()},
    permission="patrol.view",
    title=lambda log: f"{log.starts_at:%Y-%m-%d} {log.user}",
    link=lambda log: reverse("patrol:log", args=[log.pk]),
    related=("user",),
    by_clock=True,
)
register(
    Indicator(
        "duty_logs_due",
        _("Duty logs due"),
        _("logs signed, and those whose time to sign is over"),
        "log",
        DUE,
        owner="command",
    ),
    Indicator(
        "duty_logs_valid",
        pgettext_lazy("figure", "Valid duty logs"),
        _("logs signed in time without a fault, and confirmed or still to be confirmed in time"),
        "log",
        DUE,
        _valid,
        owner="command",
    ),
    Ratio(
        "duty_log_validity",
        _("Validity of duty logs"),
        _("valid duty logs over duty logs due"),
        "%",
        "duty_logs_valid",
        "duty_logs_due",
        owner="command",
    ),
)
