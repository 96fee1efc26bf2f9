"""POST /field/api/records: exactly once, in order, each refusal kept, nothing half done."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from chengshu.bureau.models import Notice
from chengshu.field.kinds import Sent
from chengshu.field.models import FieldDevice, FieldRecord
from tests import factories
from tests.field.phone import Key, Phone
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db


def test_a_record_is_applied_and_kept_as_it_was_signed(phone: Phone, carried_out: list[Sent]) -> None:
    signed = phone.record("test.note", {"n": 1, "text": "路面有积水"})
    answer = phone.send()
    assert answer["last_seq"] == 1 and answer["stopped"] is None and answer["wipe"] is False
    assert [(one["outcome"], one["result"]) for one in answer["results"]] == [("applied", {"n": 1})]
    kept = FieldRecord.objects.get()
    assert (kept.text, kept.signature) == (signed["text"], signed["signature"])
    assert carried_out[0].position == factories.IN_CHANGSHOU and carried_out[0].accuracy_m == 12


def test_the_same_record_again_brings_the_stored_result(phone: Phone, carried_out: list[Sent]) -> None:
    signed = phone.record("test.note", {"n": 7})
    first = phone.send()
    again = phone.send([signed])
    assert again["results"] == first["results"] and again["last_seq"] == 1
    assert len(carried_out) == 1


def test_a_gap_stops_and_says_where_to_go_on(phone: Phone, carried_out: list[Sent]) -> None:
    one, _two, three = (phone.record("test.note", {"n": n}) for n in range(3))
    answer = phone.send([one, three])
    assert answer["last_seq"] == 1 and answer["stopped"]["reason"] == "out_of_order"
    assert answer["stopped"]["seq"] == 3 and len(carried_out) == 1


def test_a_forged_signature_stops(phone: Phone, carried_out: list[Sent]) -> None:
    signed = phone.record("test.note", {"n": 1})
    forged = {"text": signed["text"], "signature": Key().sign(signed["text"])}
    assert phone.send([forged])["stopped"]["reason"] == "bad_signature"
    changed = {"text": signed["text"].replace('"n": 1', '"n": 2'), "signature": signed["signature"]}
    assert phone.send([changed])["stopped"]["reason"] == "bad_signature"
    assert (
        phone.send([{"text": signed["text"], "signature": "nonsense"}])["stopped"]["reason"]
        == "bad_signature"
    )
    assert carried_out == [] and not FieldRecord.objects.exists()
    assert phone.send()["stopped"] is None  # the honest one still goes through


def test_a_known_id_with_other_content_stops(phone: Phone, carried_out: list[Sent]) -> None:
    signed = phone.record("test.note", {"n": 1})
    phone.send()
    other = phone.sign(signed["text"].replace('"n": 1', '"n": 2'))
    assert phone.send([other])["stopped"]["reason"] == "bad_signature"


def test_another_officers_device_is_unknown(phone: Phone, loop: Loop, carried_out: list[Sent]) -> None:
    signed = phone.record("test.note")
    other = Phone(loop.leader)
    other.id = phone.id
    answer = other.send([signed])
    assert answer["stopped"]["reason"] == "unknown_device" and answer["last_seq"] == 0
    assert carried_out == []


def test_a_record_of_another_device_stops(phone: Phone, carried_out: list[Sent]) -> None:
    signed = phone.record("test.note")
    phone.send()
    second = Phone(phone.user)
    assert second.send([signed])["stopped"]["reason"] == "unknown_device"


def test_what_a_revoked_device_still_sends_is_kept_for_review(phone: Phone, carried_out: list[Sent]) -> None:
    phone.record("test.note", {"n": 1})
    FieldDevice.objects.update(revoked_at=timezone.now())
    answer = phone.send()
    assert answer["stopped"] is None and [one["outcome"] for one in answer["results"]] == ["refused"]
    assert carried_out == [] and '"n": 1' in FieldRecord.objects.get().text


def test_a_device_that_has_forgotten_everything_sends_nothing_more(phone: Phone) -> None:
    phone.record("test.note")
    FieldDevice.objects.update(wiped_at=timezone.now())
    assert phone.send()["stopped"]["reason"] == "revoked"


def test_a_refusal_is_kept_and_told_and_does_not_hold_up_what_follows(
    phone: Phone, carried_out: list[Sent]
) -> None:
    phone.record("test.refuse")
    phone.record("test.note", {"n": 2})
    answer = phone.send()
    assert [one["outcome"] for one in answer["results"]] == ["refused", "applied"]
    assert answer["results"][0]["messages"] == ["不可以"]
    notice = Notice.objects.get(recipient=phone.user)
    assert "1" in notice.title and notice.url.startswith("/field/records/")


def test_an_unknown_kind_is_refused(phone: Phone) -> None:
    result = phone.do("future.thing", {"x": 1})
    assert result["outcome"] == "refused" and "future.thing" in result["messages"][0]


def test_a_kind_needs_its_permission(loop: Loop) -> None:
    from chengshu.field import kinds

    phone = Phone(loop.officer)
    kinds.register("test.secret", "audit.view")(lambda sent: kinds.Done())
    try:
        assert phone.do("test.secret")["outcome"] == "refused"
    finally:
        del kinds._kinds["test.secret"]


def test_a_fault_of_ours_keeps_nothing_and_lets_nothing_overtake(
    phone: Phone, carried_out: list[Sent]
) -> None:
    phone.record("test.note", {"n": 1})
    phone.record("test.break")
    phone.record("test.note", {"n": 3})
    answer = phone.send()
    assert answer["last_seq"] == 1 and answer["stopped"]["reason"] == "fault"
    assert FieldRecord.objects.count() == 1 and len(phone.queue) == 2


def test_a_record_that_always_meets_a_fault_is_set_aside_in_the_end(
    phone: Phone, carried_out: list[Sent]
) -> None:
    from chengshu.field.settings import limits

    phone.record("test.break")
    phone.record("test.note", {"n": 2})
    for _n in range(limits().fault_tries):
        assert phone.send()["stopped"]["reason"] == "fault"
    answer = phone.send()
    assert [one["outcome"] for one in answer["results"]] == ["refused", "applied"]
    assert len(carried_out) == 1 and FieldRecord.objects.count() == 2


def test_a_database_that_is_busy_is_no_fault_of_the_record(
    phone: Phone, carried_out: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from chengshu.field.services import receiving

    def busy(*_args: object) -> None:
        raise OperationalError("deadlock detected")

    phone.record("test.note")
    with monkeypatch.context() as patched:
        patched.setattr(receiving, "_carry_out", busy)
        assert phone.send()["stopped"]["reason"] == "fault"
    assert FieldDevice.objects.get().stuck_times == 0 and phone.send()["stopped"] is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kind": 5}, "说明"),
        ({"data": [1]}, "内容"),
        ({"at": "yesterday"}, "时间"),
        ({"files": [{"sha256": "x"}]}, "文件"),
        ({"data": {"text": "a\x00b"}}, "字符"),
    ],
)
def test_a_damaged_envelope_is_kept_and_refused(
    phone: Phone, carried_out: list[Sent], change: dict[str, object], word: str
) -> None:
    body = json.loads(phone.text("test.note", {})) | change
    answer = phone.send([phone.sign(json.dumps(body))])
    assert answer["results"][0]["outcome"] == "refused" and word in answer["results"][0]["messages"][0]
    assert answer["last_seq"] == 1 and carried_out == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": 1}', '{"id": "x", "seq": 1}', '{"seq": 1}', "null"])
def test_what_has_neither_id_nor_number_cannot_be_kept(phone: Phone, text: str) -> None:
    answer = phone.send([phone.sign(text)])
    assert answer["stopped"]["reason"] == "bad_signature" and answer["last_seq"] == 0


@pytest.mark.parametrize("body", [{}, {"device": "x"}, {"records": 1}, {"records": [{"text": 1}]}, [1]])
def test_a_body_of_another_shape_is_refused_in_words(phone: Phone, body: object) -> None:
    if isinstance(body, dict) and "records" in body:
        body["device"] = str(phone.id)
    answer = phone.post("records", body)
    assert answer.status_code in (400, 422) and answer.json()["detail"]


def test_a_body_has_a_limit(phone: Phone) -> None:
    from chengshu.field.settings import limits

    answer = phone.post("records", {"device": str(phone.id), "x": "x" * limits().body_bytes})
    assert answer.status_code == 413 and answer["Content-Type"] == "application/problem+json"


def test_a_text_has_a_limit(phone: Phone) -> None:
    from chengshu.field.settings import limits

    long = phone.text("note", {"text": "x" * limits().text_bytes})
    assert phone.send([phone.sign(long)])["stopped"]["reason"] == "bad_signature"


def test_no_more_than_fifty_at_once(phone: Phone, carried_out: list[Sent]) -> None:
    signed = phone.record("test.note")
    assert phone.post("records", {"device": str(phone.id), "records": [signed] * 51}).status_code == 422


# --- clocks -------------------------------------------------------------------------------------------
def test_the_time_is_corrected_by_the_known_offset(phone: Phone, carried_out: list[Sent]) -> None:
    phone.offset_ms = 3_600_000
    at = timezone.now() - timedelta(minutes=30)
    result = phone.do("test.note", at=at)
    assert abs((carried_out[0].at - at).total_seconds()) < 0.01
    assert carried_out[0].clock_offset_s == 3600
    assert "60" in result["messages"][0] and result["outcome"] == "applied"


def test_nothing_happened_later_than_it_arrived(phone: Phone, carried_out: list[Sent]) -> None:
    phone.offset_ms = None
    result = phone.do("test.note", at=timezone.now() + timedelta(hours=3))
    kept = FieldRecord.objects.get()
    assert kept.recorded_at == kept.received_at and result["messages"]


def test_a_clock_that_began_anew_dates_nothing(phone: Phone, carried_out: list[Sent]) -> None:
    phone.offset_ms = None
    result = phone.do("test.note", at=timezone.now() - timedelta(days=365 * 20))
    kept = FieldRecord.objects.get()
    assert kept.recorded_at == kept.received_at and "登记时间" in result["messages"][0]


def test_a_clock_a_little_ahead_is_passed_over_in_silence(phone: Phone, carried_out: list[Sent]) -> None:
    phone.offset_ms = None
    result = phone.do("test.note", at=timezone.now() + timedelta(seconds=20))
    assert result["messages"] == [] and carried_out[0].at <= carried_out[0].received_at


# --- language, files, rights --------------------------------------------------------------------------
def test_sentences_are_in_the_officers_language(loop: Loop) -> None:
    loop.officer.language = "en"
    loop.officer.save(update_fields=["language"])
    phone = Phone(loop.officer)
    assert "does not know this kind" in phone.do("future.thing")["messages"][0]


def test_a_record_waits_for_its_files(phone: Phone, carried_out: list[Sent]) -> None:
    missing = "ab" * 32
    phone.record("test.note", files=[missing])
    answer = phone.send()
    assert answer["stopped"]["reason"] == "missing_file" and answer["stopped"]["files"] == [missing]
    phone.queue.clear()
    phone.seq = 0
    sha = phone.upload()
    assert phone.do("test.note", files=[sha])["outcome"] == "applied"
    assert carried_out[0].files[sha].sha256 == sha and carried_out[0].file_notes[sha].kind == "photo"


def test_another_officers_file_is_not_mine(phone: Phone, loop: Loop, carried_out: list[Sent]) -> None:
    sha = Phone(loop.leader).upload()
    phone.record("test.note", files=[sha])
    assert phone.send()["stopped"]["reason"] == "missing_file"


def test_a_file_of_the_wrong_kind_refuses_the_record(phone: Phone, carried_out: list[Sent]) -> None:
    sha = phone.upload(b"#!/bin/sh\necho no picture\n", name="photo.png")
    result = phone.do("test.note", files=[sha])
    assert result["outcome"] == "refused" and "photo.png" in result["messages"][0] and carried_out == []


def test_records_cannot_be_changed_afterwards(phone: Phone, carried_out: list[Sent]) -> None:
    from django.db import transaction
    from django.db.utils import ProgrammingError

    phone.do("test.note")
    with pytest.raises(ProgrammingError), transaction.atomic():
        FieldRecord.objects.update(outcome="refused")


def test_only_who_may_use_the_app(loop: Loop) -> None:
    dispatcher = Phone(loop.dispatcher, register=False)
    assert dispatcher.register().status_code == 403
    dispatcher.client.logout()
    answer = dispatcher.post("records")
    assert answer.status_code == 401 and answer["Content-Type"] == "application/problem+json"


def test_the_csrf_token_is_needed(phone: Phone) -> None:
    from django.test import Client

    phone.client = Client(enforce_csrf_checks=True)
    phone.client.force_login(phone.user, "chengshu.bureau.backends.BureauBackend")
    refused = phone.post("records", {})
    assert refused.status_code == 403 and refused["Content-Type"] == "application/problem+json"
    token = phone.get("session").json()["csrf"]
    phone.client.defaults["HTTP_X_CSRFTOKEN"] = token
    answer = phone.post("records", {"device": str(phone.id), "records": []})
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
