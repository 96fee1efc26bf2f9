"""Printing for many cases: issued documents as kept, drafts where nothing is issued, in one's area only."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from chengshu.bureau.models import Unit
from chengshu.cases.documents import DocumentProblem, kinds
from chengshu.cases.models import Case
from chengshu.cases.services.documents import STEP_OF, issue_document
from chengshu.cases.services.printing import (
    AT_ONCE,
    JOB,
    KEPT_FOR,
    MOST_CASES,
    forget_old_prints,
    kinds_of,
    print_cases,
)
from chengshu.cases.views.printing import GROUPS
from chengshu.kernel.models import Job, LedgerEntry
from tests import factories
from tests.cases.conftest import Team
from tests.cases.pages import browser
from tests.cases.test_services import on_the_spot
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db
SPOT = "simple_decision"


def titles(pdf: bytes) -> list[str]:
    """The documents of a bound PDF by its outline."""
    return [str(entry.title) for entry in PdfReader(BytesIO(pdf)).outline if not isinstance(entry, list)]


def text(pdf: bytes) -> str:
    """All words of a PDF, without the spaces between."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def spot(team: Team) -> Case:
    """A case decided on the spot that can be issued; each at another place, being another act."""
    return on_the_spot(team, address=f"长寿路{Case.objects.count() + 1}号")


def test_the_latest_issued_version_is_printed_in_the_order_asked_for(team: Team) -> None:
    first, second = spot(team), spot(team)
    for case in (first, second, second):
        issue_document(case, SPOT, by=team.first)
    made = print_cases([second.pk, first.pk, second.pk], SPOT, by=team.first)
    assert [title.split()[0] for title in titles(made)] == [second.title, first.title]
    entry = LedgerEntry.objects.get(chain=f"cases.print:{team.first.pk}")
    assert entry.payload == {"cases": [second.pk, first.pk], "documents": SPOT, "sheets": 2}


def test_what_is_not_issued_is_printed_as_a_draft(team: Team) -> None:
    issued, first, second = spot(team), spot(team), spot(team)
    issue_document(issued, SPOT, by=team.first)
    made = print_cases([first.pk, second.pk, issued.pk], SPOT, by=team.first)
    words = text(made)
    assert all(case.decision_number in words for case in (issued, first, second))
    assert len(titles(made)) == 2  # the two drafts are set as one part


def test_a_group_prints_every_kind_that_the_case_has(team: Team) -> None:
    case = spot(team)
    group = next(kind.group for kind in kinds() if kind.code == "service_return")
    words = text(print_cases([case.pk], group, by=team.first))
    assert "送达回证" in words


def test_cases_of_another_squad_are_left_out(team: Team) -> None:
    mine, theirs = spot(team), spot(team)
    squad = factories.unit(team.district, Unit.Kind.SQUAD, "桃浦镇")
    Case.objects.filter(pk=theirs.pk).update(squad=squad)
    words = text(print_cases([mine.pk, theirs.pk], SPOT, by=team.first))
    assert mine.decision_number in words
    assert theirs.decision_number not in words
    with pytest.raises(DocumentProblem, match="没有此类文书"):
        print_cases([theirs.pk], SPOT, by=team.first)


def test_the_list_leads_to_the_pdf_and_a_problem_back_to_the_list(team: Team) -> None:
    case, client = spot(team), browser(team.first)
    page = client.get(reverse("cases:list")).content.decode()
    assert f'name="id" value="{case.pk}"' in page and "打印所选案件文书" in page
    answer = client.post(reverse("cases:print"), {"id": [str(case.pk)], "documents": SPOT})
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    answer = client.post(reverse("cases:print"), {"documents": SPOT, "query": "state=open"}, follow=True)
    assert answer.redirect_chain == [("/cases/?state=open", 302)]
    assert "请至少选择一件案件" in answer.content.decode()


@pytest.mark.parametrize(
    ("ids", "choice", "sentence"),
    [
        ([1], "没有这种文书", "请选择要打印的文书"),
        ([], SPOT, "请至少选择"),
        (list(range(1, MOST_CASES + 2)), SPOT, "一次最多打印"),
    ],
)
def test_bad_input_gets_one_clear_sentence(team: Team, ids: list[int], choice: str, sentence: str) -> None:
    with pytest.raises(DocumentProblem, match=sentence):
        print_cases(ids, choice, by=team.first)


def test_every_group_on_offer_has_a_name_and_kinds() -> None:
    offered: Any = {kind.group for kind in kinds() if kind.code in STEP_OF}
    assert offered <= set(GROUPS)
    assert all(kinds_of(group) for group in offered)


def sent(team: Team, cases: list[Case]) -> Any:
    """The answer to printing the decisions of some cases."""
    ids = [str(case.pk) for case in cases]
    return browser(team.first).post(reverse("cases:print"), {"id": ids, "documents": SPOT})


def test_many_cases_are_printed_by_the_worker_and_downloaded(team: Team) -> None:
    cases = [spot(team) for _n in range(AT_ONCE + 1)]
    answer = sent(team, cases)
    job = Job.objects.get(kind=JOB)
    assert answer.url == reverse("job", args=[job.pk])
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", len(cases) + 1), job.message
    client = browser(team.first)
    assert reverse("cases:print_file", args=[job.pk]) in client.get(job.url).content.decode()
    file = client.get(reverse("cases:print_file", args=[job.pk]))
    words = text(b"".join(file.streaming_content))  # type: ignore[attr-defined]
    assert all(case.decision_number in words for case in cases)
    assert "no-store" in file["Cache-Control"]
    assert browser(team.leader).get(reverse("cases:print_file", args=[job.pk])).status_code == 404


def test_a_print_can_be_stopped(team: Team) -> None:
    sent(team, [spot(team) for _n in range(AT_ONCE + 1)])
    job = Job.objects.get(kind=JOB)
    browser(team.first).post(reverse("job_cancel", args=[job.pk]))
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.result) == ("cancelled", {})
    assert not LedgerEntry.objects.filter(action="documents.printed").exists()


def test_what_was_printed_is_let_go_of_after_a_day(team: Team) -> None:
    sent(team, [spot(team) for _n in range(AT_ONCE + 1)])
    run_jobs()
    job = Job.objects.get(kind=JOB)
    assert forget_old_prints() == 0
    Job.objects.filter(pk=job.pk).update(finished_at=job.finished_at - KEPT_FOR)  # type: ignore[operator]
    assert forget_old_prints() == 1
    page = browser(team.first).get(job.url).content.decode()
    assert "已过保留期" in page
