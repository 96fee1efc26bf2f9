"""Figures are counted ahead by a job, so that pages find them kept."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chengshu.bureau.models import Unit
from chengshu.kernel.indicators.asking import figures
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.declarations import all_declared
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.refreshing import periods_in_use, refresh
from tests import factories


def test_what_has_passed_of_this_year_and_in_january_the_last_are_in_use() -> None:
    codes = [period.code for period in periods_in_use(date(2021, 1, 15))]
    assert codes == [
        "2021-01-01..2021-01-15", "2020", "2020-01-01..2020-01-15", "2019",
    ]  # fmt: skip
    first = [each.code for each in periods_in_use(date(2020, 8, 9))][:3]
    assert first == ["2020-01-01..2020-08-09", "2020-07-01..2020-08-09", "2020-08-01..2020-08-09"]
    assert [each.code for each in periods_in_use(date(2020, 12, 31))][:3] == ["2020", "2020-Q4", "2020-12"]


@pytest.mark.django_db(transaction=True)
def test_after_the_job_a_page_counts_nothing_that_can_be_kept() -> None:
    district = factories.make_district()
    kinds = (Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD)
    squads = Unit.objects.filter(district=district, kind__in=kinds).count()
    assert refresh(date(2020, 12, 31)) == squads + 1 > 1
    kept = [one.id for one in all_declared() if "cases" in one.id]
    with CaptureQueriesContext(connection) as queries:
        figures(kept, Period.year(2020), place_of(district.pk))
    assert len(queries) == 1, [query["sql"][:80] for query in queries]
