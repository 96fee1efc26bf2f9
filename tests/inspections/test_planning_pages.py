"""The desk pages of planning and drawing: plans, tasks, commitment, draw, withdrawals, progress."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import District, User
from chengshu.inspections import simulation
from chengshu.inspections.drawing_rules import Rules
from chengshu.inspections.forms.rules import RulesForm
from chengshu.inspections.lifecycle import TaskState
from chengshu.inspections.models import AnnualPlan, Draw, Inspection, InspectionTask
from chengshu.inspections.services import drawing, planning
from tests.inspections.conftest import WORDS, Checks

pytestmark = pytest.mark.django_db


def browser(person: User) -> Client:
    """The person at a desk, in English."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(person, backend="chengshu.bureau.backends.BureauBackend")
    client.cookies["django_language"] = "en"
    return client


def rules(**changed: Any) -> dict[str, Any]:
    """The fields of the rules as a browser sends them: five shops in all."""
    fields: dict[str, Any] = {
        "strata": ["class"],
        "way": "number",
        "number": 5,
        "at_least": 0,
        "per_year": 1,
        "recent_days": 0,
        "complaints": "exclude",
        "area_cap": 0,
        "officers": 2,
        "same_squad": "on",
        "rotate": "on",
        **changed,
    }
    return {f"rules-{name}": value for name, value in fields.items() if value is not None}


def moment(later: timedelta) -> str:
    """A moment as a browser sends it."""
    return f"{timezone.localtime() + later:%Y-%m-%dT%H:%M:%S}"


def words_form(task: InspectionTask, **changed: Any) -> dict[str, Any]:
    """The announcement with the words of three observers."""
    return {
        "version": task.version,
        "words": "on",
        "place": "区政务大厅",
        "observers": 3,
        "words_due": moment(timedelta(minutes=2)),
        "understood": "on",
        **changed,
    }


def said(answer: Any) -> str:
    return str(answer.content.decode())


# --- plans ------------------------------------------------------------------------------------------
def test_the_rules_of_a_plan_are_read_back_in_words_as_they_will_be_announced(checks: Checks) -> None:
    clerk = browser(checks.clerk)
    sent = rules(
        way="share", number=None, strata=["class", "credit"], share_C="10", share_D="30.5", at_least=2
    )
    answer = said(clerk.post(reverse("inspections:rules_words"), sent))
    assert "C 10 %, D 30.5 %" in answer and "At least 2 of every part" in answer
    assert clerk.post(reverse("inspections:plan_new"), {"year": 2027, **sent}).status_code == 302
    plan = AnnualPlan.objects.get(year=2027)
    assert plan.rules["per_mille"] == {"C": 100, "D": 305}
    page = said(clerk.get(reverse("inspections:plan", args=[plan.pk])))
    assert "C 10 %, D 30.5 %" in page and "has not been computed yet" in page
    form = clerk.get(reverse("inspections:plan_edit", args=[plan.pk])).context["rules"]
    assert form["way"].value() == "share" and str(form["share_D"].value()) == "30.5"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"number": None}, "Say how many objects are drawn in all."),
        ({"way": "share"}, "Give a share for one credit class at least."),
        ({"way": "share", "share_D": 20}, "Shares by credit class need the division by credit class."),
        ({"weight_D": 300}, "Weights by credit class need the division by credit class."),
    ],
)
def test_rules_that_do_not_fit_are_refused_with_a_sentence(
    checks: Checks, changed: dict[str, Any], sentence: str
) -> None:
    answer = browser(checks.clerk).post(reverse("inspections:plan_new"), {"year": 2027, **rules(**changed)})
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert not AnnualPlan.objects.exists()


