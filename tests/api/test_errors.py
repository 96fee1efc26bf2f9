"""What goes wrong is told in one form, in the caller's language, and never as a fault of the server."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpRequest
from django.test import Client, override_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from ninja.errors import HttpError, ValidationError

from chengshu.bureau.models import District
from chengshu.config.api_errors import StrictParser
from tests import factories
from tests.api.conftest import GiveKey, caller

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.scratch")]
BACKEND = "chengshu.bureau.backends.BureauBackend"
BASE = "/api/v1"


@pytest.fixture
def client(give: GiveKey) -> Client:
    client = caller(give(rate_per_minute=30_000).secret)
    client.raise_request_exception = False
    return client


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert body["status"] == status and body["title"] and body["detail"]
    assert body["type"].startswith("urn:chengshu:problem:")
    return body


def send(client: Client, body: Any, to: str = "note", kind: str = "application/json") -> Any:
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return client.post(f"{BASE}/{to}", data, content_type=kind)


def test_every_kind_of_refusal_has_the_same_form(client: Client) -> None:
    assert send(client, {"text": "好"}).json() == {"text": "好"}
    problem(send(client, "{"), 400)
    problem(send(client, b'{"text": "\xff\xfe"}'), 400)
    problem(client.get(f"{BASE}/fails/denied"), 403)
    problem(client.get(f"{BASE}/fails/gone"), 404)
    problem(client.get(f"{BASE}/nothing/here"), 404)
    assert problem(client.get(f"{BASE}/fails/conflict"), 409)["detail"] == "Somebody was faster."
    problem(send(client, {"text": "x"}, kind="text/plain"), 415)
    problem(send(client, {"text": "x"}, kind="application/x-www-form-urlencoded"), 415)
    refused = client.delete(f"{BASE}/note")
    problem(refused, 405)
    assert refused["Allow"] == "POST"


def test_a_fault_is_logged_and_tells_nothing(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    body = problem(client.get(f"{BASE}/fails/broken"), 500)
    assert "secret" not in json.dumps(body)
    assert "a secret detail" in caplog.text


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: Client) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
        problem(send(client, {"text": "x" * 2000}), 413)
        assert send(client, {"text": "x" * 20}).status_code == 200
        file = SimpleUploadedFile("a.bin", b"x" * 5000)  # files have limits of their own
        assert client.post(f"{BASE}/upload", {"file": file}).json() == {"size": 5000}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh-CN", "不得大于 10。"), ("en", "At most 10 is possible."), ("xx", "不得大于")],
)
def test_each_field_is_named_in_the_callers_language(language: str, sentence: str, give: GiveKey) -> None:
    client = caller(give().secret, **{"accept-language": language})
    body = problem(send(client, {"number": 11, "tags": ["a", 5]}), 422)
    found = {entry["field"]: entry for entry in body["errors"]}
    assert set(found) == {"text", "number", "tags.1"}
    assert sentence in found["number"]["detail"] and found["number"]["in"] == "body"
    assert found["text"]["code"] == "missing"


def test_no_nul_character_gets_in(client: Client) -> None:
    body = problem(send(client, {"text": "a\x00b"}), 422)
    assert body["errors"][0]["field"] == "text" and body["errors"][0]["code"] == "nul"
    problem(send(client, {"values": {"a": [{"b\x00": 1}]}}, "anything"), 422)
    problem(client.get(f"{BASE}/number?n=%00"), 422)
    problem(client.get(f"{BASE}/fails/a%00b"), 404)


@pytest.mark.parametrize("n", ["99999999999", "-1e400", "9" * 5000, "1" + "0" * 400, "nan", ""])
def test_huge_numbers_are_values_that_do_not_fit(n: str, client: Client) -> None:
    with transaction.atomic():
        problem(client.get(f"{BASE}/number", {"n": n}), 422)
        transaction.set_rollback(True)


@settings(max_examples=60)
@given(
    st.binary(max_size=200), st.sampled_from(["application/json", "", "x", "application/json; charset=no"])
)
def test_no_body_and_content_type_is_a_fault(body: bytes, kind: str) -> None:
    request = HttpRequest()
    request._body = body  # type: ignore[attr-defined]
    request.content_type = kind.partition(";")[0]
    with suppress(HttpError, ValidationError, ValueError):
        StrictParser().parse_body(request)


def test_deep_nesting_is_no_fault(client: Client) -> None:
    for text in ("[" * 100_000, '{"values":' + '{"a":' * 5_000 + "1" + "}" * 5_001):
        problem(send(client, text, "anything"), 400)


@pytest.mark.parametrize("length", ["x", "-1x", ""])
def test_odd_lengths_are_told(length: str, client: Client) -> None:
    answer = client.generic("POST", f"{BASE}/note", b"{}", CONTENT_LENGTH=length)
    assert answer.status_code in (400, 415, 422)


# --- sessions -----------------------------------------------------------------------------------------
def test_a_session_changes_nothing_without_the_csrf_token(district: District) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.make_user("registry_clerk"), BACKEND)
    assert client.get(f"{BASE}/number?n=3").json() == {"n": 3}
    refused = problem(send(client, {"text": "x"}), 403)
    assert "CSRF" in refused["detail"]
    client.cookies["csrftoken"] = token = "a" * 32
    answer = client.post(
        f"{BASE}/note", {"text": "x"}, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 200


def test_a_key_needs_no_csrf_token(give: GiveKey) -> None:
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {give().secret}"})
    assert send(client, {"text": "x"}).status_code == 200


def test_who_may_not_is_told_so_before_the_body_is_looked_at(district: District) -> None:
    client = Client()
    problem(send(client, "{"), 401)
    client.force_login(factories.make_user("system_admin"), BACKEND)
    assert "registry.view" in problem(send(client, "{"), 403)["detail"]
