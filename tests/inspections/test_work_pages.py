"""The officer's pages: list, inspection, report, correction, re-check, sheet for the inspected party."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from chengshu.inspections.lifecycle import Kind, Result, State
from chengshu.inspections.models import Inspection, InspectionReport
from chengshu.inspections.services import arranging
from chengshu.kernel.draw.canonical import key_for
from chengshu.kernel.models import LedgerEntry
from chengshu.registry.queries import reference
from tests import factories
from tests.inspections.conftest import Checks
from tests.inspections.pages import answers, browser, drawn_signature, page, photo, post, refusals

pytestmark = pytest.mark.django_db
LIST = "/inspections/work/"


@pytest.fixture(autouse=True)
def _fresh_reference() -> None:
    reference.forget()


def routine(checks: Checks, **stated: object) -> Inspection:
    """A routine inspection of a shop of the first squad."""
    due = timezone.localdate() + timedelta(days=3)
    shop = checks.shops[0]
    values = {
        "kind": Kind.ROUTINE,
        "officers": checks.officers[:2],
        "reason": "日常巡查",
        "due_on": due,
        **stated,
    }
    return arranging.arrange(shop, by=checks.officers[0], **values)  # type: ignore[arg-type]


# --- the list -----------------------------------------------------------------------------------------
def test_an_officer_sees_own_inspections_and_drawn_ones_apart_from_the_others(checks: Checks) -> None:
    drawn = checks.drawn()
    one = drawn[0]
    officer = checks.member(one)
    client = browser(officer)
    mine = {i.number for i in drawn if i.team.filter(user=officer, replaced_at=None).exists()}
    shown = client.get(LIST)
    assert {row["number"] for row in shown.context["rows"]} == mine
    assert [tab["count"] for tab in shown.context["tabs"]] == [len(mine), 0]
    extra = routine(checks)
    colleague = browser(checks.officers[0])
    outside = colleague.get(LIST, {"tab": "outside"})
    assert [row["number"] for row in outside.context["rows"]] == [extra.number]
    drawn_now = colleague.get(LIST, {"tab": "drawn"})
    assert extra.number not in {row["number"] for row in drawn_now.context["rows"]}
    assert dict(drawn_now.context["figures"]).keys() == {Kind.RANDOM.label}
    assert {label for label, _f in outside.context["figures"]} == {
        Kind.ROUTINE.label,
        Kind.SPECIAL.label,
        Kind.FOLLOW_UP.label,
    }


def test_the_list_takes_three_queries(
    checks: Checks, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    checks.drawn()
    client = browser(checks.leader)
    client.get(LIST)
    with django_assert_num_queries(2):  # session with person; figures, total and rows
        assert len(client.get(LIST).context["rows"]) == 5


def test_lights_follow_the_days_and_filter_the_list(checks: Checks) -> None:
    today = timezone.localdate()
    client = browser(checks.leader)
    days = {"red": -1, "amber": 2, "green": 30}
    for colour, shop, left in zip(days, checks.shops[::2], days.values(), strict=False):
        made = arranging.arrange(
            shop, Kind.SPECIAL, checks.officers[:2], by=checks.squad_leader, reason=colour,
            starts_on=today - timedelta(days=9), due_on=today + timedelta(days=left),
        )  # fmt: skip
        shown = client.get(LIST, {"tab": "outside", "light": colour, "whose": "all"}).context["rows"]
        assert [row["number"] for row in shown] == [made.number]
        assert shown[0]["light"].colour == colour
    figures = client.get(LIST, {"tab": "outside"}).context["figures"]
    special = next(figure for label, figure in figures if label == Kind.SPECIAL.label)
    assert (special.open, special.red, special.amber) == (3, 1, 1)


def test_the_nearest_comes_first_where_the_device_says_where_it_is(checks: Checks) -> None:
    checks.drawn()
    lng, lat = factories.IN_TAOPU
    rows = browser(checks.leader).get(LIST, {"near": f"{lng},{lat}"}).context["rows"]
    metres = [row["metres"] for row in rows]
    assert len(metres) == 5 and metres == sorted(metres)
    assert browser(checks.leader).get(LIST, {"near": "somewhere,x"}).context["rows"]


def test_a_squads_leader_sees_the_squad_and_not_the_other(checks: Checks) -> None:
    checks.drawn()
    rows = browser(checks.squad_leader).get(LIST).context["rows"]
    theirs = Inspection.objects.filter(squad=checks.squads[0]).values_list("number", flat=True)
    assert {row["number"] for row in rows} == set(theirs)


def test_the_list_is_taken_away_as_a_table_and_the_ledger_says_so(checks: Checks) -> None:
    checks.drawn()
    answer = browser(checks.leader).post("/inspections/work/export/", {"query": "tab=drawn&q="})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    assert sheet.max_row == 6 and sheet.cell(1, 1).value == "检查编号"
    assert LedgerEntry.objects.filter(action="inspections.exported").exists()


# --- the page and the report --------------------------------------------------------------------------
def test_an_officer_begins_reports_and_signs_with_a_finger(checks: Checks) -> None:
    one = checks.drawn()[0]
    client = browser(checks.member(one))
    assert page(client, one).context["may"] == {"start", "report"}
    assert post(client, "start", one, {}).headers["Location"].endswith("/report/")
    sent = answers(one)
    answer = post(client, "report", one, sent)
    assert answer.headers["Location"].endswith(f"?recorded={sent['client_id']}")
    assert (one.state, one.result) == (State.CLOSED, Result.NOTHING_FOUND)
    html = page(client, one).content.decode()
    assert "王*明" in html and "王小明" not in html
    signature = client.get(reverse("inspections:signature", args=[one.pk, 1]))
    assert signature["Content-Type"] == "image/png"


def test_the_result_follows_from_the_answers_and_the_date_from_the_data(checks: Checks) -> None:
    one = checks.drawn()[0]
    client = browser(checks.member(one))
    form = client.get(reverse("inspections:report", args=[one.pk]))
    proposed = form.context["form"].initial["rectify_by"]
    assert proposed == timezone.localdate() + timedelta(days=7)
    post(client, "report", one, answers(one, ("1",), rectify_by=proposed.isoformat()))
    assert (one.state, one.result, one.rectify_by) == (State.ORDERED, Result.ORDERED, proposed)
    assert one.photos.get().entry == "1"


def test_a_refused_form_keeps_answers_photos_and_signature(checks: Checks) -> None:
    one = checks.drawn()[0]
    client = browser(checks.member(one))
    sent = answers(one, ("1",), result="1")  # contradicts the answer
    refused = post(client, "report", one, sent)
    assert "检查项记录了问题" in refusals(refused)
    photos = [block["sent"] for block in refused.context["blocks"]]
    assert photos[0] == 1 and not any(photos[1:])
    again = {key: value for key, value in sent.items() if not key.startswith("photos-") and key != "drawn"}
    rectify = (timezone.localdate() + timedelta(days=5)).isoformat()
    again |= {"kept": refused.context["kept"], "result": "5", "rectify_by": rectify}
    assert post(client, "report", one, again).status_code == 302
    report = one.reports.get()
    assert one.photos.count() == 1 and report.signature is not None and report.signing == "signed"


def test_the_same_form_sent_twice_counts_once(checks: Checks) -> None:
    one = checks.drawn()[0]
    client = browser(checks.member(one))
    sent = answers(one)
    assert post(client, "report", one, sent).status_code == 302
    assert post(client, "report", one, sent).status_code == 302
    assert one.reports.count() == 1 and one.steps.filter(action="report").count() == 1


def test_who_does_not_sign_needs_a_reason_and_a_witness(checks: Checks) -> None:
    one = checks.drawn()[0]
    client = browser(checks.member(one))
    sent = answers(one, signing="refused", drawn="", unsigned_because="负责人拒绝")
    assert "见证人" in refusals(post(client, "report", one, sent))
    assert post(client, "report", one, {**sent, "witness": "居委会李某"}).status_code == 302
    assert "居委会李某" in one.reports.get().unsigned_because


def test_an_unreadable_signature_or_picture_is_refused_with_a_sentence(checks: Checks) -> None:
    one = checks.drawn()[0]
    client = browser(checks.member(one))
    for drawn in ("data:image/png;base64,%%%", "javascript:alert(1)", drawn_signature()[:-40]):
        assert post(client, "report", one, answers(one, drawn=drawn)).status_code == 422
    broken = photo()
    broken.write(b"")
    sent = answers(one, ("1",))
    sent["photos-0"].file = BytesIO(b"\x89PNG broken")
    assert post(client, "report", one, sent).status_code == 422
    assert not InspectionReport.objects.exists()


def test_a_correction_stays_beside_the_record_it_corrects(checks: Checks) -> None:
    one = checks.reported(checks.drawn()[0])
    client = browser(checks.member(one))
    sent = answers(one, ("1",), result="5", corrected="on")
    assert "更正原因" in refusals(post(client, "correct", one, sent))
    again = {**sent, "photos-0": photo(), "correction_reason": "漏记一项"}
    assert post(client, "correct", one, again).status_code == 302
    shown = page(client, one)
    assert [report.current for report in shown.context["reports"]] == [True, False]
    assert "漏记一项" in shown.content.decode() and one.corrected


def test_a_recheck_follows_the_order(checks: Checks) -> None:
    day = timezone.localdate() + timedelta(days=2)
    one = checks.reported(checks.drawn()[0], 5, ["1"], rectify_by=day)
    client = browser(checks.member(one))
    assert page(client, one).context["may"] == {"correct", "recheck", "hand_over"}
    later = (day + timedelta(days=3)).isoformat()
    sent = {"client_id": "6f6c6d0e-6a0f-4c6e-9df5-0d3a0d9e0a01", "complied": "no", "rectify_by": later}
    for _time in range(2):
        assert post(client, "recheck", one, sent).status_code == 302
    assert one.state == State.ORDERED and one.steps.filter(action="recheck").count() == 1
    done = {
        **sent,
        "client_id": "6f6c6d0e-6a0f-4c6e-9df5-0d3a0d9e0a02",
        "complied": "yes",
        "photos": [photo()],
    }
    post(client, "recheck", one, done)
    assert one.state == State.CLOSED and one.lead is None and one.photos.count() == 2


def test_the_inspected_party_gets_a_sheet_with_which_it_finds_itself(checks: Checks) -> None:
    one = checks.drawn()[0]
    client = browser(checks.member(one))
    sheet = client.get(reverse("inspections:key_sheet", args=[one.pk]))
    key = sheet.context["key"]
    assert key_for(key["salt"], key["identity"]) == key["key"] == one.draw_key
    assert key["salt"] in sheet.content.decode()
    assert browser(checks.leader).get(reverse("inspections:key_sheet", args=[one.pk])).status_code == 403
    assert client.get(reverse("inspections:key_sheet", args=[routine(checks).pk])).status_code in (403, 404)


def test_others_look_but_do_not_record(checks: Checks) -> None:
    one = checks.drawn()[0]
    leader = browser(checks.leader)
    shown = page(leader, one)
    assert shown.status_code == 200 and shown.context["may"] == set() and shown.context["key"] is None
    stranger = next(o for o in checks.officers if not one.team.filter(user=o).exists())
    seen = Inspection.objects.visible_to(stranger).filter(pk=one.pk).exists()
    assert browser(stranger).post(reverse("inspections:report", args=[one.pk])).status_code == (
        403 if seen else 404
    )


def test_photos_are_added_before_the_report_and_served(checks: Checks) -> None:
    one = checks.drawn()[0]
    client = browser(checks.member(one))
    post(client, "photo_add", one, {"photos": [photo()], "entry": "1", "lng": "121.43", "lat": "31.24"})
    kept = one.photos.get()
    assert kept.entry == "1" and tuple(kept.position) == (121.43, 31.24)
    served = client.get(reverse("inspections:photo", args=[one.pk, kept.pk]))
    assert served["Content-Type"] == "image/png"
    marks = page(client, one).context["map"]["marks"]
    assert (marks[0]["lng"], marks[0]["lat"]) == (121.43, 31.24)
