"""What the messages of JT/T 808 say: registration, authentication, positions, and our answers. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from chengshu.patrol.jt808.codec import Frame, FrameError, from_bcd

TERMINAL_ANSWER, HEARTBEAT, LOG_OFF = 0x0001, 0x0002, 0x0003
REGISTER, AUTHENTICATE = 0x0100, 0x0102
POSITION, POSITIONS = 0x0200, 0x0704
ANSWER, REGISTERED = 0x8001, 0x8100
OK, FAILED, WRONG, UNSUPPORTED = 0, 1, 2, 3
NO_SUCH_TERMINAL = 4  # of the answer to a registration

BEIJING = timezone(timedelta(hours=8))  # times of terminals are GMT+8, wherever they are
LOCATED, SOUTH, WEST = 1 << 1, 1 << 2, 1 << 3
_POSITION = struct.Struct(">IIIIHHH6s")


@dataclass(frozen=True)
class Reported:
    """位置信息汇报 (0x0200): WGS 84 or GCJ-02 degrees, km/h, degrees from north. ``located`` is false while
    the receiver has no fix; the position is then the last one, or nothing."""

    at: datetime
    lng: float
    lat: float
    located: bool
    speed_kmh: float = 0.0
    direction: int = 0
    altitude_m: int = 0
    alarm: int = 0
    status: int = 0


def read_position(body: bytes) -> Reported:
    """The fixed part of a position; what is attached to it is passed over. Raises FrameError."""
    if len(body) < _POSITION.size:
        raise FrameError("a position that is cut off")
    alarm, status, lat, lng, altitude, speed, direction, moment = _POSITION.unpack_from(body)
    return Reported(
        at=read_time(moment),
        lng=lng / 1e6 * (-1 if status & WEST else 1),
        lat=lat / 1e6 * (-1 if status & SOUTH else 1),
        located=bool(status & LOCATED),
        speed_kmh=speed / 10,
        direction=direction,
        altitude_m=altitude,
        alarm=alarm,
        status=status,
    )


def write_position(one: Reported) -> bytes:
    """The body of a 0x0200 message (for tests and simulations)."""
    status = one.status & ~(LOCATED | SOUTH | WEST)
    status |= (LOCATED if one.located else 0) | (SOUTH if one.lat < 0 else 0) | (WEST if one.lng < 0 else 0)
    moment = bytes.fromhex(one.at.astimezone(BEIJING).strftime("%y%m%d%H%M%S"))
    return _POSITION.pack(
        one.alarm, status, round(abs(one.lat) * 1e6), round(abs(one.lng) * 1e6), one.altitude_m,
        round(one.speed_kmh * 10), one.direction, moment,
    )  # fmt: skip


def read_time(moment: bytes) -> datetime:
    """BCD ``yymmddhhmmss`` in GMT+8. Raises FrameError for what is no time."""
    try:
        return datetime.strptime(from_bcd(moment), "%y%m%d%H%M%S").replace(tzinfo=BEIJING)
    except ValueError:
        raise FrameError("no time") from None


def read_positions(body: bytes) -> Iterator[Reported]:
    """定位数据批量上传 (0x0704): each of them. Raises FrameError where the lengths do not fit."""
    if len(body) < 3:
        raise FrameError("a batch that is cut off")
    at = 3  # number of items (2), kind (1)
    for _item in range(int.from_bytes(body[:2], "big")):
        size = int.from_bytes(body[at : at + 2], "big")
        if at + 2 + size > len(body):
            raise FrameError("a batch that is cut off")
        yield read_position(body[at + 2 : at + 2 + size])
        at += 2 + size


def write_positions(many: list[Reported], *, blind: bool = True) -> bytes:
    """The body of a 0x0704 message; ``blind``: kept while there was no network."""
    items = [write_position(one) for one in many]
    head = len(items).to_bytes(2, "big") + bytes([1 if blind else 0])
    return head + b"".join(len(item).to_bytes(2, "big") + item for item in items)


@dataclass(frozen=True)
class Registration:
    """终端注册 (0x0100): which terminal on which vehicle. ``plate``: as painted, empty without one."""

    province: int
    city: int
    maker: str
    model: str
    identity: str
    colour: int
    plate: str


def read_registration(frame: Frame) -> Registration:
    """The fields have other lengths in 2019. Raises FrameError."""
    maker, model, identity = (11, 30, 30) if frame.is_2019 else (5, 20, 7)
    fixed = 4 + maker + model + identity + 1
    body = frame.body
    if len(body) < fixed:
        raise FrameError("a registration that is cut off")
    texts, at = [], 4
    for size in (maker, model, identity):
        texts.append(text(body[at : at + size]))
        at += size
    province, city = struct.unpack_from(">HH", body)
    maker_name, model_name, identity_name = texts
    return Registration(province, city, maker_name, model_name, identity_name, body[at], text(body[at + 1 :]))


def read_authentication(frame: Frame) -> str:
    """终端鉴权 (0x0102): the code; 2019 puts its length in front and more behind. Raises FrameError."""
    if not frame.is_2019:
        return text(frame.body)
    if not frame.body or len(frame.body) < 1 + frame.body[0]:
        raise FrameError("an authentication that is cut off")
    return text(frame.body[1 : 1 + frame.body[0]])


def text(data: bytes) -> str:
    """GBK without the zeros behind; what is no GBK becomes a replacement sign."""
    return data.split(b"\0", 1)[0].decode("gbk", "replace").strip()


def answer(to: Frame, serial: int, result: int) -> Frame:
    """平台通用应答 (0x8001) in the version of the terminal."""
    body = struct.pack(">HHB", to.serial, to.message, result)
    return Frame(ANSWER, to.terminal, serial, body, to.version)


def registered(to: Frame, serial: int, result: int, code: str = "") -> Frame:
    """终端注册应答 (0x8100): the code only where it went well."""
    body = struct.pack(">HB", to.serial, result) + (code.encode("gbk") if result == OK else b"")
    return Frame(REGISTERED, to.terminal, serial, body, to.version)
