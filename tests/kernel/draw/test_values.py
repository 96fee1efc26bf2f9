"""Public values: the forms they have, the files they come in."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chengshu.kernel.draw import DrawProblem, beacons, read_beacon_file
from chengshu.kernel.draw.values import filled

from .examples import (
    BEACON,
    BEACON_VALUE,
    COMMITTED,
    DUE,
    LOTTERY,
    SIGNATURE,
    WORDS,
    candidates,
    commitment,
    officers,
    rules,
)

NIST = {"kind": "beacon", "beacon": "nist:2", "round": "2021-03-02T13:29:00Z", "due_at": BEACON["due_at"]}
DRAND_FILE = {"round": 4242, "randomness": BEACON_VALUE["value"], "signature": SIGNATURE}
NIST_FILE = {
    "pulse": {
        "pulseIndex": 220394,
        "timeStamp": "2021-03-02T13:29:00.000Z",
        "outputValue": "AB" * 64,
        "signatureValue": "CD" * 512,
    }
}


def test_lottery_numbers_are_written_as_published_with_single_spaces() -> None:
    made = filled(LOTTERY, {"value": "　０３ 07  12 18\t22 30 + 05 "}, "values[0]")
    assert made == {**LOTTERY, "value": "03 07 12 18 22 30 + 05"}


def test_words_are_brought_into_their_normal_form() -> None:
    made = filled(WORDS, {"value": [" cafe\u0301 ", "苏州河\u3000"]}, "values[0]")
    assert made["value"] == ["caf\u00e9", "苏州河"]


def test_a_beacon_comes_from_its_file() -> None:
    for descriptor, file in ((BEACON, DRAND_FILE), (NIST, NIST_FILE)):
        read = read_beacon_file(json.dumps(file).encode())
        made = filled(descriptor, read, "values[0]")
        assert made["value"] == read["value"] == read["value"].lower()
        assert made["round"] == descriptor["round"]


def test_a_drand_value_is_the_hash_of_its_signature() -> None:
    with pytest.raises(DrawProblem, match="签名"):
        filled(BEACON, {"value": hashlib.sha256(b"").hexdigest(), "signature": SIGNATURE}, "values[0]")
    assert filled(BEACON, {"value": "ab" * 32}, "values[0]")["signature"] == ""


@pytest.mark.parametrize(
    ("descriptor", "given"),
    [
        (LOTTERY, {"value": ""}),
        (LOTTERY, {"value": 7}),
        (LOTTERY, {"value": "蓝 05"}),
        (LOTTERY, {"value": "1", "issue": "2021024"}),
        (LOTTERY, {"value": "1", "signature": "aa", "more": 1}),
        (LOTTERY, {}),
        (LOTTERY, "1"),
        (WORDS, {"value": ["一个"]}),
        (WORDS, {"value": ["", "b"]}),
        (WORDS, {"value": ["a\x07", "b"]}),
        (WORDS, {"value": "ab"}),
        (BEACON, {"value": "ab"}),
        (BEACON, {"value": "xy" * 32}),
        (BEACON, {"value": "ab" * 32, "signature": 5}),
        (BEACON, {**DRAND_FILE, "value": DRAND_FILE["randomness"]}),
        (NIST, {"value": "ab" * 32}),
    ],
)
def test_what_is_no_such_value_is_refused(descriptor: dict[str, Any], given: Any) -> None:
    with pytest.raises(DrawProblem) as refused:
        filled(descriptor, given, "values[0]")
    assert "values[0]" in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [b'{"pulse":{"timeStamp":"x","outputValue":"ab"}}',
     b"", b"{}", b"[]", b"\xff", b'{"round":"x"}', b'{"pulse":{}}', b'{"pulse":[]}', b"[" * 10**5,
     b'{"round":1,"randomness":"xy"}', b'{"round":-1,"randomness":"ab"}', b'{"round":1,"randomness":5}'],
)  # fmt: skip
def test_a_file_that_is_no_beacon_is_refused(content: bytes) -> None:
    with pytest.raises(DrawProblem):
        read_beacon_file(content)


DRAND = beacons()["drand:8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce"]


def test_a_round_and_its_moment_follow_from_each_other() -> None:
    assert DRAND.moment_of("1").timestamp() == 1595431050
    for beacon in beacons().values():
        for seconds in range(1_800_000_000, 1_800_000_100, 7):
            at = datetime.fromtimestamp(seconds, UTC)
            moment = beacon.moment_of(beacon.round_at(at))
            assert 0 <= (moment - at).total_seconds() < beacon.period


@pytest.mark.parametrize("name", ["0", "-1", "x", "", "９", "2021-03-02T13:29:30Z", "2021-03-02", "9" * 30])
def test_what_is_no_round_is_refused(name: str) -> None:
    for beacon in beacons().values():
        with pytest.raises(DrawProblem):
            beacon.moment_of(name)


def committed(**changed: Any) -> None:
    commitment(candidates(6), officers(4), rules(2), **changed)


def test_a_commitment_names_no_round_that_is_known_or_comes_after_its_time() -> None:
    nist = {"kind": "beacon", "beacon": "nist:2", "due_at": DUE}
    committed(public_values=[{**nist, "round": "2021-03-02T13:29:00Z"}])
    for known in ("2021-03-01T01:00:00Z", "2021-02-28T01:00:00Z"):
        with pytest.raises(DrawProblem, match="产生，请指定更晚"):
            committed(public_values=[{**nist, "round": known}])
    with pytest.raises(DrawProblem, match="之后"):
        committed(public_values=[{**nist, "round": "2021-03-02T13:31:00Z"}])
    drand = {"kind": "beacon", "beacon": DRAND.code, "due_at": DUE}
    at = datetime.fromisoformat(COMMITTED)
    first = int(DRAND.round_at(at + timedelta(seconds=1)))
    committed(public_values=[{**drand, "round": str(first)}])
    with pytest.raises(DrawProblem, match="产生，请指定更晚"):
        committed(public_values=[{**drand, "round": str(first - 1)}])
