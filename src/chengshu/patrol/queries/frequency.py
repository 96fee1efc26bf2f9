"""How often points are to be visited on a day, and how often they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from chengshu.patrol.checkin_settings import rules
from chengshu.patrol.frequency import is_workday, visits_of
from chengshu.patrol.models import CheckIn, Requirement


def span_of(day: date) -> tuple[datetime, datetime]:
    """The beginning and the end of a local day."""
    begin = datetime.combine(day, time(), timezone.get_current_timezone())
    return begin, begin + timedelta(days=1)


def wanted_on(district_id: int, day: date) -> dict[str, int]:
    """Visits to each point that a day requires, by class of street; one query."""
    rows = Requirement.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day), district=district_id, valid_from__lte=day
    ).values_list("street_class", "visits", "workdays_only")
    found: dict[str, int] = {}
    for street_class, visits, workdays_only in rows:
        if not workdays_only or is_workday(day):
            found[street_class] = found.get(street_class, 0) + visits
    return found


def visits_on(points: Iterable[int], day: date) -> dict[int, int]:
    """Visits to points on a day, by point, as `services.counting` counts them; one query."""
    begin, end = span_of(day)
    seen = CheckIn.objects.filter(
        point__in=list(points), at__gte=begin, at__lt=end, weight__gte=rules().visit["weight_least"]
    )
    moments = ((point, at, None) for point, at in seen.order_by("at", "id").values_list("point", "at"))
    return Counter(point for point, _nothing in visits_of(moments, rules().visit_apart))
