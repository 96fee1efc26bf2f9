"""Names of shops, firms and compounds taken apart: brand, trade, branch, telling numbers."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from rapidfuzz.distance import Indel, JaroWinkler

from .text import NUMERALS, number_of, plain, sounds

_NOT_KEY = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_BRACKETS = re.compile(r"[(\[{<【「『《〈〔](.*?)[)\]}>】」』》〉〕]")
_ADMINISTRATIVE = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,3}市)?(?:[\u4e00-\u9fff]{2,3}(?<![小社园校街新东西南北])区)?"
)
# 一期, 第二小区, 三村 …: a number that tells one sibling from the next.
_UNITS = "期|村|街坊|小区|区|坊|组团|号楼|号|弄|支弄|幢|分店|店|分公司|标段|标"
_ORDINAL = re.compile(rf"(第)?([{NUMERALS}]+|\d+)(?={_UNITS})")
_DIRECTION_AT_END = re.compile(r"(?:[东西南北中]|[a-h])(?:区|村|块|里|街坊|坊|苑|园|片|座|组团)$")
_NO_NAME = re.compile(r"^(?:原|曾用|又名|近|旁|装修|暂停|已|停业|歇业|招租)")
_BRANCH_WORD = re.compile(r"(?:第?\d*(?:分店|分公司|分号|门店|店))$")
_PLACE_BRANCH = re.compile(
    r"(?P<place>[\u4e00-\u9fff]{2}(?:[东西南北中]?[路街]|大道|弄|广场|中心|大厦|新村|[0-9]村|桥|站)|\d+[弄号])"
    r"(?:\d+)?(?:分店|分公司|店)$"
)


_BRANCH_OF_FIRM = re.compile(r"公司(.{0,8}分公司)$")


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary of `words.yaml`."""

    trades: dict[str, str]
    legal_forms: tuple[str, ...]
    places: frozenset[str]
    longest: int


