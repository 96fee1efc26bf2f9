"""The pages of coverage and tracks, the API of positions, and who may see whom."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from chengshu.bureau.deeds import deeds_of
from chengshu.bureau.models import Unit, User
from chengshu.bureau.services import apikeys
from chengshu.kernel.models import LedgerEntry
from chengshu.patrol.models import Equipment, EquipmentUse, Position, TrackLook
from chengshu.patrol.queries import tracks
from chengshu.patrol.services import counting, keeping, looking
from chengshu.registry.queries import reference
from tests import factories
from tests.inspections.pages import browser
from tests.patrol.tracks.conftest import Patrol


@pytest.fixture
def walked(patrol: Patrol) -> Patrol:
    """A day with a walk, three check-ins and two requirements, counted."""
    reference.forget()
    patrol.duty()
    patrol.walk(9, minutes=5)
    patrol.walk(9.25, minutes=10, east_m=0)
    patrol.require(2, 8, 12)
    for hour in (9, 9.7, 15):  # apart, so that each is a visit
        patrol.check_in(hour)
    keeping.build_day(patrol.day)
    counting.mark_all(patrol.day)
    counting.refresh()
    return patrol


def page(user: User, name: str, *args: Any, **query: Any) -> str:
    answer = browser(user).get(reverse(f"patrol:{name}", args=args), query)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def test_the_heat_map_shows_each_beat_by_hour(walked: Patrol) -> None:
    text = " ".join(page(walked.leader, "coverage").split())
    assert "长寿路段" in text and text.count('<td class="heat heat-5">') == 1
    assert text.count('<td class="heat heat-3">') == 1
    assert '"overlay"' in text and '"level": ' in text and "50.0" in text


def test_a_leader_reads_the_frequency_by_beat_squad_and_month(walked: Patrol) -> None:
    for by in ("beat", "squad", "month", "nonsense"):
        text = page(walked.leader, "frequency", by=by)
        assert "50.0" in text, by
    assert "beat=" in page(walked.leader, "frequency")


def test_gaps_are_listed_and_taken_away(walked: Patrol) -> None:
    assert "点位1" in page(walked.leader, "gaps")
    client = browser(walked.leader)
    book = client.post(reverse("patrol:gaps_export"), {"query": "", "format": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(book.streaming_content))).worksheets[0]
    assert [cell.value for cell in sheet[2]][-2:] == [2, 0] and sheet.max_row == 2
    table = client.post(reverse("patrol:gaps_export"), {"query": "", "format": "csv"})
    assert "点位1" in b"".join(table.streaming_content).decode("utf-8-sig")
    assert LedgerEntry.objects.filter(action="patrol.gaps_exported").count() == 2


@pytest.mark.parametrize(
    "query",
    [
        {"first": "x", "last": "2026-13-01"},
        {"first": "2026-05-06", "last": "2020-01-01"},
        {"squad": "999999999"},
        {"squad": "x", "by": "", "beat": "٣", "page": "-1"},
        {"first": "0001-01-01", "last": "9999-12-31"},
    ],
)
def test_whatever_stands_in_the_address_the_pages_answer(walked: Patrol, query: dict[str, str]) -> None:
    for name in ("coverage", "frequency", "gaps", "tracks"):
        page(walked.leader, name, **query)
    page(walked.leader, "tracks", day="0001-01-01")


def test_lists_ask_few_questions(walked: Patrol) -> None:
    client = browser(walked.leader)
    for name in ("coverage", "frequency", "gaps", "tracks"):
        address = reverse(f"patrol:{name}")
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(address)
        own = [q["sql"] for q in asked if "patrol_" in q["sql"]]
        assert len(own) <= 4, (name, own)


def test_a_track_is_shown_and_the_look_recorded_once(walked: Patrol) -> None:
    day = walked.day.isoformat()
    assert "王小明" in page(walked.leader, "tracks", day=day)
    text = page(walked.leader, "track", walked.officer.pk, day)
    page(walked.leader, "track", walked.officer.pk, day)
    assert '"LineString"' in text and "09:15" in text
    [look] = TrackLook.objects.all()
    assert (look.viewer, look.user) == (walked.leader, walked.officer)
    assert (look.day, look.place) == (walked.day, "page")
    assert LedgerEntry.objects.filter(action="patrol.track_seen").count() == 1


def test_officers_see_their_own_track_and_who_looked(walked: Patrol) -> None:
    looking.record(walked.leader, walked.officer, walked.day, looking.COMMAND)
    text = page(walked.officer, "my_positions")
    assert walked.leader.full_name in text and walked.day.isoformat() in text
    assert '"LineString"' in page(walked.officer, "own_track", walked.day.isoformat())
    assert TrackLook.objects.count() == 1


def test_tracks_of_others_are_closed_to_colleagues_and_other_squads(walked: Patrol) -> None:
    address = reverse("patrol:track", args=[walked.officer.pk, walked.day.isoformat()])
    colleague = factories.make_user("officer", walked.squad)
    stranger = factories.make_user("squad_leader", factories.unit(walked.district, Unit.Kind.SQUAD, "桃浦镇"))
    assert browser(colleague).get(address).status_code == 403
    assert browser(stranger).get(address).status_code == 404
    assert browser(walked.leader).get(address.replace(walked.day.isoformat(), "gestern")).status_code == 404
    assert (
        browser(walked.leader).get(address.replace(walked.day.isoformat(), "9999-12-31")).status_code == 404
    )
    assert not TrackLook.objects.exists()


def test_when_the_positions_are_gone_the_simplified_track_is_shown(walked: Patrol) -> None:
    before = tracks.day_of(walked.officer.pk, walked.day)
    Position.objects.all().delete()
    after = tracks.day_of(walked.officer.pk, walked.day)
    assert before and after and (before.raw, after.raw) == (True, False)
    assert after.distance_m == pytest.approx(before.distance_m, abs=1)
    assert [stay.minutes for stay in after.stays] == [stay.minutes for stay in before.stays]
    assert sum(map(len, after.lines)) == sum(map(len, before.lines))
    assert tracks.day_of(walked.leader.pk, walked.day) is None


def test_the_command_map_gets_today_s_track_and_the_look_is_recorded(patrol: Patrol) -> None:
    now = timezone.now()
    patrol.day = timezone.localdate(now)
    patrol.duty(end=48)
    patrol.walk(0, minutes=2)
    client = browser(patrol.leader)
    address = reverse("command:track", args=[patrol.officer.pk])
    data = client.get(address).json()
    kinds = [feature["properties"]["kind"] for feature in data["features"]]
    assert "line" in kinds and TrackLook.objects.get().place == "command"
    room = client.get(reverse("command:squad", args=[patrol.squad.code])).content.decode()
    assert "/command/officer/{id}/track" in room
    other = factories.make_user("squad_leader", factories.unit(patrol.district, Unit.Kind.SQUAD, "桃浦镇"))
    assert browser(other).get(address).status_code == 404


def test_the_duty_log_is_told_of_the_way(walked: Patrol) -> None:
    told = deeds_of(walked.officer, walked.at(0), walked.at(24))
    [way] = [deed for deed in told if deed.kind == "track"]
    assert way.data["positions"] == 90 and 250 < way.data["distance_m"] < 310 and way.data["stops"] == 1


# --- the API ----------------------------------------------------------------------------------------
@pytest.fixture
def platform(patrol: Patrol) -> Any:
    """Sends positions with a key of the squad."""
    secret = apikeys.create_key(
        by=factories.make_user("security_admin"), name="执法记录仪平台", owner="测试", unit=patrol.squad,
        permissions=["patrol.report"], rate_per_minute=600, days=1,
    ).secret  # fmt: skip

    def send(*positions: dict[str, Any]) -> Any:
        return Client().post(
            "/api/v1/patrol/positions", json.dumps({"positions": positions}),
            content_type="application/json", headers={"Authorization": f"Bearer {secret}"},
        )  # fmt: skip

    return send


def test_a_platform_reports_positions_of_its_terminals(patrol: Patrol, platform: Any) -> None:
    patrol.duty()
    camera = Equipment.objects.create(
        squad=patrol.squad, code="J1", kind="body_camera", name="记录仪", terminal="139"
    )
    EquipmentUse.objects.create(equipment=camera, user=patrol.officer, taken_at=patrol.at(8))
    there = {"lng": 121.43, "lat": 31.24, "accuracy_m": 5}
    good = {"terminal": "000139", "at": patrol.at(9).isoformat(), **there}
    future = {**good, "at": (timezone.now() + timedelta(days=1)).isoformat()}
    answer = platform(good, {**good, "terminal": "7"}, future, good)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["stored"], told["known"], told["unknown_terminals"]) == (1, 1, ["7"])
    assert [one["index"] for one in told["refused"]] == [2]
    assert Position.objects.get().source == "body_camera"


def test_what_is_no_batch_is_refused_with_a_sentence(patrol: Patrol, platform: Any) -> None:
    naive = {"terminal": "1", "at": "2026-05-06T09:00:00", "lng": 1, "lat": 1}
    for positions in ([], [naive], [{"terminal": "x"}], [{**naive, "lng": 500}]):
        assert platform(*positions).status_code == 422
    assert browser(patrol.leader).post("/api/v1/patrol/positions", {}).status_code == 403