def test_a_plan_is_approved_by_somebody_else_once_its_effect_is_known(checks: Checks) -> None:
    plan = checks.plan()
    planning.create_task(
        checks.district,
        planning.TaskDraft("沿街商铺抽查", "SHOP-01", plan.year, 1),
        by=checks.clerk,
        plan=plan,
    )
    leader, url = browser(checks.leader), reverse("inspections:plan_approve", args=[plan.pk])
    leader.post(url)
    plan.refresh_from_db()
    assert plan.state == "draft"
    effect = simulation.simulate(simulation.population(plan.district_id), simulation.tasks_of(plan))
    assert planning.keep_simulation(plan, effect, rules=plan.rules)
    assert "Never drawn" in said(leader.get(reverse("inspections:plan", args=[plan.pk])))
    leader.post(url)
    plan.refresh_from_db()
    assert (plan.state, plan.approved_by) == ("approved", checks.leader)
    again = browser(checks.clerk).get(reverse("inspections:plan_new"), {"year": plan.year})
    assert again.context["rules"]["number"].value() == 5


# --- tasks ------------------------------------------------------------------------------------------
def test_a_task_takes_the_rules_of_its_plan_or_its_own(checks: Checks) -> None:
    plan, clerk = checks.plan(), browser(checks.clerk)
    sent = {"title": "沿街商铺抽查", "item": "SHOP-01", "plan": plan.pk, "year": plan.year, "quarter": 2}
    assert clerk.post(reverse("inspections:task_new"), sent).status_code == 302
    task = InspectionTask.objects.get()
    assert (task.plan, task.rules, task.due_on) == (plan, plan.rules, date(plan.year, 6, 30))
    own = {**sent, "own_rules": "on", "version": task.version, **rules(number=7)}
    assert clerk.post(reverse("inspections:task_edit", args=[task.pk]), own).status_code == 302
    task.refresh_from_db()
    assert task.rules["number"] == 7
    late = clerk.post(reverse("inspections:task_edit", args=[task.pk]), own)
    assert late.status_code == 422 and "Somebody else has changed this" in said(late)
    clerk.post(reverse("inspections:task_cancel", args=[task.pk]), {"reason": "重复"})
    task.refresh_from_db()
    assert (task.state, task.cancelled_reason) == (TaskState.CANCELLED, "重复")


def test_the_preview_counts_candidates_and_what_is_left_out_and_names_nobody(checks: Checks) -> None:
    checks.drawn()  # five shops are held by a task now
    clerk = browser(checks.clerk)
    year = timezone.localdate().year
    sent = {
        "title": "抽查",
        "item": "SHOP-01",
        "year": year,
        "quarter": 4,
        "own_rules": "on",
        **rules(number=20),
    }
    answer = clerk.post(reverse("inspections:task_preview_form"), sent)
    found = answer.context["preview"]
    assert (found.objects, found.eligible, found.quota, found.able) == (20, 15, 15, 8)
    assert dict(found.left_out) == {"held by another task that is being inspected": 5}
    assert "Only 15 objects can be drawn of the 20 wanted." in said(answer)
    assert not any(shop.name in said(answer) for shop in checks.shops)
    assert not InspectionTask.objects.exclude(state=TaskState.DRAWN).exists()