@cache
def words() -> Words:
    """The vocabulary, read once."""
    raw = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    trades = {word: trade for trade, listed in raw["trades"].items() for word in listed}
    trades |= dict.fromkeys(raw["generic"], "")
    forms = sorted(raw["legal_forms"], key=len, reverse=True)
    return Words(trades, tuple(forms), frozenset(raw["places"]), max(map(len, trades)))


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart. `full` keeps the trade, `core` is what is left of brand or person."""

    full: str
    core: str
    trade: str
    branch: str
    numbers: tuple[str, ...]
    directions: tuple[str, ...]
    core_sound: tuple[str, ...]
    full_sound: tuple[str, ...]


def parse_name(text: str, *, places: Collection[str] = (), roads: Collection[str] = ()) -> Name:
    """Take a name apart.

    `places`: names of the district and its towns, dropped at the head. `roads`: roads known around the
    object (曹杨路), so that 美宜佳曹杨路店 is read as the 曹杨路 branch of 美宜佳.
    """
    inline, branch = _open_brackets(plain(text), places)
    key = _ORDINAL.sub(_as_digits, _NOT_KEY.sub("", inline))
    key = _without_head(key, places)
    registered = _BRANCH_OF_FIRM.search(key)  # 某某有限公司普陀分公司
    if registered:
        key, branch = key[: registered.start(1)], branch or registered[1].removesuffix("分公司")
    bare = _without_legal_form(key)
    if not branch:
        bare, branch = _split_branch(bare, roads)
    core, trade = _split_trade(bare)
    return Name(
        full=bare,
        core=core,
        trade=trade,
        branch=_NOT_KEY.sub("", _ORDINAL.sub(_as_digits, branch)),
        numbers=tuple(re.findall(r"\d+", bare)),
        directions=_directions(bare),
        core_sound=sounds(core),
        full_sound=sounds(bare),
    )


def _as_digits(match: re.Match[str]) -> str:
    value = number_of(match[2])
    return match[0] if value is None else str(value)


def _open_brackets(text: str, places: Collection[str]) -> tuple[str, str]:
    """Text without brackets, and the branch that stood in them; phases and the like stay in the text."""
    branch = ""

    def settle(match: re.Match[str]) -> str:
        nonlocal branch
        inside = match[1]
        if _BRANCH_WORD.search(inside) and inside not in words().trades:
            branch = _BRANCH_WORD.sub("", inside) or inside
            return ""
        if _NO_NAME.match(inside) or inside in words().places or inside.rstrip("市区") in places:
            return ""
        return inside if inside not in words().legal_forms else ""

    return _BRACKETS.sub(settle, text), branch


def _without_head(key: str, places: Collection[str]) -> str:
    rest = _ADMINISTRATIVE.sub("", key)
    known = words().places
    for _ in range(3):  # 上海普陀曹杨新村街道…
        sizes = range(min(8, len(rest) - 2), 1, -1)
        size = next((size for size in sizes if rest[:size] in places or rest[:size] in known), 0)
        # Without its head 兰州拉面 would be any 拉面: something besides the trade must remain
        if not size or rest[size:] in words().trades:
            break
        rest = rest[size:]
    return rest if len(rest) >= 2 else key


def _without_legal_form(key: str) -> str:
    for form in words().legal_forms:
        if key.endswith(form) and len(key) - len(form) >= 2:
            return key[: -len(form)]
    return key


def _split_branch(key: str, roads: Collection[str]) -> tuple[str, str]:
    """Brand and branch of 美宜佳曹杨路店."""
    ending = _BRANCH_WORD.search(key)
    if ending is None or ending.start() == 0:
        return key, ""
    for road in roads:
        at = key.find(road)
        if at >= 2 and key[at + len(road) :] in {ending[0], ending[0].lstrip("第")}:
            return key[:at], road
    place = _PLACE_BRANCH.search(key)
    if place and place.start() >= 2:
        return key[: place.start()], place["place"]
    if ending[0] not in {"店", "门店"} and ending.start() >= 2:  # 鑫旺第2分店
        return key[: ending.start()], ending[0]
    return key, ""


def _split_trade(key: str) -> tuple[str, str]:
    """What is left without words for the kind of place, and the trade they speak of."""
    core, trade = key, ""
    trades, longest = words().trades, words().longest
    for _ in range(3):  # 鑫旺|水果|经营部
        sizes = range(min(longest, len(core) - 2), 0, -1)
        size = next((size for size in sizes if core[-size:] in trades), 0)
        if not size:
            return core, trade or trades.get(core, "")
        core, trade = core[:-size], trades[core[-size:]] or trade
    return core, trade


def _directions(key: str) -> tuple[str, ...]:
    ending = _DIRECTION_AT_END.search(key)
    return (ending[0][0],) if ending else ()


# --- comparison -----------------------------------------------------------------------------------
NAME_LEVELS = ("same", "same_core", "same_sound", "contained", "close", "alike", "weak", "different")


def compare_names(a: Name, b: Name) -> str:
    """How alike two names are, one of `NAME_LEVELS` from the strongest down."""
    if a.full == b.full:
        return "same"
    if a.core == b.core:
        return "same_core"
    if a.core_sound == b.core_sound or a.full_sound == b.full_sound:
        return "same_sound"
    shorter, longer = sorted((a.core, b.core), key=len)
    if len(shorter) >= 2 and (shorter in longer) and len(longer) - len(shorter) <= len(shorter):
        return "contained"
    likeness = max(
        Indel.normalized_similarity(a.core, b.core),
        Indel.normalized_similarity(a.core_sound, b.core_sound),
        JaroWinkler.similarity(a.full, b.full) if a.full[:2] == b.full[:2] else 0.0,
    )
    if likeness >= 0.85:
        return "close"
    if likeness >= 0.65:
        return "alike"
    return "weak" if likeness >= 0.45 else "different"


def compare_trades(a: Name, b: Name) -> str:
    """`same`, `conflict`, or `unknown` where one name does not say."""
    if not a.trade or not b.trade:
        return "unknown"
    return "same" if a.trade == b.trade else "conflict"


def compare_branches(a: Name, b: Name) -> str:
    """`same`, `conflict`, `one` (only one names its branch) or `none`."""
    if not a.branch or not b.branch:
        return "one" if a.branch or b.branch else "none"
    return "same" if a.branch in b.branch or b.branch in a.branch else "conflict"


def compare_numbers(a: Name, b: Name) -> str:
    """Telling numbers and directions (二期, 东村): `same`, `conflict`, `one` or `none`."""
    levels = {_compare_sets(a.numbers, b.numbers), _compare_sets(a.directions, b.directions)}
    return next(level for level in ("conflict", "one", "same", "none") if level in levels)


def _compare_sets(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    if not a and not b:
        return "none"
    if not a or not b:
        return "one"
    return "same" if set(a) == set(b) else "conflict"
