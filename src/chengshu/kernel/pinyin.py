"""Pinyin (拼音) for ordering and searching Chinese names: the embedded database has no Chinese collation.

Readings are those of single characters, with place names and surnames that read differently as data below;
no dictionary of whole phrases is loaded, so a hundred thousand names take about a second.
"""

from __future__ import annotations

import re
from itertools import product

from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal, to_tone3

# Characters whose first reading in the table is not the usual one in names and addresses.
_USUAL = {
    "长": "cháng",
    "都": "dū",
    "曾": "zēng",
    "调": "tiáo",
    "弄": "lòng",
    "莘": "xīn",
    "茄": "qié",
}

# Where the neighbours decide. Longest first when matching.
_PHRASES = {
    "重庆": "chóng qìng",
    "厦门": "xià mén",
    "闵行": "mǐn háng",
    "银行": "yín háng",
    "支行": "zhī háng",
    "分行": "fēn háng",
    "车行": "chē háng",
    "商行": "shāng háng",
    "五金行": "wǔ jīn háng",
    "音乐": "yīn yuè",
    "乐器": "yuè qì",
    "朝阳": "cháo yáng",
    "长征": "cháng zhēng",
    "校长": "xiào zhǎng",
    "镇长": "zhèn zhǎng",
    "队长": "duì zhǎng",
    "成长": "chéng zhǎng",
    "家长": "jiā zhǎng",
    "六安": "lù ān",
    "西藏": "xī zàng",
    "便宜": "pián yi",
    "人参": "rén shēn",
    "重叠": "chóng dié",
    "阿胶": "ē jiāo",
    "大夫": "dài fu",
    "都市": "dū shì",
    "番茄": "fān qié",
    "雪茄": "xuě jiā",
    "莘县": "shēn xiàn",
    "柏林": "bó lín",
    "调查": "diào chá",
    "传记": "zhuàn jì",
    "星宿": "xīng xiù",
    "校对": "jiào duì",
    "兴趣": "xìng qù",
    "高兴": "gāo xìng",
    "干洗": "gān xǐ",
    "饼干": "bǐng gān",
    "率土": "shuài tǔ",
    "理发": "lǐ fà",
    "美发": "měi fà",
    "养发": "yǎng fà",
    "会计": "kuài jì",
    "发廊": "fà láng",
}

# Other readings that people type initials by.
_ALSO = {
    "长": "z",
    "行": "h",
    "重": "c",
    "乐": "y",
    "厦": "x",
    "朝": "z",
    "弄": "n",
    "曾": "c",
    "单": "s",
    "都": "d",
    "盛": "c",
    "调": "d",
    "传": "z",
    "校": "j",
    "柏": "b",
    "莘": "s",
    "解": "x",
    "仇": "q",
    "会": "k",
    "发": "f",
    "茄": "j",
    "参": "s",
    "藏": "z",
}
_MAX_VARIANTS = 8

# 一村, 十二弄: numbers in names sort as numbers.
_COUNTERS = "村期区弄号街组幢栋楼层室队坊站店"
_CHINESE_NUMBER = re.compile(f"[一二三四五六七八九十百]+(?=[{_COUNTERS}])")
_CHINESE_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_DIGITS = re.compile(r"[0-9０-９]+")
_PHRASE = re.compile("|".join(sorted(map(re.escape, _PHRASES), key=len, reverse=True)))
_NUMBER_WIDTH = 8


class _Readings(dict[int, str]):
    """A table for ``str.translate`` that fills itself character by character."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, code: int) -> str:
        value = _render(chr(code), _reading(code), self._kind)
        self[code] = value
        return value


def _reading(code: int) -> str:
    char = chr(code)
    return _USUAL.get(char) or PINYIN_DICT.get(code, "").split(",")[0]


def _render(char: str, reading: str, kind: str) -> str:
    if not reading:
        half = chr(ord(char) - 0xFEE0) if "\uff01" <= char <= "\uff5e" else char
        half = " " if half.isspace() else half.lower()
        if kind == "sort":
            return half
        return half if half.isalnum() else " " if kind == "full" else ""
    plain = to_normal(reading, v_to_u=False)
    if kind == "sort":
        # Same syllable: by tone, then by character, so that one surname's names stand together.
        return f" {plain}{to_tone3(reading, neutral_tone_with_five=True)[-1]}{char}"
    return f" {plain} " if kind == "full" else plain[0]


_TABLES = {kind: _Readings(kind) for kind in ("sort", "full", "initials")}
_PHRASE_TEXTS = {
    kind: {
        phrase: "".join(
            _render(char, reading, kind) for char, reading in zip(phrase, readings.split(), strict=True)
        )
        for phrase, readings in _PHRASES.items()
    }
    for kind in _TABLES
}


def sort_key(text: str) -> str:
    """A key whose order by code points is the order a reader expects; store it and sort by it.

    By syllable, tone and character; Latin letters by themselves in lower case; numbers by value, also
    Chinese ones before a counting word (二村 < 十村). Full-width letters and digits count as half-width.
    """
    if max(text, default="") >= "一" and any(counter in text for counter in _COUNTERS):
        text = _CHINESE_NUMBER.sub(lambda match: str(_chinese_number(match[0])), text)
    text = _DIGITS.sub(lambda match: f"{int(match[0]):0{_NUMBER_WIDTH}d}", text)
    return _translate(text, "sort").strip()


def full(text: str) -> str:
    """Syllables with single blanks between them, without tones: 曹杨新村 → ``cao yang xin cun``."""
    return " ".join(_translate(text, "full").split())


def initials(text: str) -> str:
    """First letters: 曹杨新村 → ``cyxc``; letters and digits stay, everything else is dropped."""
    return _translate(text, "initials")


def initials_variants(text: str) -> list[str]:
    """:func:`initials` first, then with other readings of ambiguous characters; at most eight."""
    first = initials(text)
    ambiguous = [char for char in text if char in _ALSO]
    if not ambiguous:
        return [first]
    usual = first if len(first) == len(text) else [initials(char) for char in text]
    choices = [
        dict.fromkeys([letter, _ALSO.get(char, letter)]) for char, letter in zip(text, usual, strict=True)
    ]
    variants = dict.fromkeys([first])
    for combination in product(*choices):
        variants["".join(combination)] = None
        if len(variants) >= _MAX_VARIANTS:
            break
    return list(variants)


def _translate(text: str, kind: str) -> str:
    table = _TABLES[kind]
    if _PHRASE.search(text) is None:
        return text.translate(table)
    phrases = _PHRASE_TEXTS[kind]
    parts, at = [], 0
    for match in _PHRASE.finditer(text):
        parts += [text[at : match.start()].translate(table), phrases[match[0]]]
        at = match.end()
    return "".join([*parts, text[at:].translate(table)])


def _chinese_number(text: str) -> int:
    total, digit = 0, 0
    for char in text:
        if char == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif char == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = digit * 10 + _CHINESE_DIGITS[char] if digit else _CHINESE_DIGITS[char]
    return total + digit
