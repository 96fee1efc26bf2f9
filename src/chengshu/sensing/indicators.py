"""The figures of aerial comparison, ids as in the bureau's annual summary."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.indicators import squads, towns
from chengshu.kernel.indicators.declarations import Indicator, Population, register
from chengshu.sensing.models import Suspect


def _sent(rows: QuerySet[Suspect]) -> QuerySet[Suspect]:
    return rows.filter(lead__isnull=False, sent_at__isnull=False)


def _title(suspect: Any) -> str:
    return f"{suspect.comparison_id}-{suspect.number} {suspect.get_kind_display()}"


SENT = Population(
    code="sensing.sent",
    label=_("Suspects sent to streets and towns"),
    rows=lambda: _sent(Suspect.objects.all()),
    visible=lambda user: _sent(Suspect.objects.visible_to(user)),
    time="sent_at",
    time_label=_("time of sending"),
    moment="datetime",
    dimensions={"town": towns(), "squad": squads()},
    permission="sensing.view",
    title=_title,
    link=lambda suspect: reverse("sensing:suspect", args=[suspect.pk]),
)
register(
    Indicator(
        "drone_suspects",
        _("Suspects found by drone comparison"),
        _("suspects from aerial comparison sent to streets and towns in the period"),
        "suspect",
        SENT,
        owner="structures",
    )
)
