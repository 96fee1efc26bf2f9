"""Addresses in the manner of Shanghai taken apart and compared: 路, 弄, 支弄, 号, 甲/乙, 室, 路口."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from .text import NUMERALS, number_of, plain, sounds

_ADMINISTRATIVE = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,3}市)?(?:[\u4e00-\u9fff]{2,3}(?<![小社园校街新东西南北])区)?"
    r"(?:[\u4e00-\u9fff]{2,5}(?:街道|镇(?!坪|宁|江|川))(?!路|街))?"
)
_NUMERAL = re.compile(rf"([{NUMERALS}]+)(?=弄|支弄|号|室|幢|栋|村|街坊|楼|层)")
_SEPARATORS = re.compile(
    r"(?<=[路街道弄号口])(?:靠近|邻近|近|与|和|及|跟|、(?=[^0-9]))|[,;/&|·。+]|(?<![0-9])-(?![0-9])|^(?:近|靠近)"
)
_ROAD = re.compile(r"[\u4e00-\u9fff]{2,6}?(?:公路|大道|大街|支路|路|街|巷)(?!口|道|坊|面)")
_CORNER = re.compile(r"路口|街口|口$|交叉|交汇|交界|转角|拐角|相交")
_LANE = re.compile(r"(?<!支)(\d+)弄")
_SUBLANE = re.compile(r"(\d+)支弄")
_ROOM = re.compile(r"(?:号楼|幢|栋|楼|层|座|号|弄)?-?([a-z]?\d+[a-z]?)(?:室|铺|铺位|商铺|单元|柜)")
_BUILDING = re.compile(r"([a-z]|\d+)(?:号楼|幢|栋|座)")
_SIGNS = "甲乙丙丁戊"
_HOUSE = re.compile(
    rf"(?P<before>[{_SIGNS}])?(?P<low>\d+)(?P<sign>[{_SIGNS}a-d])?号?(?:[-~至—、,](?P<high>\d+))?"
    rf"(?P<sign2>[{_SIGNS}a-d])?(?P<mark>号)(?P<after>[{_SIGNS}a-d](?![座幢栋\d])|-\d+)?(?!楼)"
)
_BARE_NUMBER = re.compile(r"(\d+)(?:[-~](\d+))?$")
_LISTED_NUMBERS = re.compile(r"^(\d+)(?:[、,]\d+)*[、,](\d+)号")
_PLACE = re.compile(r"^([\u4e00-\u9fff]{2,8}(?:\d+村|\d+街坊)?)(?=\d|$)")


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart; roads by their sound, the one the number belongs to first."""

    roads: tuple[str, ...] = ()
    road_names: tuple[str, ...] = ()
    lane: int | None = None
    sublane: int | None = None
    low: int | None = None
    high: int | None = None
    sign: str = ""
    building: str = ""
    room: str = ""
    corner: bool = False

    @property
    def known(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.roads)


def parse_address(text: str, *, places: Collection[str] = ()) -> Address:
    """Take an address apart. `places`: names of district and towns that may stand at its head."""
    rest = plain(text).replace("(", "").replace(")", "").replace('"', "")
    rest = _ADMINISTRATIVE.sub("", rest)
    for place in sorted(places, key=len, reverse=True):
        if rest.startswith(place) and not _ROAD.match(rest[: len(place) + 1]):
            rest = rest[len(place) :]
    rest = _NUMERAL.sub(_as_digits, rest)
    corner = bool(_CORNER.search(rest))
    rest = re.sub(r"(?<=[路街])路口|(?<=路)口|沿街(?:商铺|店面|门面)?", "", rest)
    parts = [part for part in _SEPARATORS.split(rest) if part]
    roads, names = _roads(parts)
    if not roads and (place_name := _PLACE.match(rest)):
        names = (place_name[1],)
        roads = (_road_key(place_name[1]),)
    if not roads:
        return Address()
    numbered = rest[rest.find(names[0]) + len(names[0]) :] if names[0] in rest else rest
    return _with_numbers(numbered, roads, names, corner or len(roads) > 1)


def _as_digits(match: re.Match[str]) -> str:
    value = number_of(match[1])
    return match[0] if value is None else str(value)


