"""Scheduled deliveries: once for each time due, to those who may see the place, with a log."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader

from chengshu.bureau.models import District, Notice, RoleAssignment, Unit, User
from chengshu.bureau.services.base import Refused
from chengshu.cases.models import Case
from chengshu.demo.cases import load_cases
from chengshu.reports.models import Board, Delivery, DeliveryRun
from chengshu.reports.periods import next_due, period_before
from chengshu.reports.services.deliveries import KIND, Wanted, send_due, set_up, stop
from tests import factories
from tests.reports.test_pages import signed_in, text

SHANGHAI = ZoneInfo("Asia/Shanghai")
DUE = datetime(2020, 11, 2, 8, tzinfo=SHANGHAI)  # a Monday


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.01)
    return made


def delivery(district: District, by: User, *, due: datetime = DUE, **more: Any) -> Delivery:
    stated: dict[str, Any] = {"name": "案件月报", "span": "month", "form": "xlsx", "shipped": "leaders"}
    made = set_up(district.pk, Wanted(**{**stated, "recipients": [by], **more}), by=by)
    Delivery.objects.filter(pk=made.pk).update(next_at=due)
    return Delivery.objects.get(pk=made.pk)


def test_last_month_is_sent_as_a_workbook_and_opened_from_the_notice(district: District) -> None:
    leader = factories.make_user("bureau_leader")
    made = delivery(district, leader)
    assert send_due(DUE + timedelta(minutes=3)) == 1
    run = DeliveryRun.objects.get(delivery=made)
    assert (run.state, run.period, run.told) == ("sent", "2020-10", 1), run.message
    notice = Notice.objects.get(recipient=leader, kind=KIND)
    answer = signed_in(leader).get(notice.url)
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    cases = Case.objects.filter(decided_on__year=2020, decided_on__month=10, exempt_amount=None).count()
    assert rows[1][:2] == ("行政处罚案件", cases)
    page = text(signed_in(leader).get(reverse("reports:delivery", args=[made.pk])))
    assert "已报送" in page and notice.url in page


def test_a_pdf_has_the_same_words(district: District) -> None:
    leader = factories.make_user("bureau_leader")
    made = delivery(district, leader, form="pdf")
    assert send_due(DUE) == 1
    run = DeliveryRun.objects.get(delivery=made)
    assert run.state == "sent", run.message
    answer = signed_in(leader).get(reverse("reports:delivery_file", args=[made.pk, run.period]))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert "案件月报" in words and "行政处罚案件" in words and "全区" in words


def test_a_notice_says_the_numbers_itself(district: District) -> None:
    leader = factories.make_user("bureau_leader")
    delivery(district, leader, form="notice", shipped="", figures=["cases_total", "waste_cases"])
    send_due(DUE)
    notice = Notice.objects.get(recipient=leader, kind=KIND)
    cases = Case.objects.filter(decided_on__year=2020, decided_on__month=10, exempt_amount=None).count()
    assert f"行政处罚案件 {cases} 件" in notice.text


@pytest.mark.parametrize("shared", [Board.Shared.BUREAU, Board.Shared.NOBODY])
def test_a_notice_leads_to_a_page_that_whoever_is_told_may_open(district: District, shared: str) -> None:
    leader, reader = factories.make_user("bureau_leader"), factories.make_user("analyst")
    board = Board.objects.create(
        district=district, owner=leader, name="我的看板", shared=shared,
        items=[{"kind": "tile", "figure": "cases_total"}],
    )  # fmt: skip
    delivery(district, leader, form="notice", shipped="", board=board, recipients=[leader, reader])
    assert send_due(DUE) == 1
    for one in (leader, reader):
        notice = Notice.objects.get(recipient=one, kind=KIND)
        assert signed_in(one).get(notice.url).status_code == 200
        assert (f"/own/{board.pk}/" in notice.url) == (shared == Board.Shared.BUREAU)


def test_a_delivery_is_due_again_at_its_next_time_and_stays_stopped(district: District) -> None:
    leader = factories.make_user("bureau_leader")
    made = delivery(district, leader)
    assert [send_due(DUE), send_due(DUE)] == [1, 0]
    made.refresh_from_db()
    assert timezone.localtime(made.next_at) == datetime(2020, 12, 1, 8, tzinfo=SHANGHAI)
    stop(made.pk, by=leader)
    assert send_due(datetime(2021, 1, 1, 9, tzinfo=SHANGHAI)) == 0
    with pytest.raises(Refused, match="已经停止"):
        stop(made.pk, by=leader)


def test_what_an_outage_left_behind_is_sent_one_after_the_other(district: District) -> None:
    made = delivery(district, factories.make_user("bureau_leader"))
    later = datetime(2021, 1, 4, 9, tzinfo=SHANGHAI)
    assert [send_due(later) for _each in range(4)] == [1, 1, 1, 0]
    sent = DeliveryRun.objects.filter(delivery=made).order_by("due_at")
    assert [run.period for run in sent] == ["2020-10", "2020-11", "2020-12"]


def test_nobody_is_sent_a_place_they_may_not_see(district: District) -> None:
    leader = factories.make_user("bureau_leader")
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    squad_leader = factories.make_user("squad_leader", squad)
    with pytest.raises(Refused, match="无权查看"):
        delivery(district, leader, recipients=[squad_leader])
    made = delivery(district, leader, squad=squad, recipients=[leader, squad_leader])
    RoleAssignment.objects.filter(user=squad_leader).update(revoked_at=timezone.now())
    send_due(DUE)
    run = DeliveryRun.objects.get(delivery=made)
    assert run.told == 1 and squad_leader.full_name in run.message
    assert not Notice.objects.filter(recipient=squad_leader, kind=KIND).exists()
    outsider = factories.make_user("squad_leader", factories.unit(district, Unit.Kind.SQUAD, "桃浦镇"))
    file = reverse("reports:delivery_file", args=[made.pk, run.period])
    assert signed_in(outsider).get(file).status_code == 404
    assert signed_in(leader).get(file).status_code == 200


def test_what_cannot_be_made_is_logged_and_tried_at_the_next_time(district: District) -> None:
    leader = factories.make_user("bureau_leader")
    board = Board.objects.create(district=district, owner=leader, name="月报", items=[])
    made = delivery(district, leader, shipped="", board=board)
    Board.objects.filter(pk=board.pk).update(items=[{"kind": "tile", "figure": "gone"}])
    assert send_due(DUE) == 1
    run = DeliveryRun.objects.get(delivery=made)
    assert run.state == "failed" and run.message == "请选择指标。"
    made.refresh_from_db()
    assert made.next_at > DUE
    told = Notice.objects.get(recipient=leader, kind=KIND)
    assert "未能发送" in told.title and told.text == run.message
    assert "失败" in text(signed_in(leader).get(reverse("reports:deliveries")))


def test_a_delivery_is_set_up_and_stopped_on_its_pages(district: District) -> None:
    leader = factories.make_user("bureau_leader")
    client = signed_in(leader)
    form = {
        "name": "周报", "what": "shipped:leaders", "span": "week", "weekday": "1", "day": "1", "hour": "8",
        "form": "notice", "recipients": [str(leader.pk)],
    }  # fmt: skip
    assert client.post(reverse("reports:delivery_new"), {**form, "recipients": []}).status_code == 422
    assert client.post(reverse("reports:delivery_new"), form).status_code == 302
    made = Delivery.objects.get()
    assert "每周星期一 08:00" in text(client.get(reverse("reports:deliveries")))
    client.post(reverse("reports:delivery_stop", args=[made.pk]))
    assert "已停止" in text(client.get(reverse("reports:delivery", args=[made.pk])))


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_time_once() -> None:
    district = factories.make_district()
    leader = factories.make_user("bureau_leader")
    delivery(district, leader, form="notice", shipped="", figures=["cases_total"])

    def work(_worker: int) -> int:
        try:
            return send_due(DUE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1
    assert DeliveryRun.objects.count() == 1
    assert Notice.objects.filter(kind=KIND).count() == 1


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
    lambda day: day.replace(tzinfo=SHANGHAI)
)


@given(
    st.sampled_from(["week", "month", "quarter"]),
    st.integers(1, 7),
    st.integers(1, 28),
    st.integers(0, 23),
    moments,
)
def test_what_is_due_tells_of_the_period_just_before(
    span: str, weekday: int, day: int, hour: int, now: datetime
) -> None:
    due = next_due(span, weekday, day, hour, now)
    assert due > now and next_due(span, weekday, day, hour, due) > due
    after = next_due(span, weekday, day, hour, due)
    period, following = period_before(span, due), period_before(span, after)
    assert period.end == following.start  # no period is left out, none is told twice
    assert period.end <= timezone.localtime(due).date()
