"""Officers declare where they may not inspect; other departments and their officers are kept."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from chengshu.bureau.models import Town
from chengshu.inspections.lifecycle import Withdrawal
from chengshu.inspections.models import Inspection, OfficerInterest, PartnerDepartment, PartnerOfficer
from chengshu.inspections.services import drawing, freezing, interests
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel import draw as lot
from tests.inspections.conftest import Checks
from tests.inspections.test_planning_pages import browser, said

pytestmark = pytest.mark.django_db


def test_an_officer_declares_home_and_interest_and_is_not_drawn_there(checks: Checks) -> None:
    officer, shop = checks.officers[0], checks.shops[0]
    desk, url = browser(officer), reverse("inspections:interests")
    town = Town.objects.get(district=checks.district, name="长寿路街道")
    for _n in range(2):
        assert desk.post(url, {"kind": "home", "home-town": town.pk}).status_code == 302
    sent = {"kind": "object", "object-target": shop.name, "object-reason": "亲属经营"}
    assert desk.post(url, sent).status_code == 302
    assert OfficerInterest.objects.count() == 2
    task = checks.task()
    people = freezing.candidates_for_teams(task, freezing.drawing_rules.read(task.rules))
    mine = next(one for one in people if one.user_id == officer.pk)
    assert (mine.not_towns, mine.not_objects) == ({town.pk}, {shop.pk})
    assert "亲属经营" in said(browser(checks.clerk).get(reverse("inspections:interest_list")))
    assert browser(checks.leader).get(reverse("inspections:interest_list")).status_code == 403
    interest = OfficerInterest.objects.get(object=shop)
    ending = reverse("inspections:interest_end", args=[interest.pk])
    assert browser(checks.officers[1]).post(ending).status_code == 404
    desk.post(ending)
    desk.post(ending)
    interest.refresh_from_db()
    assert interest.ended_at is not None
    assert "亲属经营" not in said(browser(checks.clerk).get(reverse("inspections:interest_list")))


def test_an_interest_in_an_object_needs_its_reason_and_one_object(checks: Checks) -> None:
    officer = checks.officers[0]
    with pytest.raises(InspectionProblem):
        interests.declare(officer, by=officer, target=checks.shops[0])
    answer = browser(officer).post(
        reverse("inspections:interests"),
        {"kind": "object", "object-target": "没有这家", "object-reason": "x"},
    )
    assert answer.status_code == 422 and "There is no object with this name" in said(answer)


def test_partner_departments_and_their_officers_are_kept_by_the_clerk(checks: Checks) -> None:
    desk = browser(checks.clerk)
    new = reverse("inspections:partner_new")
    assert desk.post(new, {"code": "SCJG", "name": "区市场监管局", "active": "on"}).status_code == 302
    assert "Another department has this code." in said(desk.post(new, {"code": "SCJG", "name": "另一个"}))
    department = PartnerDepartment.objects.get()
    sent = {"name": "张三", "certificate": "S-1", "valid_to": "2039-12-31", "active": "on"}
    url = reverse("inspections:partner_officer_new", args=[department.pk])
    assert desk.post(url, sent).status_code == 302
    officer = PartnerOfficer.objects.get()
    assert officer.valid_to == date(2039, 12, 31)
    change = reverse("inspections:partner_officer", args=[department.pk, officer.pk])
    assert desk.post(change, {**sent, "active": ""}).status_code == 302
    officer.refresh_from_db()
    assert not officer.active
    assert "张三" in said(desk.get(reverse("inspections:partners")))
    assert f"partner_{department.pk}" in desk.get(reverse("inspections:plan_new")).context["rules"].fields


def joint(checks: Checks) -> list[Inspection]:
    """A drawn joint task with an officer of another department, who has three."""
    department = PartnerDepartment.objects.create(district=checks.district, code="SCJG", name="区市场监管局")
    for n in range(3):
        PartnerOfficer.objects.create(
            department=department, name=f"张{n}", certificate=f"S-{n}", valid_to=date(2039, 12, 31)
        )
    rules = {"number": 5, "strata": ["class"], "partners": [{"department": department.pk, "officers": 1}]}
    return checks.drawn(checks.task(rules))


def partner_of(inspection: Inspection) -> PartnerOfficer:
    """The other department's officer who takes part now."""
    member = inspection.team.get(partner__isnull=False, replaced_at=None)
    assert member.partner is not None
    return member.partner


def test_another_departments_officer_is_followed_by_the_next_of_the_proof(checks: Checks) -> None:
    one = joint(checks)[0]
    left, own = partner_of(one), set(one.team.filter(user__isnull=False).values_list("user", flat=True))
    drawing.withdraw(one, Withdrawal.UNAVAILABLE, by=checks.supervisor, officer=left, note="外出培训")
    assert partner_of(one) != left
    assert set(one.team.filter(user__isnull=False, replaced_at=None).values_list("user", flat=True)) == own
    gone = one.team.get(partner=left)
    assert (gone.replaced_for, gone.replaced_at is not None) == ("unavailable", True)
    assert one.draw is not None and lot.verify(drawing.proof_of(one.draw)).ok
    with pytest.raises(InspectionProblem, match=left.name):
        drawing.withdraw(one, Withdrawal.UNAVAILABLE, by=checks.supervisor, officer=left)
    with pytest.raises(InspectionProblem):
        drawing.withdraw(one, Withdrawal.CLOSED, by=checks.supervisor, officer=partner_of(one))


def test_another_departments_officer_is_withdrawn_on_the_page(checks: Checks) -> None:
    one = joint(checks)[0]
    left, desk = partner_of(one), browser(checks.supervisor)
    url = reverse("inspections:withdraw", args=[one.pk])
    assert f"{left.name} of 区市场监管局" in said(desk.get(url))
    sent = {"who": f"partner-{left.pk}", "code": "recusal", "note": ""}
    assert desk.post(url, sent).status_code == 302
    follower = partner_of(one)
    assert follower != left
    shown = said(desk.get(reverse("inspections:task", args=[one.task_id])))
    assert f"{left.name} is withdrawn; {follower.name} follows." in shown