def test_the_list_of_tasks_takes_three_queries(
    checks: Checks, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    checks.drawn()
    checks.task(title="第二项")
    clerk = browser(checks.clerk)
    clerk.get(reverse("inspections:tasks"))
    year = timezone.localdate().year
    for query in ({}, {"year": year, "state": "running"}, {"squad": checks.squads[0].pk}, {"light": "red"}):
        with django_assert_num_queries(2):  # session with person, list
            clerk.get(reverse("inspections:tasks"), query)


def test_the_list_shows_progress_by_squad_lights_and_finds_by_filters(checks: Checks) -> None:
    made = checks.drawn()
    late = checks.task(
        title="逾期的", starts_on=date(2026, 1, 1), due_on=timezone.localdate() - timedelta(days=2)
    )
    checks.reported(made[0])
    clerk = browser(checks.clerk)

    def titles(**query: Any) -> list[str]:
        return [row["task"].title for row in clerk.get(reverse("inspections:tasks"), query).context["rows"]]

    rows = clerk.get(reverse("inspections:tasks")).context["rows"]
    drawn = next(row for row in rows if row["task"].state == "drawn")
    assert sum(squad["n"] for squad in drawn["squads"]) == 5
    assert sum(squad["done"] for squad in drawn["squads"]) == 1
    assert titles(light="red") == ["逾期的"] and titles(state="was_drawn") == ["沿街商铺抽查"]
    assert titles(q=late.number) == ["逾期的"] and titles(origin="city") == []
    assert titles() == titles(state="no-such", page="99")
    back = clerk.get(reverse("inspections:task", args=[late.pk])).context["trail"][0][1]
    assert back.endswith("?state=no-such&page=99")


def test_a_squad_sees_its_own_tasks_and_inspections_only(checks: Checks) -> None:
    made = checks.drawn()
    planned = checks.task(title="未抽取")
    mine = next(one for one in made if one.squad_id == made[0].squad_id)
    officer = browser(checks.member(mine))
    assert officer.get(reverse("inspections:task", args=[planned.pk])).status_code == 404
    page = officer.get(reverse("inspections:task", args=[mine.task_id]))
    assert {row["one"].squad_id for row in page.context["rows"]} == {mine.squad_id}
    assert mine.object.name in said(page)
    assert not page.context["may_abandon"] and not any(row["withdraw"] for row in page.context["rows"])


# --- the draw ---------------------------------------------------------------------------------------
def test_a_draw_is_announced_once_and_drawn_once_however_often_it_is_sent(
    checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, clerk = checks.task(), browser(checks.clerk)
    url = reverse("inspections:commit", args=[task.pk])
    assert "This cannot be taken back" in said(clerk.get(url))
    for _n in range(2):
        assert clerk.post(url, words_form(task)).status_code == 302
    draw = Draw.objects.get()
    page = said(clerk.get(reverse("inspections:task", args=[task.pk])))
    assert draw.commitment_sha256 in page and "The public values are not known yet" in page
    answer = clerk.get(reverse("inspections:commitment", args=[draw.pk]))
    assert json.loads(answer.content) == draw.commitment
    assert clerk.get(reverse("inspections:proof", args=[draw.pk])).status_code == 404
    words = {f"v0_word{n}": word for n, word in enumerate(WORDS)}
    perform = reverse("inspections:perform", args=[draw.pk])
    early = clerk.post(perform, words)
    assert early.status_code == 422 and "before a public value was due" in said(early)
    assert not Inspection.objects.exists()
    later = timezone.now() + timedelta(minutes=3)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert "HX-Refresh" in clerk.get(reverse("inspections:draw_due", args=[task.pk])).headers
    for _n in range(2):
        assert clerk.post(perform, words).status_code == 302
    assert Inspection.objects.count() == 5
    draw.refresh_from_db()
    page = said(clerk.get(reverse("inspections:task", args=[task.pk])))
    assert draw.opening_sha256 in page and Inspection.objects.all()[0].object.name in page


def test_beacons_know_the_moment_of_their_rounds_and_lotteries_are_named(checks: Checks) -> None:
    task, clerk = checks.task(), browser(checks.clerk)
    due = moment(timedelta(hours=1))
    sent = {
        "version": task.version,
        "understood": "on",
        "lottery": "on",
        "game": "双色球",
        "issue": "2027001",
        "lottery_due": due,
        "beacon": "on",
        "source": "drand:8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
        "beacon_due": due,
    }
    assert clerk.post(reverse("inspections:commit", args=[task.pk]), sent).status_code == 302
    draw = Draw.objects.get()
    lottery, beacon = draw.commitment["public_values"]
    assert (lottery["game"], lottery["issue"]) == ("双色球", "2027001")
    known_at = 1595431050 + (int(beacon["round"]) - 1) * 30
    wanted = timezone.datetime.fromisoformat(due).replace(tzinfo=timezone.get_current_timezone()).timestamp()
    assert 0 <= known_at - wanted < 30
    page = said(clerk.get(reverse("inspections:task", args=[task.pk])))
    assert "双色球, issue 2027001" in page


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"words": None}, "Choose one public value at least."),
        ({"words_due": "2020-01-01T10:00"}, "The value must become known after the announcement."),
        ({"place": ""}, "This is needed for the public value."),
        ({"understood": None}, "This field is required."),
        ({"version": 77}, "Somebody else has changed this in the meantime."),
    ],
)
def test_an_announcement_that_is_not_complete_is_refused(
    checks: Checks, changed: dict[str, Any], sentence: str
) -> None:
    task = checks.task()
    sent = {name: value for name, value in words_form(task, **changed).items() if value is not None}
    with translation.override("en"):
        answer = browser(checks.clerk).post(reverse("inspections:commit", args=[task.pk]), sent)
    assert answer.status_code == 422 and sentence in said(answer)
    assert not Draw.objects.exists()


