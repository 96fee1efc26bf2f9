"""A confirmed suspect is a clue for the town's squad; what was found there comes back to it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from PIL import Image
from shapely.geometry import shape

from chengshu.leads import services as leads
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead, LeadAttachment
from chengshu.leads.services import bulk
from chengshu.registry import neighbourhood
from chengshu.sensing.lifecycle import SiteResult, SuspectState
from chengshu.sensing.models import Suspect
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.services import deciding, sending
from tests.sensing.conftest import Sky


@pytest.fixture
def suspect(sky: Sky) -> Suspect:
    sky.compare()
    return deciding.decide(sky.suspect(), "lead", by=sky.clerk)


def sent(sky: Sky, suspect: Suspect, **how: bool) -> Lead:
    held = sending.send(suspect, by=sky.dispatcher, **how)
    assert held.lead is not None
    return Lead.objects.select_related("lead_class").get(pk=held.lead.pk)


def test_it_reaches_the_squad_of_the_town_and_is_no_evidence(sky: Sky, suspect: Suspect) -> None:
    lead = sent(sky, suspect)
    assert (lead.source, lead.squad, lead.stage) == ("aerial", sky.squad, Stage.DISPATCHED)
    assert "不得作为证据" in lead.description and "新建房屋" in lead.description
    assert lead.data["evidence"] is False and lead.data["suspect"] == suspect.pk
    assert lead.attachments.count() == 2
    assert lead.arrive_by is not None and lead.dispatched_at is not None


def test_24_hours_or_2_where_it_is_being_built(sky: Sky, suspect: Suspect) -> None:
    lead = sent(sky, suspect)
    assert (lead.lead_class.arrive_within, lead.lead_class.arrive_unit) == (24, "hour")
    shed = deciding.decide(sky.suspect("temporary_shed"), "lead", by=sky.clerk)
    other = sent(sky, shed, under_construction=True)
    assert (other.lead_class.arrive_within, other.lead_class.arrive_unit) == (2, "hour")
    assert other.arrive_by - other.dispatched_at <= timedelta(hours=2)  # type: ignore[operator]


def test_sent_twice_it_is_the_same_lead(sky: Sky, suspect: Suspect) -> None:
    first = sent(sky, suspect)
    assert sent(sky, suspect) == first and Lead.objects.count() == 1


def test_without_the_files_it_goes_without_pictures(sky: Sky, suspect: Suspect) -> None:
    (sky.folder / "before.tif").unlink()
    assert sent(sky, suspect).attachments.count() == 1


@pytest.mark.parametrize("verdict", ["known_legal", "no_change", "unclear"])
def test_only_what_was_decided_to_be_one_is_sent(sky: Sky, suspect: Suspect, verdict: str) -> None:
    shed = sky.suspect("temporary_shed")
    with pytest.raises(SensingProblem):
        sending.send(shed, by=sky.dispatcher)
    deciding.decide(shed, verdict, by=sky.clerk)
    with pytest.raises(SensingProblem):
        sending.send(shed, by=sky.dispatcher)
    with pytest.raises(PermissionDenied):
        sending.send(suspect, by=sky.officer)


def handled(sky: Sky, lead: Lead, outcome: Outcome) -> Lead:
    leads.accept(lead, by=sky.officer)
    for shade in (90, 180):
        photo = io.BytesIO()
        Image.new("RGB", (64, 64), (shade, shade, shade)).save(photo, "JPEG")
        moment = LeadAttachment.Moment.CLOSING
        leads.add_attachment(lead, leads.Attachment(photo, f"{shade}.jpg", moment), by=sky.officer)
    return leads.handle(lead, by=sky.officer, outcome=outcome, note="已到现场")


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (Outcome.ADVISED, SiteResult.ILLEGAL),
        (Outcome.UNFOUNDED, SiteResult.NOT_FOUND),
        (Outcome.LEGAL, SiteResult.LEGAL),
    ],
)
def test_the_outcome_of_the_lead_comes_back(
    sky: Sky, suspect: Suspect, outcome: Outcome, result: SiteResult
) -> None:
    lead = sent(sky, suspect)
    handled(sky, lead, outcome)
    suspect.refresh_from_db()
    assert suspect.result == result and suspect.result_at is not None
    leads.reject(lead, by=sky.dispatcher, note="照片不清")
    suspect.refresh_from_db()
    assert suspect.result == SiteResult.NONE


def test_illegal_and_known_to_the_ledger_is_told_apart(sky: Sky, suspect: Suspect) -> None:
    lead = sent(sky, suspect)
    known = neighbourhood.Known("structure", "违建台账1号")
    sky.monkeypatch.setitem(neighbourhood._knowers, "test", lambda _d, places, _v: [[known] for _ in places])
    handled(sky, lead, Outcome.ADVISED)
    suspect.refresh_from_db()
    assert suspect.result == SiteResult.IN_LEDGER


@pytest.mark.parametrize("data", [{"standing": False}, {"lead": True}])
def test_what_is_gone_or_came_from_this_lead_did_not_stand_in_the_ledger(
    sky: Sky, suspect: Suspect, data: dict[str, Any]
) -> None:
    lead = sent(sky, suspect)
    known = neighbourhood.Known(
        "structure", "违建台账1号", data={**data, **({"lead": lead.pk} if "lead" in data else {})}
    )
    sky.monkeypatch.setitem(neighbourhood._knowers, "test", lambda _d, places, _v: [[known] for _ in places])
    handled(sky, lead, Outcome.ADVISED)
    suspect.refresh_from_db()
    assert suspect.result == SiteResult.ILLEGAL


def test_a_batch_tells_what_one_lead_after_the_other_tells(sky: Sky) -> None:
    sky.compare()
    ends = {
        "new_building": Outcome.ADVISED, "temporary_shed": Outcome.ADVISED, "demolition": Outcome.UNFOUNDED,
    }  # fmt: skip
    house, entry = shape(sky.suspect().outline), neighbourhood.Known("structure", "违建台账1号")

    def ledger(_district: Any, places: list[Any], _viewer: Any) -> list[list[neighbourhood.Known]]:
        return [[entry] * place.equals(house) for place in places]

    sky.monkeypatch.setitem(neighbourhood._knowers, "test", ledger)
    ids = {
        kind: sent(sky, deciding.decide(sky.suspect(kind), "lead", by=sky.clerk), under_construction=False).pk
        for kind in ends
    }

    def play(batch: bulk.Batch | None = None) -> None:
        held = {kind: Lead.objects.select_related("lead_class", "district").get(pk=ids[kind]) for kind in ids}
        if batch:
            for lead in held.values():
                batch.hold(lead)
        for kind, outcome in ends.items():
            handled(sky, held[kind], outcome)
        leads.reject(held["temporary_shed"], by=sky.dispatcher, note="照片不清")

    def results() -> list[tuple[str, str, bool]]:
        rows = Suspect.objects.order_by("number")
        return [(one.kind, one.result, one.result_at is not None) for one in rows]

    with transaction.atomic():
        play()
        alone = results()
        transaction.set_rollback(True)
    with bulk.batch() as batch:
        play(batch)
        assert {result for _kind, result, _at in results()} == {""}
    assert results() == alone
    assert alone == [
        ("new_building", "in_ledger", True), ("temporary_shed", "", False), ("demolition", "not_found", True),
    ]  # fmt: skip


def test_the_squad_says_that_it_is_legal(sky: Sky, suspect: Suspect) -> None:
    with pytest.raises(SensingProblem):
        sending.record_result(suspect, SiteResult.LEGAL, by=sky.officer)
    lead = sent(sky, suspect)
    handled(sky, lead, Outcome.UNFOUNDED)
    assert sending.record_result(suspect, SiteResult.LEGAL, by=sky.officer).result == SiteResult.LEGAL
    for wrong in ("", "perhaps"):
        with pytest.raises(SensingProblem):
            sending.record_result(suspect, wrong, by=sky.officer)
    with pytest.raises(PermissionDenied):
        sending.record_result(suspect, SiteResult.LEGAL, by=sky.clerk)


def test_other_leads_are_not_ours(sky: Sky, suspect: Suspect) -> None:
    from tests import factories

    new = leads.NewLead("patrol", "E0406", "巡查发现搭建", position=factories.IN_CHANGSHOU)
    lead = leads.report(new, district=sky.district, by=None).lead
    handled(sky, lead, Outcome.ADVISED)
    assert Suspect.objects.filter(state=SuspectState.LEAD).get().result == ""
