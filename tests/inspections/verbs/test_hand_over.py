"""From an inspection to a lead, from the lead to a case: nothing is typed twice."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import TABLE, Action, State
from chengshu.inspections.models import Inspection
from chengshu.inspections.services import inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.leads import services as leads
from chengshu.leads.models import Lead, LeadAttachment
from chengshu.registry.queries import reference
from tests.inspections.conftest import Checks, picture
from tests.inspections.pages import browser, page
from tests.inspections.verbs.states import assert_only_the_team, assert_refused, in_state

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", [state for state in State if state not in TABLE[Action.HAND_OVER]])
def test_what_is_not_reported_is_not_handed_over(checks: Checks, state: State) -> None:
    assert_refused(checks, state, lambda one, by: inspecting.hand_over(one, by=by))


def test_only_the_team_hands_over(checks: Checks) -> None:
    one = in_state(checks, State.ORDERED)
    assert_only_the_team(checks, one, lambda it, by: inspecting.hand_over(it, by=by))


def test_where_no_problem_was_found_there_is_nothing_to_hand_over(checks: Checks) -> None:
    one = in_state(checks, State.CLOSED)
    with pytest.raises(InspectionProblem):
        inspecting.hand_over(one, by=checks.member(one))
    assert not Lead.objects.exists()


def test_the_lead_says_what_was_found_where_and_with_which_photos(checks: Checks) -> None:
    one = in_state(checks, State.ORDERED)
    for _time in range(2):  # once only
        done = inspecting.hand_over(one, by=checks.member(one))
    lead = done.lead
    assert lead is not None and Lead.objects.count() == 1
    assert done.state == State.CLOSED
    assert (lead.source, lead.source_ref, lead.object_id) == ("inspection", one.number, one.object_id)
    assert lead.lead_class.code == "E0202" and "跨门" in lead.description
    assert lead.attachments.get().file_id == one.photos.get().file_id
    assert lead.stage == "dispatched" and lead.squad_id == one.object.squad_id


def test_inspection_lead_and_case_are_one_chain_with_the_facts_filled_in(checks: Checks) -> None:
    """The whole way as officers walk it: button, lead, form of the case, and back to the inspection."""
    reference.forget()
    one = in_state(checks, State.ORDERED)
    team = browser(checks.member(one))
    team.post(reverse("inspections:hand_over", args=[one.pk]))
    lead = Inspection.objects.get(pk=one.pk).lead
    assert lead is not None
    officer = next(o for o in checks.officers if o.unit_id == lead.squad_id)
    officer = User.objects.with_roles().get(pk=officer.pk)
    leads.accept(lead, by=officer)
    client = browser(officer)
    shown = client.get(reverse("leads:lead", args=[lead.pk]))
    ways = {way.url for way in shown.context["ways"]}
    address = f"{reverse('cases:new')}?lead={lead.pk}"
    assert address in ways
    if Inspection.objects.visible_to(officer).filter(pk=one.pk).exists():
        assert reverse("inspections:inspection", args=[one.pk]) in ways
    start = client.get(address).context["form"].initial
    assert one.number in start["summary"] and "跨门营业" in start["summary"]
    assert (start["address"], start["object"]) == (lead.address, one.object_id)
    sent = {key: value for key, value in start.items() if value not in (None, "")}
    filed = client.post(address, {**sent, "found_on": start["found_on"].isoformat()})
    assert filed.status_code == 302, filed.context["form"].errors
    case_page = filed.headers["Location"]
    seen = page(team, one).context["handed"]
    assert seen.number == lead.number and seen.outcome and seen.case
    assert seen.case_url in ("", case_page)
    at_squad = page(browser(checks.leader), one).context["handed"]
    assert at_squad.case_url == case_page


def test_when_the_lead_is_closed_the_inspection_shows_it(checks: Checks) -> None:
    one = in_state(checks, State.ORDERED)
    lead = inspecting.hand_over(one, by=checks.member(one)).lead
    assert lead is not None
    officer = next(o for o in checks.officers if o.unit_id == lead.squad_id)
    officer = User.objects.with_roles().get(pk=officer.pk)
    leads.accept(lead, by=officer)
    after_work = leads.Attachment(picture("green"), "改正后.png", LeadAttachment.Moment.CLOSING)
    leads.add_attachment(lead, after_work, by=officer)
    leads.handle(lead, "advised", by=officer, note="已清理")
    client = browser(checks.leader)
    before = page(client, one).context["handed"].stage
    lead.refresh_from_db()
    leads.verify(lead, by=None)
    lead.refresh_from_db()
    leads.close(lead, by=None)
    after = page(client, one).context["handed"]
    assert after.stage != before and after.outcome