def test_a_draw_set_aside_stays_on_the_page_with_its_reason_and_the_next_names_it(checks: Checks) -> None:
    task, clerk = checks.task(), browser(checks.clerk)
    first = checks.commit(task)
    clerk.post(reverse("inspections:abandon", args=[first.pk]), {"reason": "清单有误"})
    task.refresh_from_db()
    assert task.state == TaskState.PLANNED
    assert "清单有误" in said(clerk.get(reverse("inspections:task", args=[task.pk])))
    assert clerk.post(reverse("inspections:commit", args=[task.pk]), words_form(task)).status_code == 302
    second = Draw.objects.get(attempt=2)
    assert (second.commitment["previous"], second.commitment["reason"]) == (
        first.commitment_sha256,
        "清单有误",
    )


def test_who_follows_a_withdrawn_object_or_officer_is_said(checks: Checks) -> None:
    made = checks.drawn()
    supervisor = browser(checks.supervisor)
    url = reverse("inspections:withdraw", args=[made[0].pk])
    wrong = supervisor.post(url, {"who": "object", "code": "recusal"})
    assert wrong.status_code == 422 and "does not fit" in said(wrong)
    answer = supervisor.post(url, {"who": "object", "code": "closed"}, follow=True)
    follower = Inspection.objects.order_by("-pk")[0]
    assert f"{follower.number} {follower.object.name} follows." in said(answer)
    leaving = checks.member(made[1])
    url = reverse("inspections:withdraw", args=[made[1].pk])
    answer = supervisor.post(url, {"who": leaving.pk, "code": "unavailable"}, follow=True)
    assert f"{leaving} is withdrawn;" in said(answer)
    own = browser(leaving).get(url)
    assert own.status_code == 403


def test_the_open_proof_is_checked_on_the_server_and_taken_home(checks: Checks) -> None:
    made = checks.drawn()
    draw = made[0].draw
    assert draw is not None
    check = reverse("inspections:proof_check", args=[draw.pk])
    assert browser(checks.leader).get(check).status_code == 404  # not open, and no business of hers
    assert browser(checks.supervisor).get(check).context["report"].ok
    for inspection in made:
        checks.reported(inspection)
    answer = browser(checks.leader).get(check)
    assert answer.context["report"].ok and "Everything was recomputed and agrees." in said(answer)
    proof = browser(checks.leader).get(reverse("inspections:proof", args=[draw.pk]))
    draw.refresh_from_db()
    from chengshu.kernel import draw as lot

    assert lot.proof_sha256(json.loads(b"".join(proof.streaming_content))) == draw.proof_sha256


