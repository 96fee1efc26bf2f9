"""The shapes of a draw's documents. Everything is checked, nothing unknown is let through."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from .problems import DrawProblem

COMMITMENT = "chengshu-draw-commitment/1"
PROOF = "chengshu-draw-proof/1"
ALGORITHM = "chengshu-draw/1"
LARGEST = 2**53 - 1
LONGEST_TEXT = 2000

HEX = re.compile(r"[0-9a-f]{64}").fullmatch
ANY_HEX = re.compile(r"([0-9a-f]{2})*").fullmatch
CODE = re.compile(r"[A-Za-z0-9._:-]{1,64}").fullmatch
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
).fullmatch

Shape = Callable[[Any, str], None]
Row = Sequence[Any]


class Candidate(NamedTuple):
    """A row of the list of candidates; ``eligible`` 1 or 0, ``area`` a code or empty."""

    key: str
    stratum: str
    eligible: int
    area: str = ""


class Officer(NamedTuple):
    """A row of the list of officers: who is not sent into which areas and to which objects (keys)."""

    key: str
    group: str
    squad: str
    eligible: int
    not_areas: Sequence[str] = ()
    not_objects: Sequence[str] = ()


def refuse(where: str, what: Any) -> DrawProblem:
    """The refusal of a value at ``where``; ``what``: what it would have to be."""
    return DrawProblem(_("%(where)s is not %(what)s."), where=where, what=what)


def text(least: int = 0, most: int = LONGEST_TEXT) -> Shape:
    """A text of so many characters, without lone surrogates."""

    def check(value: Any, where: str) -> None:
        if type(value) is not str or not least <= len(value) <= most or not _encodable(value):
            what = _("a text of %(least)d to %(most)d characters") % {"least": least, "most": most}
            raise refuse(where, what)

    return check


def _encodable(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def whole(least: int, most: int = LARGEST) -> Shape:
    """A whole number; ``true`` is none."""

    def check(value: Any, where: str) -> None:
        if type(value) is not int or not least <= value <= most:
            what = _("a whole number from %(least)d to %(most)d") % {"least": least, "most": most}
            raise refuse(where, what)

    return check


def matching(pattern: Callable[[str], Any], what: Any) -> Shape:
    """A text of a pattern."""

    def check(value: Any, where: str) -> None:
        if type(value) is not str or not pattern(value):
            raise refuse(where, what)

    return check


def exactly(*values: Any) -> Shape:
    """One of a few values."""

    def check(value: Any, where: str) -> None:
        if not any(type(value) is type(one) and value == one for one in values):
            raise refuse(where, ", ".join(str(one) for one in values))

    return check


def array(item: Shape, least: int = 0) -> Shape:
    """A list of the like."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, (list, tuple)) or len(value) < least:
            raise refuse(where, _("a list of at least %(n)d") % {"n": least})
        for place, one in enumerate(value):
            item(one, f"{where}[{place}]")

    return check


def row(*items: Shape) -> Shape:
    """A list of fixed length."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, (list, tuple)) or len(value) != len(items):
            raise refuse(where, _("a list of %(n)d") % {"n": len(items)})
        for place, (item, one) in enumerate(zip(items, value, strict=True)):
            item(one, f"{where}[{place}]")

    return check


def members(**shapes: Shape) -> Shape:
    """An object with exactly these members."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, Mapping) or value.keys() != shapes.keys():
            raise refuse(where, _("an object with exactly: %(names)s") % {"names": ", ".join(sorted(shapes))})
        for name, shape in shapes.items():
            shape(value[name], f"{where}.{name}")

    return check


def or_null(shape: Shape) -> Shape:
    """The shape, or null."""

    def check(value: Any, where: str) -> None:
        if value is not None:
            shape(value, where)

    return check


def moment(value: Any, where: str) -> None:
    """A moment with its offset from UTC."""
    try:
        if type(value) is str and MOMENT(value):
            datetime.fromisoformat(value)
            return
    except ValueError:
        pass
    raise refuse(where, _("a moment such as 2021-03-01T09:00:00+08:00"))


key = matching(HEX, _("64 lower-case hexadecimal digits"))
code = matching(CODE, _("a code of letters, digits and . _ : -"))
boolean = exactly(True, False)
listed = members(count=whole(0), eligible=whole(0), sha256=key)
rules = members(
    strata=array(members(code=code, label=text(), quota=whole(0)), 1),
    team=array(members(group=code, label=text(), officers=whole(1), same_squad=boolean)),
    area_cap=whole(0),
    text=array(text()),
)
drawn = array(row(key, code, array(key)))
withdrawal = members(at=moment, object=key, officer=or_null(key), code=text(1, 200))
hashes = members(commitment=key, opening=key, final=key)


def check_rules(value: Any, where: str = "rules") -> None:
    """Raise `DrawProblem` unless these are rules with codes that stand once."""
    rules(value, where)
    for name, codes in (
        ("strata", [one["code"] for one in value["strata"]]),
        ("team", [one["group"] for one in value["team"]]),
    ):
        twice = next((one for place, one in enumerate(codes) if one in codes[:place]), None)
        if twice is not None:
            raise DrawProblem(_("%(where)s names %(code)s twice."), where=f"{where}.{name}", code=twice)


def rows(value: Any, where: str) -> None:
    """A list, whose rows are checked elsewhere."""
    if not isinstance(value, (list, tuple)):
        raise refuse(where, _("a list of at least %(n)d") % {"n": 0})


def check_candidates(rows: Sequence[Any], strata: Collection[str]) -> int:
    """Check the list of candidates (one pass, made for a million); how many are eligible."""
    before, eligible_ones = "", 0
    strata, areas = frozenset(strata), {""}
    for place, one in enumerate(rows):
        if not isinstance(one, (list, tuple)) or len(one) != 4:
            raise refuse(f"candidates[{place}]", _("a list of %(n)d") % {"n": 4})
        own, stratum, eligible, area = one
        _check_key(own, before, "candidates", place)
        before = own
        if type(stratum) is not str or stratum not in strata:
            raise refuse(f"candidates[{place}][1]", _("a stratum of the rules"))
        if type(eligible) is not int or eligible not in (0, 1):
            raise refuse(f"candidates[{place}][2]", "0, 1")
        if type(area) is not str or area not in areas:
            code(area, f"candidates[{place}][3]")
            areas.add(area)
        eligible_ones += eligible
    return eligible_ones


def check_officers(rows: Sequence[Any], groups: Collection[str]) -> int:
    """Check the list of officers; how many are eligible."""
    shape = row(key, exactly(*groups), code, exactly(0, 1), array(code), array(key))
    before, eligible_ones = "", 0
    for place, one in enumerate(rows):
        shape(one, f"officers[{place}]")
        _check_key(one[0], before, "officers", place)
        before = one[0]
        eligible_ones += one[3]
    return eligible_ones


def _check_key(own: Any, before: str, name: str, place: int) -> None:
    if type(own) is not str or not HEX(own):
        key(own, f"{name}[{place}][0]")
    if own <= before:
        if own == before:
            raise DrawProblem(_("%(where)s: the key stands twice."), where=f"{name}[{place}]")
        raise DrawProblem(_("%(where)s: the list is not sorted by key."), where=f"{name}[{place}]")
