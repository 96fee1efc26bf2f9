"""Secure dynamic messaging: only what a tag with the right keys said, unchanged, is believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.patrol.tags import sdm
from tests.patrol.tag import FakeTag, cmac

VECTORS = Path("../shared/data/nfc/sun-vectors.json")
keys = st.binary(min_size=16, max_size=16)
tags = st.builds(
    FakeTag,
    uid=st.binary(min_size=7, max_size=7),
    meta_key=keys,
    file_key=keys,
    counter=st.integers(0, sdm.HIGHEST_COUNTER),
)


def vectors() -> list[Any]:
    if not VECTORS.exists():
        return []
    return [pytest.param(one, id=one["id"]) for one in json.loads(VECTORS.read_text())["vectors"]]


def verified(said: dict[str, str], meta_key: bytes, file_key: bytes, mac_param: str = "cmac") -> sdm.Mirrored:
    read = (
        sdm.read_picc_data(meta_key, bytes.fromhex(said["picc_data"]))
        if "picc_data" in said
        else sdm.read_mirrors(bytes.fromhex(said["uid"]), bytes.fromhex(said["ctr"]))
    )
    enc = bytes.fromhex(said.get("enc", ""))
    sdm.verify(file_key, read, bytes.fromhex(said["cmac"]), [sdm.covered_text(enc, mac_param)])
    return read


# --- what the maker publishes -------------------------------------------------------------------------
@pytest.mark.skipif(not VECTORS.exists(), reason="the vectors of the application note are not here")
@pytest.mark.parametrize("vector", vectors())
def test_vectors_of_the_application_note(vector: dict[str, Any]) -> None:
    meta, file = bytes.fromhex(vector["meta_key"]), bytes.fromhex(vector["file_key"])
    read = sdm.read_picc_data(meta, bytes.fromhex(vector["picc_data"]))
    assert (read.uid.hex().upper(), read.counter) == (vector["uid"], vector["ctr"])
    enc = bytes.fromhex(vector["enc"] or "")
    covered = sdm.covered_text(enc, vector["mac_param"] or "")
    assert sdm.mac_of(file, read, covered).hex().upper() == vector["expected_mac"]
    if not vector["valid"]:
        with pytest.raises(sdm.ForgedRead):
            sdm.verify(file, read, bytes.fromhex(vector["mac"]), [covered])
        return
    sdm.verify(file, read, bytes.fromhex(vector["mac"]), [covered])
    if vector["file_data"]:
        assert sdm.read_file_data(file, read, enc) == bytes.fromhex(vector["file_data"])


def test_the_diversified_key_of_the_application_note() -> None:
    """AN10922, example in 2.2.1."""
    made = sdm.diversified(
        bytes.fromhex("00112233445566778899AABBCCDDEEFF"),
        bytes.fromhex("04782E21801D80"),
        bytes.fromhex("3042F5"),
        b"NXP Abu",
    )
    assert made.hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"


def test_the_tag_of_these_tests_knows_the_cmac_of_its_standard() -> None:
    """RFC 4493, examples 1 and 2."""
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    assert cmac(key, b"").hex() == "bb1d6929e95937287fa37d129b756746"
    block = bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")
    assert cmac(key, block).hex() == "070a16b46b4d4144f79bdd9dd04a287c"


# --- keys that are not zero ---------------------------------------------------------------------------
@given(tags, st.integers(0, 4).flatmap(lambda blocks: st.binary(min_size=16 * blocks, max_size=16 * blocks)))
def test_what_a_tag_says_is_believed_and_read(tag: FakeTag, data: bytes) -> None:
    counter = tag.counter
    said = tag.read(data)
    read = verified(said, tag.meta_key, tag.file_key)
    assert (read.uid, read.counter) == (tag.uid, counter)
    if data:
        assert sdm.read_file_data(tag.file_key, read, bytes.fromhex(said["enc"])) == data


@given(tags)
def test_a_tag_that_mirrors_in_the_open_is_believed(tag: FakeTag) -> None:
    counter = tag.counter
    assert verified(tag.read_open(), tag.meta_key, tag.file_key) == sdm.Mirrored(tag.uid, counter)


@given(tags, st.sampled_from(["picc_data", "enc", "cmac"]), st.integers(0))
def test_any_flipped_bit_is_refused(tag: FakeTag, where: str, bit: int) -> None:
    said = tag.read(b"0123456789abcdef" * 2)
    said[where] = flipped(said[where], bit)
    with pytest.raises(sdm.ForgedRead):
        verified(said, tag.meta_key, tag.file_key)


@given(tags, st.sampled_from(["uid", "ctr", "cmac"]), st.integers(0))
def test_any_flipped_bit_of_the_open_form_is_refused(tag: FakeTag, where: str, bit: int) -> None:
    said = tag.read_open()
    said[where] = flipped(said[where], bit)
    with pytest.raises(sdm.ForgedRead):
        verified(said, tag.meta_key, tag.file_key)


@given(tags, keys)
def test_another_file_key_is_refused(tag: FakeTag, other: bytes) -> None:
    if other == tag.file_key:
        return
    with pytest.raises(sdm.ForgedRead):
        verified(tag.read(), tag.meta_key, other)


@given(keys, st.binary(min_size=7, max_size=7), st.binary(min_size=7, max_size=7))
def test_every_tag_has_a_key_of_its_own(master: bytes, one: bytes, other: bytes) -> None:
    same = sdm.diversified(master, one, b"\x01", b"s") == sdm.diversified(master, other, b"\x01", b"s")
    assert same == (one == other)


@pytest.mark.parametrize("mac", ["", "94EED9EE653370", "94EED9EE6533708600"])
def test_a_mac_of_another_length_is_refused(mac: str) -> None:
    read = sdm.read_picc_data(bytes(16), bytes.fromhex("EF963FF7828658A599F3041510671E88"))
    with pytest.raises(sdm.ForgedRead):
        sdm.verify(bytes(16), read, bytes.fromhex(mac))


def flipped(text: str, bit: int) -> str:
    """The hex text with one bit turned."""
    raw = bytearray.fromhex(text)
    bit %= 8 * len(raw)
    raw[bit // 8] ^= 1 << (bit % 8)
    return raw.hex()
