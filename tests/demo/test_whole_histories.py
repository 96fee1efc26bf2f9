"""Leads written with their whole history leave the rows that step after step leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.demo import playing
from chengshu.demo.cast import Cast
from chengshu.demo.leads import plan
from chengshu.kernel.models import Event
from chengshu.leads import services
from chengshu.leads.models import Lead, LeadAttachment, LeadReporter
from chengshu.leads.services import NewLead, bulk
from chengshu.leads.services.classes import load_classes
from tests import factories

pytestmark = pytest.mark.django_db

OWN = {"id", "number", "created_at", "updated_at", "case_id", "case_number", "merged_into_id"}


@pytest.fixture
def district() -> District:
    return factories.make_district()


class StepAfterStep:
    """What a batch does for the player, each thing written at once."""

    def attach(self, rows: list[LeadAttachment]) -> None:
        """Write photos."""
        LeadAttachment.objects.bulk_create(rows)


@contextmanager
def one_by_one(*, new: bool = False) -> Iterator[StepAfterStep]:
    """No batch: every service writes by itself."""
    with transaction.atomic():
        yield StepAfterStep()


def written() -> dict[str, Any]:
    """Everything the database keeps of the leads, by the number of the source, without ids and clocks."""
    found: dict[str, Any] = {}
    refs = dict(Lead.objects.values_list("pk", "source_ref"))
    for lead in Lead.objects.all():
        row = {
            f.attname: getattr(lead, f.attname) for f in lead._meta.concrete_fields if f.attname not in OWN
        }
        row["joined to"] = refs.get(lead.merged_into_id or 0)
        row["step_data"] = without_case(row["step_data"])
        row["search_tokens"] = [one for one in lead.search_tokens if lead.number.lower() not in one]
        steps = [
            {f.attname: getattr(step, f.attname) for f in step._meta.concrete_fields}
            for step in lead.steps.all()
        ]
        for step in steps:
            del step["id"], step["lead_id"]
            step["data"] = without_case(step["data"])
        photos = lead.attachments.order_by("id").values_list("file", "name", "moment", "taken_at", "added_by")
        people = LeadReporter.objects.filter(lead=lead).values_list("name", "phone", "wants_answer")
        found[lead.source_ref] = (row, steps, list(photos), list(people), events_of(lead))
    return found


def columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def without_case(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name == "until" else value
        for name, value in data.items()
        if name not in ("case", "number", "into", "lead", "doubles") or not isinstance(value, (int, str))
    }


def events_of(lead: Lead) -> list[Any]:
    rows = Event.objects.filter(topic="lead", subject=f"lead:{lead.pk}").order_by("id")
    return [
        (row.district_id, row.squad_id, {k: v for k, v in row.data.items() if k not in ("id", "number")})
        for row in rows
    ]


def test_a_batch_of_new_leads_leaves_the_same_rows_and_events(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_classes(district)
    cast = Cast(district)
    assert cast.photos
    until = timezone.localtime(timezone.now() - timedelta(days=40)).replace(second=0, microsecond=0)
    planned = plan(district, until - timedelta(days=30), until, name="same", count=150)

    def played() -> dict[str, Any]:
        with transaction.atomic():
            playing.play(district, planned, cast, until=until)
            found = written()
            transaction.set_rollback(True)
        return found

    together = played()
    monkeypatch.setattr(playing.bulk, "batch", one_by_one)
    apart = played()

    assert together.keys() == apart.keys()
    for ref, rows in together.items():
        for here, there in zip(rows, apart[ref], strict=True):
            assert here == there, ref
    assert max(len(rows[1]) for rows in together.values()) > 8


def test_the_history_of_every_new_lead_is_whole(district: District) -> None:
    load_classes(district)
    until = timezone.localtime(timezone.now() - timedelta(days=40))
    planned = plan(district, until - timedelta(days=9), until, name="whole", count=60)
    playing.play(district, planned, Cast(district), until=until)
    for lead in Lead.objects.all():
        assert list(lead.steps.values_list("version", flat=True)) == list(range(1, lead.version + 1))
        assert lead.steps.last().action == lead.step_action


def test_a_squad_that_loses_a_lead_is_told_so(district: District) -> None:
    load_classes(district)
    first, second = (crew.squad for crew in Cast(district).crews[:2])
    at = timezone.now() - timedelta(days=40)
    with bulk.batch(new=True):
        new = NewLead("grid", "E0101", "路边堆放暴露垃圾", address="真如路1号", source_ref="moved")
        lead = services.report(new, district=district, by=None, at=at, route=False).lead
        services.register(lead, by=None, at=at)
        services.dispatch(lead, first, by=None, at=at)
        services.transfer(lead, second, by=None, at=at, note="不属本中队辖区")
    told = [(squad, data) for _district, squad, data in events_of(Lead.objects.get()) if data.get("gone")]
    assert told == [(first.pk, {"version": lead.version, "gone": True})]
