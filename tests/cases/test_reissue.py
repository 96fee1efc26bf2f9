"""A document issued again: the same number for the same step, a new one for a new step."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from chengshu.cases.documents import DocumentProblem, kind
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.bulk import WholeFile, write_files
from chengshu.cases.services.documents import STEP_OF, issue_document
from tests.cases import files
from tests.cases import planted as p
from tests.cases.conftest import Team
from tests.cases.test_services import reported

ORDER = {"party": "1", "what": "清理堆物", "due_on": "2022-03-20"}


def test_a_text_set_right_keeps_its_number_and_a_new_order_gets_a_new_one(team: Team) -> None:
    assert kind("rectification_order").numbered
    assert STEP_OF["rectification_order"] is K.ORDER_RECTIFY
    course = reported(team)
    course.take(K.ORDER_RECTIFY, **ORDER)
    first, again = (issue_document(course.case, "rectification_order", by=team.first) for _ in range(2))
    assert first.number
    assert (again.number, again.version) == (first.number, 2)
    course.take(K.ADD_EVIDENCE, type="record", sha256="b" * 64)
    assert issue_document(course.case, "rectification_order", by=team.first).number == first.number
    course.take(K.ORDER_RECTIFY, **ORDER)
    new = issue_document(course.case, "rectification_order", by=team.first)
    assert new.version == 4
    assert new.number not in ("", first.number)


def test_no_document_is_issued_in_a_case_of_another_system(team: Team) -> None:
    given = WholeFile(p.general_file(files.plan(1)), squad=team.squad, number="旧1", partial=True)
    (case,) = write_files(team.district, [given], by=None)
    with translation.override("zh-hans"), pytest.raises(DocumentProblem, match="不在本系统办理"):
        issue_document(case, "penalty_decision", by=team.first)


@pytest.mark.parametrize(
    "table", ["casestep", "caseevent", "evidenceitem", "custodyentry", "casedocument", "documentdraft"]
)
@pytest.mark.django_db
def test_the_database_refuses_to_empty_the_record(table: str) -> None:
    with connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"TRUNCATE cases_{table} CASCADE")
        cursor.execute(
            "SELECT tgenabled FROM pg_trigger"
            " WHERE tgname = 'append_only_truncate' AND tgrelid = %s::regclass",
            [f"cases_{table}"],
        )
        assert cursor.fetchall() == [("A",)]  # also for a session that plays a replica
