"""Frames of JT/T 808 go there and back, in any pieces, and garbage is passed over."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.patrol.jt808 import messages
from chengshu.patrol.jt808.codec import Frame, FrameError, Splitter, decode, encode, escape, unescape

words = st.integers(0, 0xFFFF)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    version = draw(st.none() | st.integers(0, 255))
    digits = 12 if version is None else 20
    return Frame(
        message=draw(words),
        terminal=draw(st.text("0123456789", min_size=digits, max_size=digits)),
        serial=draw(words),
        body=draw(st.binary(max_size=200)),
        version=version,
        part=draw(st.none() | st.tuples(words, words)),
        encrypted=draw(st.integers(0, 1)),
    )


moments = st.datetimes(datetime(2000, 1, 1), datetime(2068, 12, 31), timezones=st.just(messages.BEIJING))
positions = st.builds(
    messages.Reported,
    at=moments.map(lambda moment: moment.replace(microsecond=0)),
    lng=st.integers(-180_000_000, 180_000_000).map(lambda micro: micro / 1e6),
    lat=st.integers(-90_000_000, 90_000_000).map(lambda micro: micro / 1e6),
    located=st.booleans(),
    speed_kmh=st.integers(0, 2000).map(lambda tenth: tenth / 10),
    direction=st.integers(0, 359),
    altitude_m=st.integers(0, 9000),
    alarm=st.integers(0, 2**32 - 1),
)


@given(frames())
def test_a_frame_comes_back_as_it_was(frame: Frame) -> None:
    sent = encode(frame)
    assert sent[0] == sent[-1] == 0x7E and 0x7E not in sent[1:-1]
    assert decode(sent[1:-1]) == frame


@given(st.binary())
def test_escaping_is_undone(data: bytes) -> None:
    assert unescape(escape(data)) == data


@given(st.lists(frames(), max_size=5), st.data())
def test_however_the_stream_is_cut_the_same_frames_arrive(sent: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(map(encode, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    splitter, found = Splitter(), []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += splitter.feed(stream[begin:end])
    assert found == sent and splitter.faults == 0


@given(st.binary(max_size=4000), frames())
def test_garbage_is_passed_over_and_the_next_frame_read(garbage: bytes, frame: Frame) -> None:
    splitter = Splitter()
    list(splitter.feed(garbage))
    assert [*splitter.feed(b"\x7e" + encode(frame))][-1] == frame


@given(frames(), st.data())
def test_one_wrong_bit_is_noticed(frame: Frame, data: st.DataObject) -> None:
    inside = bytearray(encode(frame)[1:-1])
    at = data.draw(st.integers(0, len(inside) - 1))
    inside[at] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(FrameError):
        assert decode(bytes(inside)) != frame


def test_endless_bytes_without_an_end_are_let_go() -> None:
    splitter = Splitter()
    list(splitter.feed(b"\x7e"))
    for _ in range(100):
        list(splitter.feed(b"\x00" * 1000))
    assert len(splitter._waiting) < 5000 and splitter.faults


@given(positions)
def test_a_position_comes_back_with_its_hemisphere(one: messages.Reported) -> None:
    back = messages.read_position(messages.write_position(one) + b"\x01\x04\x00\x00\x00\x64")
    assert (back.at, back.located, back.speed_kmh) == (one.at, one.located, one.speed_kmh)
    assert (back.lng, back.lat) == pytest.approx((one.lng, one.lat), abs=1e-9)


@given(st.lists(positions, max_size=20))
def test_a_batch_holds_each_of_them(many: list[messages.Reported]) -> None:
    back = list(messages.read_positions(messages.write_positions(many)))
    assert [one.at for one in back] == [one.at for one in many]


@given(st.binary(max_size=300))
def test_bodies_of_garbage_are_refused_not_failed_on(body: bytes) -> None:
    frame = Frame(messages.REGISTER, "1", 1, body)
    for read in (
        lambda: messages.read_position(body),
        lambda: list(messages.read_positions(body)),
        lambda: messages.read_registration(frame),
        lambda: messages.read_authentication(Frame(messages.AUTHENTICATE, "1", 1, body, 1)),
    ):
        with suppress(FrameError):
            read()


def test_a_frame_of_a_real_terminal_is_read() -> None:
    """0x0002 of terminal 013912345678, written out by hand from the standard's tables."""
    inside = bytes.fromhex("0002 0000 013912345678 0005".replace(" ", ""))
    code = 0
    for byte in inside:
        code ^= byte
    [frame] = Splitter().feed(b"\x7e" + inside + bytes([code]) + b"\x7e")
    assert (frame.message, frame.terminal, frame.serial, frame.is_2019) == (2, "013912345678", 5, False)


def test_times_are_beijing_s_and_plates_gbk() -> None:
    assert messages.read_time(bytes.fromhex("261127093000")) == datetime(
        2026, 11, 27, 9, 30, tzinfo=messages.BEIJING
    )
    with pytest.raises(FrameError):
        messages.read_time(bytes.fromhex("261327093000"))
    body = b"\x00\x1f\x00\x73" + b"MAKER" + b"MODEL".ljust(20, b"\0") + b"ID00001" + b"\x02"
    read = messages.read_registration(Frame(messages.REGISTER, "1", 1, body + "沪A12345".encode("gbk")))
    assert (read.province, read.plate, read.identity) == (31, "沪A12345", "ID00001")


def test_the_hour_of_a_terminal_is_the_hour_there() -> None:
    moment = datetime(2026, 5, 6, 9, 30, tzinfo=messages.BEIJING)
    back = messages.read_position(messages.write_position(messages.Reported(moment, 121.4, 31.2, True)))
    assert back.at == moment and back.at.utcoffset() == timedelta(hours=8)