def _roads(parts: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All roads named, the one followed by a number first."""
    found: list[tuple[bool, str]] = []
    for part in parts:
        for match in _ROAD.finditer(part):
            followed = part[match.end() : match.end() + 1]
            found.append((bool(followed) and (followed.isdigit() or followed in _SIGNS), match[0]))
    found.sort(key=lambda item: not item[0])
    names = tuple(dict.fromkeys(name for _, name in found))
    return tuple(dict.fromkeys(_road_key(name) for name in names)), names


def _road_key(name: str) -> str:
    """The road by sound and without 路/街, so that 曹扬路, 曹杨路 and 曹杨 are one."""
    return "".join(sounds(re.sub(r"(?:公路|大道|大街|支路|路|街|巷)$", "", name) or name))


def _with_numbers(text: str, roads: tuple[str, ...], names: tuple[str, ...], corner: bool) -> Address:
    room, building = _ROOM.search(text), _BUILDING.search(text)
    lane, sublane = _LANE.search(text), _SUBLANE.search(text)
    body = text[max(match.end() for match in (lane, sublane) if match) :] if lane or sublane else text
    low, high, sign = _house(body, bare=not lane)
    return Address(
        roads=roads,
        road_names=names,
        lane=int(lane[1]) if lane else None,
        sublane=int(sublane[1]) if sublane else None,
        low=low,
        high=high,
        sign=sign,
        building=building[1] if building else "",
        room=room[1] if room else "",
        corner=corner and low is None,
    )


def _house(text: str, *, bare: bool) -> tuple[int | None, int | None, str]:
    """House number from, to, and the 甲/乙 or -2 that divides it."""
    listed = _LISTED_NUMBERS.match(text)  # 12、14、16号
    if listed and int(listed[2]) > int(listed[1]):
        return int(listed[1]), int(listed[2]), ""
    match = _HOUSE.search(text)
    if match is None:
        plain_number = _BARE_NUMBER.match(text) if bare else None
        if plain_number is None:
            return None, None, ""
        low, second = int(plain_number[1]), int(plain_number[2] or 0)
        return (low, second, "") if second >= low else (low, low, plain_number[2] or "")
    low, high = int(match["low"]), int(match["high"] or 0)
    sign = match["before"] or match["sign"] or match["sign2"] or (match["after"] or "").lstrip("-")
    if high and high < low:  # 558-2号 is the second door of 558, not a range
        return low, low, sign or str(high)
    return low, high or low, sign


# --- comparison -----------------------------------------------------------------------------------
ADDRESS_LEVELS = (
    "same", "other_room", "lane_or_number", "same_lane", "same_corner", "corner_on_road", "road_only",
    "near_number", "other_number", "other_road", "unknown",
)  # fmt: skip
NEAR = 6  # doors on one side of the street count by two: the third door


def compare_addresses(a: Address, b: Address) -> str:
    """How far two addresses agree, one of `ADDRESS_LEVELS`."""
    if not a.known or not b.known:
        return "unknown"
    shared = set(a.roads) & set(b.roads)
    if not shared:
        return "other_road"
    if a.corner or b.corner:
        if len(shared) > 1:
            return "same_corner"
        both = a.corner and b.corner and len(a.roads) > 1 and len(b.roads) > 1
        return "other_road" if both else "corner_on_road"
    if a.roads[0] != b.roads[0]:
        return "other_road"
    return _compare_lanes(a, b)


def _compare_lanes(a: Address, b: Address) -> str:
    if a.lane is not None and b.lane is not None:
        if a.lane != b.lane or (a.sublane and b.sublane and a.sublane != b.sublane):
            return "other_number"
        if a.low is None or b.low is None:
            return "same_lane"
        level = _compare_numbers(a, b)
        return level if level in {"same", "other_room"} else "near_number"
    if a.lane is None and b.lane is None:
        if a.low is None or b.low is None:
            return "road_only"
        return _compare_numbers(a, b)
    laned, other = (a, b) if a.lane is not None else (b, a)
    if other.low is None:
        return "road_only"
    return "lane_or_number" if other.low == laned.lane else "other_number"


def _compare_numbers(a: Address, b: Address) -> str:
    if a.low is None or b.low is None or a.high is None or b.high is None:
        return "road_only"
    if a.low <= b.high and b.low <= a.high:
        if a.sign and b.sign and a.sign != b.sign:
            return "near_number"
        other_room = a.room and b.room and a.room != b.room
        return "other_room" if other_room else "same"
    gap = min(abs(a.low - b.high), abs(b.low - a.high))
    return "near_number" if gap <= NEAR else "other_number"
