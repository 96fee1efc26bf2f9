"""Many check-ins of the past at once: reads numbered in order, what is on record left alone."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from chengshu.patrol.models import CheckIn, Tag
from chengshu.patrol.services import tags
from chengshu.patrol.services.bulk_checkins import Visit, keep_many
from tests.patrol.conftest import Patrol

BEGIN = timezone.make_aware(datetime(2020, 5, 4, 8))
HOUR = timedelta(hours=1)


def visit(patrol: Patrol, hours: float, tag: Tag | None) -> Visit:
    at = BEGIN + hours * HOUR
    return Visit(uuid.uuid4(), patrol.officer, patrol.point, tag, at, at, position=patrol.point.position)


def numbers(**of: Any) -> list[int | None]:
    return list(CheckIn.objects.filter(**of).order_by("at").values_list("counter", flat=True))


def test_reads_of_a_tag_go_on_from_the_highest_in_order_of_time(patrol: Patrol) -> None:
    code = tags.mount(patrol.point, by=patrol.clerk, kind="qr")
    Tag.objects.filter(pk=patrol.tag.pk).update(counter=41)
    hung = {2: patrol.tag, 1: patrol.tag, 3: code, 4: None}
    visits = [visit(patrol, hours, tag) for hours, tag in hung.items()]
    assert keep_many(visits) == 4
    assert numbers(tag=patrol.tag) == [42, 43] and numbers(tag=code) == [None] and numbers(tag=None) == [None]
    assert set(Tag.objects.values_list("pk", "counter")) == {(patrol.tag.pk, 43), (code.pk, -1)}


def test_what_is_on_record_is_kept_once_and_numbered_once(
    patrol: Patrol, django_assert_max_num_queries: Any
) -> None:
    visits = [visit(patrol, hours / 2, patrol.tag) for hours in range(6)]
    assert keep_many(visits[:4]) == 4
    with django_assert_max_num_queries(9):
        assert keep_many(visits) == 2
    assert keep_many(visits) == 0 == keep_many([])
    assert numbers() == [0, 1, 2, 3, 4, 5]
    assert Tag.objects.get().counter == 5
