"""The numbers that the database keeps itself: exact at any moment, whoever writes."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection

from chengshu.registry.models import FactRecord, ObjectCount, ObjectCountChange, RegulatedObject
from chengshu.registry.services import counts
from chengshu.registry.services.objects import Provenance, change_object
from tests import factories

pytestmark = pytest.mark.django_db
BY_HAND = Provenance(FactRecord.Source.CLERK, factories.date(2020, 11, 2))


def counted() -> dict[tuple[int, int, str], int]:
    """What summary and changes say together."""
    numbers: Counter[tuple[int, int, str]] = Counter()
    for model in (ObjectCount, ObjectCountChange):
        for level, cell, facet, n in model.objects.values_list("level", "cell", "facet", "n"):
            numbers[level, cell, facet] += n
    return {key: n for key, n in numbers.items() if n}


def recounted() -> dict[tuple[int, int, str], int]:
    """The same, counted afresh from the objects."""
    from h3.api.basic_int import cell_to_parent

    numbers: Counter[tuple[int, int, str]] = Counter()
    for facet, cell in RegulatedObject.objects.live().values_list("facet", "cell"):
        numbers[0, 0, facet] += 1
        for level in (7, 8, 9) if cell else ():
            numbers[level, cell_to_parent(cell, level), facet] += 1
    return dict(numbers)


def test_summary_follows_every_write() -> None:
    district = factories.make_district()
    first = factories.make_object(district)
    second = factories.make_object(district, position=factories.IN_TAOPU, credit="D")
    factories.make_object(district, "compound", position=None)
    assert counted() == recounted()
    assert len(counted()) == 4 + 4 + 1
    change_object(first, {"status": "closed"}, BY_HAND, None)
    change_object(second, {"position": factories.IN_CHANGSHOU}, BY_HAND, None)
    assert counted() == recounted()
    RegulatedObject.objects.filter(pk=first.pk).update(merged_into=second)
    assert counted() == recounted()


def test_compaction_keeps_the_numbers() -> None:
    district = factories.make_district()
    made = [factories.make_object(district) for _ in range(3)]
    before = counted()
    assert counts.compact() > 0
    assert counted() == before == recounted()
    assert not ObjectCountChange.objects.exists()
    change_object(made[0], {"credit": "B"}, BY_HAND, None)
    counts.compact()
    assert counted() == recounted()
    assert not ObjectCount.objects.filter(n=0).exists()
    assert counts.compact() == 0


def test_nothing_is_written_when_nothing_countable_changes() -> None:
    district = factories.make_district()
    made = factories.make_object(district)
    counts.compact()
    change_object(made, {"responsible_name": "王五"}, BY_HAND, None)
    assert not ObjectCountChange.objects.exists()


def test_rebuild_repairs() -> None:
    district = factories.make_district()
    factories.make_object(district)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_objectcountchange")
    assert counted() != recounted()
    counts.rebuild()
    assert counted() == recounted()
