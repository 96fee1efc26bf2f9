"""Indicators over the ways out of the house, declared for the tests alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import pytest
from django.db.models import Q
from django.utils import timezone

from chengshu.kernel.indicators import declarations
from chengshu.kernel.indicators.declarations import Change, Dimension, Indicator, Measure, Population, Ratio
from chengshu.kernel.models import OutgoingMessage

MESSAGES = Population(
    code="test.messages",
    label="messages",
    rows=lambda: OutgoingMessage.objects.all(),
    visible=lambda user: OutgoingMessage.objects.filter(target=user),
    time="created_at",
    time_label="time of writing",
    moment="datetime",
    district="district_id",
    dimensions={
        "channel": Dimension(
            "channel", "Channel", "channel", lambda keys: {key: key.upper() for key in keys}
        ),
        "title": Dimension("title", "Title", "title", lambda keys: {key: key for key in keys}),
    },
    link=lambda message: f"/messages/{message.pk}",
)
MEAN, TARGETS = Measure("mean", "attempts"), Measure("distinct", "target")
DECLARED = (
    Indicator("t_messages", "Messages", "all messages", "item", MESSAGES),
    Indicator("t_sent", "Sent", "messages sent", "item", MESSAGES, Q(state="sent")),
    Indicator("t_tries", "Attempts", "attempts", "item", MESSAGES, measure=Measure("sum", "attempts")),
    Indicator(
        "t_fines",
        "Fines",
        "fines",
        "yuan",
        MESSAGES,
        measure=Measure("sum", "attempts", of_fines=True),
    ),
    Indicator("t_mean", "Mean", "mean attempts", "item", MESSAGES, measure=MEAN, minimum=3),
    Indicator("t_targets", "Targets", "different targets", "item", MESSAGES, measure=TARGETS),
    Ratio("t_share", "Share sent", "sent over all", "%", "t_sent", "t_messages"),
    Ratio("t_fine_a_message", "Mean fine", "fines over messages", "yuan", "t_fines", "t_messages"),
    Change("t_change", "Change", "against the year before", "t_messages"),
)


@pytest.fixture
def known() -> Iterator[None]:
    """The indicators above, known while a test runs."""
    declarations.register(*DECLARED)
    yield
    for one in DECLARED:
        declarations._declared.pop(one.id)


_numbers = iter(range(10**9))


def message(day: str = "2020-05-01", **values: object) -> OutgoingMessage:
    """A message written at noon of a day."""
    number = next(_numbers)
    given: Mapping[str, object] = {
        "key": f"k{number}",
        "uid": f"u{number}",
        "channel": "mail",
        "lane": "mail",
        "target": "a",
        "payload": {},
        "created_at": timezone.make_aware(datetime.fromisoformat(f"{day}T12:00")),
        "district_id": 1,
    }
    return OutgoingMessage.objects.create(**{**given, **values})