# --- progress ---------------------------------------------------------------------------------------
def test_every_number_of_progress_opens_a_list_of_as_many(checks: Checks) -> None:
    made = checks.drawn()
    checks.reported(made[0], result=8, problems=["1"])
    checks.reported(made[1])
    drawing.withdraw(made[2], "closed", by=checks.supervisor)
    checks.task(title="逾期的", due_on=timezone.localdate() - timedelta(days=1))
    supervisor = browser(checks.supervisor)
    page = supervisor.get(reverse("inspections:progress"))
    quarters, squads = page.context["quarters"], page.context["squads"]
    assert sum(row["drawn"] for row in squads) == 5 and sum(row["done"] for row in squads) == 2
    for row in [*quarters, *squads]:
        for cell in [*row.get("tasks", []), *row["cells"]]:
            found = supervisor.get(cell["url"]).context["page"]
            shown = found.items
            if "/drawn/" in cell["url"] and "show=" not in cell["url"]:
                shown = [one for one in shown if one.state != "withdrawn"]
            assert len(shown) == cell["n"], cell


def test_the_map_shows_the_drawn_inspections_of_a_task(checks: Checks) -> None:
    made = checks.drawn()
    checks.reported(made[0])
    supervisor = browser(checks.supervisor)
    asked = {"task": made[0].task_id, "bbox": "121,31,122,32", "zoom": "15"}
    answer = supervisor.get(reverse("inspections:drawn_map_data"), asked).json()
    assert answer["total"] == 5 and sorted(answer["points"]["class"]) == ["done", *["open"] * 4]
    assert supervisor.get(reverse("inspections:drawn_map"), {"task": made[0].task_id}).status_code == 200
    assert supervisor.get(reverse("inspections:drawn_map_data"), {"bbox": "x"}).status_code == 400
    where = supervisor.get(reverse("inspections:drawn_one", args=[made[0].pk]))
    assert where.status_code == 302


def test_the_list_of_drawn_inspections_takes_three_queries(
    checks: Checks, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    checks.drawn()
    supervisor = browser(checks.supervisor)
    supervisor.get(reverse("inspections:drawn"))
    with django_assert_num_queries(2):  # session with person, list
        supervisor.get(reverse("inspections:drawn"), {"show": "open"})


# --- the form of the rules --------------------------------------------------------------------------
CLASSES = st.sampled_from(["", "A", "B", "C", "D"])
COMMON = {
    "per_year": st.integers(0, 100),
    "recent_days": st.integers(0, 3660),
    "complaints": st.sampled_from(["ignore", "exclude", "only"]),
    "area_cap": st.integers(0, 1000),
    "at_least": st.integers(0, 1000),
    "officers": st.integers(2, 6),
    "same_squad": st.booleans(),
    "rotate": st.booleans(),
    "strata": st.just(["class", "town", "credit"]),
}
BY_NUMBER = st.fixed_dictionaries(
    {**COMMON, "number": st.integers(1, 10**6), "weights": st.dictionaries(CLASSES, st.integers(0, 10**4))}
)
BY_SHARE = st.fixed_dictionaries(
    {**COMMON, "per_mille": st.dictionaries(CLASSES, st.integers(1, 1000), min_size=1)}
)


@given(kept=BY_NUMBER | BY_SHARE)
@settings(max_examples=60)
def test_rules_come_out_of_their_form_as_they_went_in(kept: dict[str, Any]) -> None:
    whole = Rules.model_validate(kept).model_dump()
    form = RulesForm(district=District.objects.get(code="310107"), initial=RulesForm.initial_of(whole))
    shown = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in shown.items() if value is not None and value is not False}
    again = RulesForm(sent, district=form.district)
    assert again.is_valid(), again.errors
    assert Rules.model_validate(again.rules()).model_dump() == whole


def test_a_task_of_several_squads_takes_one_line_in_the_list(checks: Checks) -> None:
    made = checks.drawn()
    checks.reported(made[0])
    squads = len({one.squad_id for one in made})
    page = browser(checks.clerk).get(reverse("inspections:tasks"))
    (row,) = page.context["rows"]
    assert (row["squads_done"], row["squads_n"]) == (1, 5)
    folded = re.search(r"<details class=\"squads\"><summary[^>]*>([^<]*)</summary>", said(page))
    assert (folded is not None) == (squads > 1)
    if folded:
        assert " ".join(folded[1].split()) == f"{squads} squads · 1/5"
