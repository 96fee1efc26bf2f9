"""The pages of credit: what each shows, what can be done on it, in both languages, in few queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import User
from chengshu.inspections.credit import queries, tasks
from chengshu.inspections.credit.queries import ListFilter
from chengshu.inspections.credit.services import classes, exchange, objections, repairs
from chengshu.inspections.models import CreditExport, CreditProposal, CreditRepair, DishonestyEntry
from chengshu.kernel.jobs import Progress
from chengshu.kernel.models import Job, UnmaskRecord
from chengshu.registry.dossier import timeline
from tests import factories

from .conftest import Credit
from .test_entries import proposed, published
from .test_exchange import PERSON
from .test_repairs import application, paper, shown

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    return client


def page(user: User, name: str, *args: Any, **query: str) -> str:
    answer = browser(user).get(reverse(f"inspections:{name}", args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def send(user: User, name: str, *args: Any, **data: Any) -> Any:
    return browser(user).post(reverse(f"inspections:{name}", args=args), data)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages(credit: Credit, language: str) -> None:
    entry = shown(published(credit), 120)
    repair = repairs.apply_for_entry(entry, application(), by=credit.legal)
    classes.assess_district(credit.district, by=credit.clerk)
    row = credit.open_proposal()
    export = exchange.export(credit.district, by=credit.clerk)
    pages = [
        ("credit", ()), ("credit_proposal", (row.pk,)), ("credit_file", (credit.shop.pk,)),
        ("credit_entries", ()), ("credit_entry_new", ()), ("credit_entry", (entry.pk,)),
        ("credit_repair_entry", (entry.pk,)), ("credit_repair_penalty", (entry.case_id,)),
        ("credit_repairs", ()), ("credit_repair", (repair.pk,)), ("credit_exports", ()),
        ("credit_export", (export.pk,)),
    ]  # fmt: skip
    client = browser(credit.legal)
    for name, args in pages:
        answer = client.get(reverse(f"inspections:{name}", args=args), HTTP_ACCEPT_LANGUAGE=language)
        assert answer.status_code == 200, name
    assert credit.shop.name in page(credit.chief, "credit")


def test_the_lists_take_one_query_each(
    credit: Credit, django_assert_num_queries: DjangoAssertNumQueries, rf: Any
) -> None:
    published(credit)
    classes.assess_district(credit.district)
    rows = {
        "proposals": queries.proposals, "entries": queries.entries, "repairs": queries.repairs,
    }  # fmt: skip
    credit.clerk.scope_for("credit.view")
    for ask in rows.values():
        with django_assert_num_queries(1):
            queries.page_of(ask(credit.clerk, ListFilter()), rf.get("/"))


def test_a_page_past_the_end_shows_the_first(credit: Credit, rf: Any) -> None:
    proposed(credit)
    found = queries.page_of(queries.entries(credit.clerk, ListFilter()), rf.get("/?page=9"))
    assert (found.number, found.total) == (1, 1)


def test_filters_narrow_the_lists(credit: Credit) -> None:
    entry = published(credit)
    classes.assess_district(credit.district)
    assert credit.shop.name in page(credit.clerk, "credit", credit="C")
    assert credit.shop.name not in page(credit.clerk, "credit", credit="D")
    assert credit.shop.name not in page(credit.clerk, "credit", state="accepted")
    assert entry.number in page(credit.clerk, "credit_entries", level="ordinary", state="published")
    assert entry.number not in page(credit.clerk, "credit_entries", q="没有这个人")


def test_a_class_is_decided_on_its_page_and_a_refusal_stands_in_the_form(credit: Credit) -> None:
    credit.case()
    classes.assess_district(credit.district)
    row = credit.open_proposal()
    bad = send(credit.chief, "credit_proposal", row.pk, **{"action": "decide", "decide-answer": "refuse"})
    assert bad.status_code == 422
    assert (
        send(
            credit.chief, "credit_proposal", row.pk, **{"action": "decide", "decide-answer": "accept"}
        ).status_code
        == 302
    )
    credit.shop.refresh_from_db()
    assert credit.shop.credit == "B"
    assert send(credit.clerk, "credit_proposal", row.pk, action="decide").status_code == 404


def test_several_classes_are_accepted_at_once(credit: Credit) -> None:
    credit.case()
    classes.assess_district(credit.district)
    row = credit.open_proposal()
    assert send(credit.chief, "credit_accept", proposal=[row.pk, "x"]).status_code == 302
    row.refresh_from_db()
    assert row.state == "accepted"


def test_a_class_is_proposed_in_the_credit_file(credit: Credit) -> None:
    data = {"action": "propose", "propose-credit": "D", "propose-note": "多次拒不改正"}
    assert send(credit.clerk, "credit_file", credit.shop.pk, **data).status_code == 302
    assert CreditProposal.objects.get().proposed == "D"


def test_an_entry_goes_its_way_in_the_browser(credit: Credit) -> None:
    case, today = credit.case(), timezone.localdate().isoformat()
    draft = {
        "case": case.number,
        "ground": "general_penalty",
        "facts": "事实",
        "measures": ["more_inspections"],
    }
    assert send(credit.legal, "credit_entry_new", **{**draft, "case": "没有"}).status_code == 422
    assert send(credit.legal, "credit_entry_new", **{**draft, "measures": ["no_honours"]}).status_code == 422
    assert send(credit.legal, "credit_entry_new", **draft).status_code == 302
    entry = DishonestyEntry.objects.get()
    steps = [
        (credit.legal, {"action": "notify", "notify-on": today}),
        (credit.legal, {"action": "state", "state-on": today, "state-text": "无意见"}),
        (credit.chief, {"action": "decide", "decide-enter": "yes", "decide-reason": "事实清楚"}),
        (credit.chief, {"action": "publish"}),
        (credit.legal, {"action": "object", "object-on": today, "object-said": "已履行"}),
        (credit.deputy, {"action": "answer", "answer-upheld": "yes", "answer-text": "属实"}),
        (credit.legal, {"action": "tell", "tell-on": today}),
    ]
    for user, data in steps:
        assert send(user, "credit_entry", entry.pk, **data).status_code == 302, data
    entry.refresh_from_db()
    assert (entry.state, entry.told_on) == ("revoked", timezone.localdate())


def test_a_repair_goes_its_way_in_the_browser(credit: Credit) -> None:
    entry, today = shown(published(credit), 120), timezone.localdate().isoformat()
    data = {
        "action": "apply",
        "apply-applied_on": today,
        "apply-statement": "已纠正",
        "apply-performed_on": today,
    }
    assert send(credit.legal, "credit_repair_entry", entry.pk, **data).status_code == 302
    repair = CreditRepair.objects.get()
    grant = {"action": "decide", "decide-grant": "yes", "decide-reason": "条件具备"}
    assert send(credit.chief, "credit_repair", repair.pk, **grant).status_code == 422
    content = paper()
    content.name = "承诺书.png"
    commit = {"action": "commit", "commit-commitment": content}
    assert send(credit.legal, "credit_repair", repair.pk, **commit).status_code == 302
    answer = browser(credit.legal).get(reverse("inspections:credit_commitment", args=[repair.pk]))
    assert answer.status_code == 200
    assert send(credit.chief, "credit_repair", repair.pk, **grant).status_code == 302
    entry.refresh_from_db()
    assert entry.state == "repaired"


def test_the_files_of_an_export_are_taken_with_a_reason_that_is_recorded(credit: Credit) -> None:
    credit.case(party=PERSON)
    export = exchange.export(credit.district, by=credit.clerk)
    shown_page = page(credit.clerk, "credit_export", export.pk)
    assert "王小明" not in shown_page and PERSON["id_number"] not in shown_page
    assert send(credit.clerk, "credit_export", export.pk, action="csv").status_code == 422
    answer = send(credit.clerk, "credit_export", export.pk, **{"action": "csv", "csv-reason": "报送信用办"})
    assert answer.status_code == 200
    assert "王小明" in b"".join(answer.streaming_content).decode("utf-8-sig")
    assert UnmaskRecord.objects.get().subject == f"credit.export:{export.pk}"


def test_an_export_shows_its_entries_masked_and_names_those_left_out(credit: Credit) -> None:
    entry = published(credit)
    DishonestyEntry.objects.filter(pk=entry.pk).update(
        party_kind="person", party_name="王小明", id_number=PERSON["id_number"]
    )
    shown_page = page(credit.clerk, "credit_export", exchange.export(credit.district, by=credit.clerk).pk)
    assert entry.number in shown_page and "王*明" in shown_page and "王小明" not in shown_page
    other = published(credit)
    DishonestyEntry.objects.filter(pk=other.pk).update(id_number="")
    credit.case()
    shown_page = page(credit.clerk, "credit_export", exchange.export(credit.district, by=credit.clerk).pk)
    assert f'href="/inspections/credit/entries/{other.pk}/"' in shown_page


def test_whoever_decided_reads_that_another_person_answers_and_has_no_form(credit: Credit) -> None:
    entry = published(credit)
    objections.file(entry, "已履行", timezone.localdate(), by=credit.legal)
    assert "须由他人答复" in page(credit.chief, "credit_entry", entry.pk)
    assert "须由他人答复" not in page(credit.deputy, "credit_entry", entry.pk)
    data = {"action": "answer", "answer-upheld": "no", "answer-text": "理由"}
    assert send(credit.chief, "credit_entry", entry.pk, **data).status_code == 404
    assert send(credit.deputy, "credit_entry", entry.pk, **data).status_code == 302


def test_what_was_left_out_for_the_same_reason_stands_in_one_line(credit: Credit) -> None:
    credit.case()
    for _n in range(12):
        credit.case(party={"id_number": ""})
    shown_page = page(credit.clerk, "credit_export", exchange.export(credit.district, by=credit.clerk).pk)
    assert shown_page.count("Missing: 统一社会信用代码") == 1
    assert "12 行" in shown_page


def test_assessment_and_export_run_as_jobs(credit: Credit) -> None:
    credit.case()
    assert send(credit.clerk, "credit_assess").status_code == 302
    assert send(credit.clerk, "credit_export_new").status_code == 302
    assert set(Job.objects.values_list("kind", flat=True)) == {"credit.assess", "credit.export"}
    job = Job.objects.create(kind="credit.assess", title="t")
    progress = Progress(job.pk)
    assert (
        tasks.assess_job(progress, district_id=credit.district.pk, user_id=credit.clerk.pk)["proposed"] == 1
    )
    assert tasks.export_job(progress, district_id=credit.district.pk, user_id=credit.clerk.pk)["rows"] == 1
    progress.close()
    assert CreditExport.objects.count() == 1


def test_the_object_s_file_tells_of_classes_and_entries(credit: Credit) -> None:
    entry = published(credit)
    classes.assess_district(credit.district)
    classes.decide(credit.open_proposal(), "accept", by=credit.chief)
    texts = [f"{one.title} {one.text}" for one in timeline(credit.shop, credit.clerk)]
    assert any(entry.number in text for text in texts)
    assert any(("C" in text and "redit" in text) or "信用等级" in text for text in texts)


def test_what_lies_elsewhere_is_not_found(credit: Credit) -> None:
    entry = proposed(credit)
    elsewhere = factories.make_user("squad_leader", factories.unit(credit.district, "squad", "桃浦镇"))
    url = reverse("inspections:credit_entry", args=[entry.pk])
    assert browser(elsewhere).get(url).status_code == 404
    assert browser(factories.make_user("squad_leader", credit.squad)).get(url).status_code == 200
