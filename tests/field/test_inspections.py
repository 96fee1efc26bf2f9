"""Inspections on the phone: start, result with signature and photos, re-check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chengshu.inspections.models import Inspection, InspectionPhoto, InspectionReport
from tests.field.phone import Phone
from tests.inspections.conftest import Checks

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(checks: Checks) -> tuple[Phone, Inspection]:
    """A drawn inspection and the phone of one of its officers."""
    inspection = checks.drawn()[0]
    return Phone(checks.member(inspection)), inspection


def answers(phone: Phone, inspection: Inspection, *problems: str) -> list[dict[str, str]]:
    """Every entry answered."""
    [shown] = [one for one in phone.get("today").json()["inspections"] if one["id"] == inspection.pk]
    codes = [entry["code"] for entry in shown["checklist"]["entries"]]
    found = dict.fromkeys(problems or (), "yes")
    return [{"code": code, "found": found.get(code, "na" if n else "no")} for n, code in enumerate(codes)]


def test_an_inspection_without_a_finding(drawn: tuple[Phone, Inspection]) -> None:
    phone, inspection = drawn
    start = timezone.now() - timedelta(minutes=20)
    signature = phone.upload()
    filled = answers(phone, inspection)
    phone.record("inspection.start", {"inspection": inspection.pk}, at=start)
    data: dict[str, Any] = {
        "inspection": inspection.pk,
        "answers": filled,
        "result": 1,
        "note": "",
        "corrected": False,
        "rectify_by": None,
        "signing": "signed",
        "party_name": "王某",
        "signature": signature,
        "unsigned_because": "",
        "photos": [],
    }
    signed = phone.record("inspection.report", data, files=[signature], at=start + timedelta(minutes=15))
    answer = phone.send()
    assert [one["outcome"] for one in answer["results"]] == ["applied", "applied"], answer
    made = InspectionReport.objects.get(inspection=inspection)
    assert made.signature is not None and made.signature.sha256 == signature and made.position is not None
    assert {one["found"] for one in made.answers} <= {"no", "not_applicable"}
    inspection.refresh_from_db()
    assert inspection.started_at and abs((inspection.started_at - start).total_seconds()) < 1
    assert phone.send([signed])["results"][0]["result"]["state"] == "closed"
    assert InspectionReport.objects.count() == 1


def test_a_finding_with_a_photo_an_order_and_its_re_check(drawn: tuple[Phone, Inspection]) -> None:
    phone, inspection = drawn
    filled = answers(phone, inspection)
    filled[0]["found"] = "yes"
    sha = phone.upload()
    tomorrow = timezone.localdate() + timedelta(days=1)
    data = {
        "inspection": inspection.pk,
        "answers": filled,
        "result": 5,
        "rectify_by": str(tomorrow),
        "signing": "refused",
        "unsigned_because": "店员拒签，居委会见证",
        "photos": [{"sha256": sha, "entry": filled[0]["code"]}],
    }
    phone.do("inspection.start", {"inspection": inspection.pk})
    result = phone.do("inspection.report", data, files=[sha])
    assert result["outcome"] == "applied" and result["result"]["state"] == "ordered", result
    photo = InspectionPhoto.objects.get(inspection=inspection)
    assert photo.file.sha256 == sha and photo.entry == filled[0]["code"] and photo.taken_at
    done = phone.do("inspection.recheck", {"inspection": inspection.pk, "complied": True, "rectify_by": ""})
    assert done["outcome"] == "applied" and done["result"]["state"] == "closed", done


def test_a_result_without_a_signature_file_is_refused_and_kept(drawn: tuple[Phone, Inspection]) -> None:
    phone, inspection = drawn
    phone.do("inspection.start", {"inspection": inspection.pk})
    data = {"inspection": inspection.pk, "answers": answers(phone, inspection), "result": 1}
    result = phone.do("inspection.report", {**data, "signing": "signed", "party_name": "王某"})
    assert result["outcome"] == "refused" and "签" in result["messages"][0]
    assert not InspectionReport.objects.exists()


def test_only_the_team_inspects(checks: Checks) -> None:
    inspection = checks.drawn()[0]
    team = set(inspection.team.values_list("user", flat=True))
    squad = checks.member(inspection).unit_id
    other = next((one for one in checks.officers if one.unit_id == squad and one.pk not in team), None)
    outsider = other or checks.squad_leader
    result = Phone(outsider).do("inspection.start", {"inspection": inspection.pk})
    assert result["outcome"] == "refused"


def test_an_answer_of_no_known_kind_is_refused(drawn: tuple[Phone, Inspection]) -> None:
    phone, inspection = drawn
    data = {
        "inspection": inspection.pk,
        "answers": [{"code": "1", "found": "maybe"}],
        "result": 1,
        "signing": "x",
    }
    result = phone.do("inspection.report", data)
    assert result["outcome"] == "refused" and "answers.0.found" in result["messages"][0]
    assert phone.do("inspection.start", {"inspection": 2**62})["outcome"] == "refused"
