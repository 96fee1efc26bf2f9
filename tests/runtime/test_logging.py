"""Log lines carry the request id and no personal data."""

from __future__ import annotations

import io
import json
import logging as stdlib_logging
from collections.abc import Iterator

import pytest
import structlog
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from chengshu.config import logging


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is written to the log, as JSON."""
    stream = io.StringIO()
    handler = stdlib_logging.StreamHandler(stream)
    handler.setFormatter(logging.formatter("json"))
    root = stdlib_logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def last(stream: io.StringIO) -> dict[str, object]:
    """The last line written."""
    entry: dict[str, object] = json.loads(stream.getvalue().splitlines()[-1])
    return entry


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call 13812345678 now", "call 138****5678 now"),
        ("id 310107199001011234.", "id 310107************."),
        ("id 31010719900101123X", "id 310107************"),
        ("postgresql://user:pass@host/db", "postgresql://user:***@host/db"),
        ("GET /people?name=王芳&phone=1 done", "GET /people?*** done"),
        ("91310107MA1G12345X stays, 20261123101530 too", "91310107MA1G12345X stays, 20261123101530 too"),
        ("what? a=b", "what? a=b"),
    ],
)
def test_masks(text: str, expected: str) -> None:
    assert logging.masked(text) == expected


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "电话", "tel:", "，"]))
def test_no_mobile_number_survives(number: str, before: str) -> None:
    assert number not in logging.masked(before + number)


def test_secrets_and_numbers_in_fields(lines: io.StringIO) -> None:
    structlog.get_logger("test").warning(
        "sent",
        password="hunter2",
        phone=13812345678,
        detail={"Authorization": "x", "to": ["13912345678"]},
        status=200,
    )
    entry = last(lines)
    assert entry["password"] == "***"
    assert entry["phone"] == "138****5678"
    assert entry["detail"] == {"Authorization": "***", "to": ["139****5678"]}
    assert entry["status"] == 200


def test_plain_loggers_and_tracebacks_are_masked_too(lines: io.StringIO) -> None:
    try:
        raise ValueError("bad id 310107199001011234")
    except ValueError:
        stdlib_logging.getLogger("elsewhere").exception("failed for %s", "13812345678")
    text = lines.getvalue()
    assert "199001011234" not in text
    assert "13812345678" not in text
    assert "ValueError" in text


@pytest.mark.django_db
def test_request_id_is_made_returned_and_logged(client: Client, lines: io.StringIO) -> None:
    response = client.get("/accounts/login/?next=/people/?q=13812345678")
    request_id = response["X-Request-ID"]
    assert request_id[14] == "7"  # the version digit of UUIDv7
    entry = last(lines)
    assert entry["request_id"] == request_id
    assert (entry["path"], entry["status"], entry["method"]) == ("/accounts/login/", 200, "GET")
    assert "next" not in lines.getvalue()


@pytest.mark.parametrize(
    ("given_id", "kept"),
    [
        ("trace-0123456789", True),
        ("short", False),
        ("x" * 65, False),
        ("two words here", False),
        ("<script>alert(1)</script>", False),
    ],
)
@pytest.mark.django_db
def test_incoming_request_id_is_kept_only_when_sane(client: Client, given_id: str, kept: bool) -> None:
    assert (
        client.get("/healthz/live", headers={"X-Request-ID": given_id})["X-Request-ID"] == given_id
    ) is kept


def test_request_ids_sort_by_time() -> None:
    ids = [logging.new_request_id() for _ in range(3)]
    assert len(set(ids)) == 3
    assert [i[:8] for i in ids] == sorted(i[:8] for i in ids)


def test_console_lines_are_masked() -> None:
    record = stdlib_logging.LogRecord("x", 20, "", 0, "tel 13812345678", None, None)
    assert "138****5678" in logging.formatter("console").format(record)
