"""The pages of whole files: taking one out, checking a copy, reviewing many, importing old ones."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chengshu.bureau.models import District, User
from chengshu.cases.models import Case
from chengshu.kernel import ledger
from chengshu.kernel.models import Job, LedgerEntry, UnmaskRecord
from tests import factories
from tests.cases import files, planted
from tests.cases.test_import_cases import GENERAL, SIMPLE, table
from tests.cases.test_review_command import write
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="chengshu.bureau.backends.BureauBackend")
    return client


@pytest.fixture
def reviewer(district: District) -> User:
    return factories.make_user("legal_reviewer")


@pytest.fixture
def sealed_case(district: District) -> Any:
    """A case of 2021, sealed in the night after; the test happens on the day after that."""
    with time_machine.travel(datetime(2021, 12, 1, 4, tzinfo=UTC), tick=False) as clock:
        case = files.make_file(district)
        clock.move_to(datetime(2021, 12, 2, 4, tzinfo=UTC))
        ledger.seal_missed()
        yield case


def export(client: Client, case: Case, reason: str = "复议机关调卷") -> bytes:
    answer: Any = client.post(reverse("cases:file_export", args=[case.pk]), {"reason": reason})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def check(client: Client, content: bytes) -> Any:
    upload = SimpleUploadedFile("copy.zip", content, "application/zip")
    return client.post(reverse("cases:verify"), {"file": upload})


def forged(content: bytes) -> bytes:
    """A copy in which the fine of the decision is another."""

    def change(part: bytes) -> bytes:
        steps = json.loads(part)
        step = next(s for s in steps if s["document"]["kind"] == "approve_decision")
        step["document"]["data"]["outcomes"][0]["fine"] = 50
        return json.dumps(steps, ensure_ascii=False).encode()

    return files.rewritten(content, {"steps.json": change}).getvalue()


# --- export and check ---------------------------------------------------------------------------------
def test_the_file_is_taken_out_with_a_reason_that_is_recorded(sealed_case: Case, reviewer: User) -> None:
    content = export(browser(reviewer), sealed_case)
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert UnmaskRecord.objects.get().reason == "复议机关调卷"
    assert LedgerEntry.objects.filter(chain=sealed_case.chain, action="file.exported").count() == 1


def test_without_a_reason_nothing_is_given_out(sealed_case: Case, reviewer: User) -> None:
    answer = browser(reviewer).post(reverse("cases:file_export", args=[sealed_case.pk]), {"reason": " "})
    assert answer.status_code == 302
    assert not LedgerEntry.objects.filter(action="file.exported").exists()


def test_a_file_outside_ones_area_is_not_there(sealed_case: Case, district: District) -> None:
    other = factories.make_other_district()
    stranger = factories.make_user("legal_reviewer", factories.unit(other))
    answer = browser(stranger).post(
        reverse("cases:file_export", args=[sealed_case.pk]), {"reason": "看看别区"}
    )
    assert answer.status_code == 404


def test_the_page_of_a_case_offers_the_export_to_whoever_may(sealed_case: Case, reviewer: User) -> None:
    url = reverse("cases:case", args=[sealed_case.pk])
    offered = reverse("cases:file_export", args=[sealed_case.pk])
    assert offered in browser(reviewer).get(url).content.decode()
    assert offered not in browser(factories.make_user("supervisor")).get(url).content.decode()


def test_an_untouched_copy_is_recognised(sealed_case: Case, reviewer: User) -> None:
    client = browser(reviewer)
    answer = check(client, export(client, sealed_case))
    assert answer.status_code == 200 and answer.context["report"].ok
    assert answer.context["report"].compared
    assert answer.context["given_out"].actor == reviewer.username
    assert "与记录一致" in answer.content.decode()


def test_a_changed_step_is_shown_with_what_was_recorded_and_what_the_copy_says(
    sealed_case: Case, reviewer: User
) -> None:
    client = browser(reviewer)
    answer = check(client, forged(export(client, sealed_case)))
    (change,) = answer.context["changes"]
    assert change["step"].label == "作出处罚决定"
    ((label, field),) = change["fields"]
    assert label == "罚款（元）"
    assert (field.name, field.recorded, field.in_file) == ("data.outcomes.0.fine", "200", "50")
    assert "作出处罚决定" in answer.content.decode()


def test_a_copy_whose_lists_were_mended_too_is_no_export_of_ours(sealed_case: Case, reviewer: User) -> None:
    from tests.cases.test_verify import mended

    client = browser(reviewer)
    answer = check(client, mended(forged(export(client, sealed_case))).getvalue())
    assert "altered_manifest" in {problem.kind for problem in answer.context["report"].problems}


def test_a_case_younger_than_the_last_seal_is_held_against_the_records(
    sealed_case: Case, reviewer: User, district: District
) -> None:
    client, young = browser(reviewer), files.make_file(district, 2)
    content = export(client, young)
    assert check(client, content).context["report"].ok
    stranger = factories.make_user("legal_reviewer", factories.unit(factories.make_other_district()))
    told = check(browser(stranger), content).context["report"].problems
    assert {problem.kind for problem in told} == {"not_proved"}


def test_whoever_does_not_see_the_case_gets_the_check_without_the_records(
    sealed_case: Case, reviewer: User
) -> None:
    content = forged(export(browser(reviewer), sealed_case))
    stranger = factories.make_user("legal_reviewer", factories.unit(factories.make_other_district()))
    answer = check(browser(stranger), content)
    assert answer.context["case"] is None and not answer.context["report"].ok
    assert "changes" not in answer.context


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04"])
def test_what_is_no_file_of_a_case_gets_one_sentence(reviewer: User, content: bytes) -> None:
    answer = check(browser(reviewer), content)
    assert answer.status_code == 422 and len(answer.context["form"].errors) == 1


# --- review -------------------------------------------------------------------------------------------
def test_files_are_reviewed_by_the_worker_and_the_findings_read(district: District, reviewer: User) -> None:
    bad, _good = write(district, planted.outcome(planted.general(), fine=100), planted.general())
    client = browser(reviewer)
    answer = client.post(reverse("cases:review"), {"year": 2020})
    assert answer.status_code == 302
    assert client.get(answer["Location"]).status_code == 200  # waiting
    run_jobs()
    page = client.get(answer["Location"])
    text = page.content.decode()
    assert page.context["result"]["files"] == 2 and "罚款幅度" in text
    assert reverse("cases:case", args=[bad.pk]) in text
    assert client.get(f"{answer['Location']}?weight=grave").status_code == 200
    only = client.get(f"{answer['Location']}?rule=fine-range")
    assert {one["rule"] for one in only.context["page"]} == {"fine-range"}
    job = Job.objects.get()
    assert client.get(reverse("cases:review_state", args=[job.pk]))["HX-Refresh"] == "true"
    workbook: Any = client.get(reverse("cases:review_table", args=[job.pk]))
    assert b"".join(workbook.streaming_content).startswith(b"PK")
    assert "案卷评查" in client.get(reverse("cases:review")).content.decode()


def test_a_draw_without_a_word_is_refused(district: District, reviewer: User) -> None:
    answer = browser(reviewer).post(reverse("cases:review"), {"sample": 5})
    assert answer.status_code == 422 and "seed" in answer.context["form"].errors


def test_a_review_covers_only_ones_own_area(district: District, reviewer: User) -> None:
    write(district, planted.general())
    stranger = factories.make_user("legal_reviewer", factories.unit(factories.make_other_district()))
    client = browser(stranger)
    answer = client.post(reverse("cases:review"), {})
    run_jobs()
    assert client.get(answer["Location"]).context["result"]["files"] == 0
    assert browser(reviewer).get(answer["Location"]).status_code == 404


# --- import -------------------------------------------------------------------------------------------
def test_a_table_is_checked_and_then_imported(district: District, reviewer: User) -> None:
    client = browser(reviewer)
    upload = SimpleUploadedFile("old.xlsx", table(GENERAL, {**SIMPLE, "fine": "many"}).getvalue())
    answer = client.post(reverse("cases:import"), {"file": upload})
    run_jobs()
    page = client.get(answer["Location"])
    assert page.context["counts"] == {"new": 1, "same": 0, "rejected": 1}
    assert "many" in page.content.decode() and not Case.objects.exists()
    checked = Job.objects.get(kind="cases.import.check")
    apply = reverse("cases:import_apply", args=[checked.pk])
    client.post(apply)
    second = client.post(apply)  # asked twice while it waits
    run_jobs()
    assert Case.objects.count() == 1 and second.status_code == 302
    done = client.get(reverse("cases:import_result", args=[Job.objects.get(kind="cases.import").pk]))
    assert done.context["result"]["written"]
    assert Case.objects.get().steps.order_by("seq")[0].by == reviewer
    case_page = client.get(reverse("cases:case", args=[Case.objects.get().pk]))
    assert case_page.status_code == 200


def test_findings_of_imported_cases_lead_to_them(district: District, reviewer: User) -> None:
    client = browser(reviewer)
    upload = SimpleUploadedFile("old.xlsx", table({**GENERAL, "fine": 90_000}).getvalue())
    client.post(reverse("cases:import"), {"file": upload})
    run_jobs()
    client.post(reverse("cases:import_apply", args=[Job.objects.get().pk]))
    run_jobs()
    page = client.get(reverse("cases:import_result", args=[Job.objects.get(kind="cases.import").pk]))
    assert reverse("cases:case", args=[Case.objects.get().pk]) in page.content.decode()


def test_a_table_that_cannot_be_read_says_why(district: District, reviewer: User) -> None:
    client = browser(reviewer)
    upload = SimpleUploadedFile("old.xlsx", table(GENERAL, without="cause").getvalue())
    answer = client.post(reverse("cases:import"), {"file": upload})
    run_jobs()
    assert "案由" in client.get(answer["Location"]).content.decode()
    bad = client.post(reverse("cases:import"), {"file": SimpleUploadedFile("x.exe", b"MZ\x90" * 50)})
    assert bad.status_code == 422


def test_the_template_is_given_out(reviewer: User) -> None:
    answer: Any = browser(reviewer).get(reverse("cases:import_template"))
    assert "cases-import.xlsx" in answer["Content-Disposition"]
    assert b"".join(answer.streaming_content).startswith(b"PK")
