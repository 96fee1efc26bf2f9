"""Lines as text: the encoded polyline algorithm (Google, five decimals, latitude first)."""

from __future__ import annotations

from collections.abc import Iterable

FACTOR = 1e5


def encode(points: Iterable[tuple[float, float]]) -> str:
    """Longitudes and latitudes as text; kept to five decimals (1.1 m)."""
    out: list[str] = []
    before = (0, 0)
    for lng, lat in points:
        here = round(lat * FACTOR), round(lng * FACTOR)
        out.extend(_letters(now - last) for now, last in zip(here, before, strict=True))
        before = here
    return "".join(out)


def _letters(value: int) -> str:
    value = ~(value << 1) if value < 0 else value << 1
    letters = []
    while value >= 0x20:
        letters.append(chr((0x20 | (value & 0x1F)) + 63))
        value >>= 5
    return "".join([*letters, chr(value + 63)])


def decode(text: str) -> list[tuple[float, float]]:
    """The inverse of `encode`. Raises ValueError for text that is cut off or has other letters."""
    numbers: list[int] = []
    value = shift = 0
    for letter in text:
        code = ord(letter) - 63
        if not 0 <= code < 64:
            raise ValueError(f"{letter!r} is no letter of an encoded line")
        value |= (code & 0x1F) << shift
        shift += 5
        if code < 0x20:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift or len(numbers) % 2:
        raise ValueError("the encoded line is cut off")
    points: list[tuple[float, float]] = []
    lat = lng = 0
    for north, east in zip(numbers[::2], numbers[1::2], strict=True):
        lat, lng = lat + north, lng + east
        points.append((lng / FACTOR, lat / FACTOR))
    return points
