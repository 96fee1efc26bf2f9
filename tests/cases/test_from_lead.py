"""A lead that ends in a case: the facts are filled in already, both procedures, one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from chengshu.cases.models import Case
from chengshu.cases.services import StepRefused, from_lead
from chengshu.leads import links
from chengshu.leads import services as leads
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead, LeadAttachment, LeadClass
from chengshu.leads.services.classes import load_classes
from tests import factories
from tests.cases.conftest import Team
from tests.cases.pages import CAUSE, NOW, browser, on_the_spot, photo

pytestmark = pytest.mark.django_db
STALL = "E0201"
TAKEN = datetime.fromisoformat("2022-03-10T08:15:00+08:00")


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def lead(team: Team) -> Lead:
    """A stall that an officer of the team is handling, with a photo."""
    load_classes(team.district)
    LeadClass.objects.filter(code=STALL).update(cause=CAUSE)
    new = leads.NewLead(
        "patrol", STALL, "占道设摊卖水果", address="长寿路100号门口", position=factories.IN_CHANGSHOU
    )
    picture = leads.Attachment(
        BytesIO(photo().read()), "摊位.jpg", taken_at=TAKEN, position=factories.IN_CHANGSHOU
    )
    made = leads.report(new, district=team.district, by=team.first, attachments=[picture]).lead
    if made.stage == Stage.REGISTERED:
        leads.dispatch(made, team.squad, by=None)
    return leads.accept(made, by=team.first)


def test_the_case_begins_with_what_the_lead_says(team: Team, lead: Lead) -> None:
    case = from_lead(lead, by=team.first, officers=team.officers)
    assert (case.lead, case.source, case.place, case.summary) == (
        lead, "patrol", "长寿路100号门口", "占道设摊卖水果",
    )  # fmt: skip
    assert case.position == lead.position and case.squad == team.squad
    first = case.steps.get(seq=1)
    assert first.data["cause"] == CAUSE
    assert first.data["found_on"] == "2022-03-10" and first.data["lead"] == lead.number
    assert (lead.stage, lead.outcome, lead.case_id) == (Stage.HANDLED, Outcome.CASE, case.pk)


def test_the_photos_are_evidence_as_the_same_files_with_their_time(team: Team, lead: Lead) -> None:
    case = from_lead(lead, by=team.first, officers=team.officers)
    item, kept = case.evidence.get(), LeadAttachment.objects.get(lead=lead)
    assert item.file == kept.file and item.sha256 == kept.file.sha256
    assert item.captured_at == TAKEN and item.position is not None
    assert (item.operator, item.custody.get().action) == (team.first.full_name, "taken_in")


def test_once_is_enough_and_a_second_case_is_refused(team: Team, lead: Lead) -> None:
    key = uuid.uuid4()
    first = from_lead(lead, by=team.first, client_id=key)
    assert from_lead(lead, by=team.first, client_id=key) == first
    with pytest.raises(leads.LeadProblem):
        from_lead(lead, by=team.first)
    assert Case.objects.count() == 1


def test_a_stranger_files_nothing_and_nothing_stays(team: Team, lead: Lead) -> None:
    stranger = factories.make_user("officer", factories.unit(team.district, "squad", "桃浦镇"))
    with pytest.raises(PermissionDenied):
        from_lead(lead, by=stranger)
    lead.refresh_from_db()
    assert lead.stage == Stage.ACCEPTED and not Case.objects.exists()


def test_a_squad_sent_beyond_its_town_files_the_case_itself(team: Team, lead: Lead) -> None:
    sent = factories.make_user("officer", factories.unit(team.district, "squad", "桃浦镇"))
    leads.transfer(lead, sent.unit, by=None, note="就近处置")
    leads.accept(lead, by=sent)
    case = from_lead(lead, by=sent)
    assert (case.squad, case.lead) == (sent.unit, lead)
    assert case.town == lead.town != sent.unit.towns.get()
    with pytest.raises(PermissionDenied):
        from_lead(lead, by=team.first)


def test_a_lead_on_hold_ends_in_no_case(team: Team, lead: Lead) -> None:
    leads.hold(lead, by=None, note="待定")
    with pytest.raises(leads.LeadProblem, match="挂起"):
        from_lead(lead, by=team.first)
    assert not Case.objects.exists() and not links.ways_of(team.first, lead)


def test_the_form_is_filled_in_and_the_case_shows_its_lead(team: Team, lead: Lead) -> None:
    client, url = browser(team.first), reverse("cases:new")
    page = client.get(url, {"lead": lead.pk})
    form = page.context["form"]
    values = {bound.name: bound.value() for bound in form if bound.value() is not None}
    assert values["address"] == lead.address and lead.number in page.content.decode()
    answer = client.post(url, {**values, "address": "别处"})
    assert answer.status_code == 302, answer.context["form"].errors
    case = Case.objects.get()
    assert (case.lead, case.place, case.cause) == (lead, lead.address, CAUSE)
    assert lead.number in client.get(answer["Location"]).content.decode()


def test_on_the_spot_with_the_leads_own_photo(team: Team, lead: Lead) -> None:
    client = browser(team.first)
    start = client.get(reverse("cases:simple"), {"lead": lead.pk}).context["form"].initial
    assert (start["facts"], start["address"]) == (lead.description, lead.address)
    answer = client.post(reverse("cases:simple"), on_the_spot(team, lead=str(lead.pk), photos=""))
    assert answer.status_code == 302, answer.context["refused"] or answer.context["form"].errors
    case = Case.objects.get()
    lead.refresh_from_db()
    assert (case.lead, case.procedure, case.fine, case.evidence.count()) == (lead, "simple", 100, 1)
    assert (lead.outcome, lead.case_id) == (Outcome.CASE, case.pk)


def test_a_photo_taken_now_stands_beside_the_leads_own(team: Team, lead: Lead) -> None:
    form = on_the_spot(team, lead=str(lead.pk), photos=photo("现场二.jpg", grey=30))
    assert browser(team.first).post(reverse("cases:simple"), form).status_code == 302
    taken = list(Case.objects.get().evidence.values_list("captured_at", flat=True))
    assert len(taken) == 2 and taken[0] == TAKEN


def test_a_refused_penalty_leaves_the_lead_with_the_officer(team: Team, lead: Lead) -> None:
    form = on_the_spot(team, lead=str(lead.pk), cause="appearance.street-stall", fine="9000")
    answer = browser(team.first).post(reverse("cases:simple"), form)
    assert answer.status_code == 200 and answer.context["refused"]
    lead.refresh_from_db()
    assert lead.stage == Stage.ACCEPTED and not Case.objects.exists()


def labels(person: Any, lead: Lead) -> list[str]:
    return [str(way.label) for way in links.ways_of(person, lead)]


def test_the_lead_offers_a_case_to_whoever_handles_it(team: Team, lead: Lead) -> None:
    ways = links.ways_of(team.first, lead)
    assert [way.url for way in ways] == [
        f"/cases/new?lead={lead.pk}", f"/cases/new/simple?lead={lead.pk}",
    ]  # fmt: skip
    assert labels(factories.make_user("dispatcher"), lead) == []
    from_lead(lead, by=team.first)
    assert labels(team.first, lead) == []


def test_a_refused_recheck_offers_the_case_first_and_says_so_in_it(team: Team, lead: Lead) -> None:
    day = timezone.localdate() + timedelta(days=2)
    leads.order(lead, day, by=team.first, note="限期改正")
    leads.recheck(lead, complied=False, by=team.first, note="仍在设摊")
    assert "逾期未改正" in labels(team.first, lead)[0]
    case = from_lead(lead, by=team.first)
    assert case.summary.startswith(lead.description) and "逾期" in case.summary


def test_the_simple_procedure_needs_its_facts(team: Team, lead: Lead) -> None:
    from chengshu.cases.services import SimpleCase

    bare = SimpleCase(cause=CAUSE, party={}, act_on=timezone.localdate(), facts="x", fine=50)
    with pytest.raises(StepRefused):
        from_lead(lead, by=team.first, officers=team.officers, entered=bare)
    lead.refresh_from_db()
    assert lead.case_id is None


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in (Stage.FOUND, Stage.ACCEPTED)])
def test_only_a_lead_being_handled_ends_in_a_case(team: Team, lead: Lead, stage: Stage) -> None:
    match stage:
        case Stage.REGISTERED:
            leads.give_back(lead, by=team.first, note="非本队")
        case Stage.DISPATCHED:
            leads.transfer(lead, team.squad, by=team.leader, note="换人")
        case _:
            leads.handle(lead, Outcome.UNFOUNDED, by=team.first, note="查无")
    if stage in (Stage.VERIFIED, Stage.CLOSED):
        leads.verify(lead, by=None)
    if stage == Stage.CLOSED:
        leads.close(lead, by=None)
    assert lead.stage == stage
    steps = lead.version
    with pytest.raises(leads.LeadProblem):
        from_lead(lead, by=team.first)
    lead.refresh_from_db()
    assert (lead.stage, lead.version) == (stage, steps) and not Case.objects.exists()
    assert not links.ways_of(team.first, lead)
