"""Masking of personal data (脱敏) for display: enough to recognise a record by, not enough to misuse it."""

from __future__ import annotations

import re
from collections.abc import Callable

MASK = "*"

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

# A road's name ends here; 街道 (a sub-district) and 长寿路街道 do not.
_ROAD = re.compile(r"^.*?(?:路(?!街道)|街(?!道)|(?<!街)道(?!路)|公路|胡同|巷)")
_AREA = re.compile(r"^.*(?:街道|[省市区县镇乡])")

_RESIDENT_ID = re.compile(
    r"(?<![0-9A-Za-z])([1-8]\d{5})"
    r"([ -]?(?:18|19|20)\d{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12]\d|3[01])[ -]?)"
    r"(\d{3}[\dXx])(?![0-9A-Za-z])"
)
_OLD_RESIDENT_ID = re.compile(
    r"(?<![0-9A-Za-z])([1-8]\d{5})(\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d)(\d{2})(?![0-9A-Za-z])"
)
_MOBILE = re.compile(r"(?<!\d)((?:\+?86[ -]?)?1[3-9]\d)([ -]?\d{4}[ -]?)(\d{4})(?!\d)")
_LANDLINE = re.compile(
    r"(?<!\d)((?:\+?86[ -]?)?[(]?(?:010|02\d|0[3-9]\d{2})[)]?[ -]?)([2-8]\d{2,3})(\d{4})(?!\d)"
)


def mask_resident_id(text: str) -> str:
    """``310107199001011234`` → ``310107********1234``; anything else keeps a third at most."""
    text = text.strip()
    if len(text) == 18:
        return text[:6] + MASK * 8 + text[14:]
    if len(text) == 15:
        return text[:6] + MASK * 7 + text[13:]
    return _mask_middle(text)


def mask_phone(text: str) -> str:
    """``13812345678`` → ``138****5678``; ``021-52564588`` → ``021-****4588``; an extension stays."""
    text = text.strip()
    plain = text.translate(_HALF_WIDTH)
    for pattern in (_MOBILE, _LANDLINE):
        match = pattern.match(plain)
        if match:
            return _hide(plain, match)
    digits = sum(char.isdigit() for char in plain)
    if digits <= 5:  # public service numbers such as 12345
        return text
    if plain.isdigit() and digits in (7, 8):
        return MASK * (digits - 4) + plain[-4:]
    return _mask_middle(text)


def mask_name(text: str) -> str:
    """``张三`` → ``张*``; ``张小三`` → ``张*三``; ``欧阳小三`` → ``欧**三``; other scripts keep initials."""
    text = text.strip()
    if len(text) <= 1:
        return MASK if text else ""
    if text.isascii():
        return " ".join(word[0] + MASK * 3 for word in text.split())
    if len(text) == 2:
        return text[0] + MASK
    return text[0] + MASK * (len(text) - 2) + text[-1]


def mask_address(text: str) -> str:
    """``曹杨新村街道花溪路100弄5号302室`` → ``曹杨新村街道花溪路***``: up to the road, else the area."""
    text = text.strip()
    match = _ROAD.match(text) or _AREA.match(text)
    head = match[0] if match else text[:2]
    return re.sub(r"[0-9０-９]", MASK, head) + (MASK * 3 if len(head) < len(text) else "")


def mask_text(text: str) -> str:
    """Free text with identity and telephone numbers masked wherever they stand."""
    plain = text.translate(_HALF_WIDTH)  # same length, so that a place in one is the same place in the other
    spans = [
        match.span(2)
        for pattern in (_RESIDENT_ID, _OLD_RESIDENT_ID, _MOBILE, _LANDLINE)
        for match in pattern.finditer(plain)
    ]
    if not spans:
        return text
    chars = list(text)
    for start, end in spans:
        for position in range(start, end):
            if plain[position].isdigit():
                chars[position] = MASK
    return "".join(chars)


_KINDS: dict[str, Callable[[str], str]] = {
    "resident_id": mask_resident_id,
    "phone": mask_phone,
    "name": mask_name,
    "address": mask_address,
    "text": mask_text,
}
KINDS = tuple(_KINDS)


def mask_value(kind: str, value: str | None) -> str:
    """The value masked as its kind (one of :data:`KINDS`); an unknown kind shows nothing of it."""
    if not value:
        return ""
    mask = _KINDS.get(kind)
    return mask(value) if mask else MASK * 6


def _hide(text: str, match: re.Match[str]) -> str:
    start, end = match.span(2)
    hidden = "".join(MASK if char.isdigit() else char for char in text[start:end])
    return text[:start] + hidden + text[end:]


def _mask_middle(text: str) -> str:
    keep = len(text) // 6
    return text[:keep] + MASK * (len(text) - 2 * keep) + (text[-keep:] if keep else "")


SOMEBODY = "某"
LONGEST_PUBLIC = 3


def public_name(name: str) -> str:
    """A natural person by the surname's first character: ``王小明`` → ``王某某``; ``Li Na`` → ``L***``.

    For what is published (公示隐名): nothing else of the name is left, so that it cannot be read back.
    """
    name = "".join(name.split())
    if not name:
        return MASK
    if name[0].isascii():
        return name[0].upper() + MASK * 3
    return name[0] + SOMEBODY * min(max(len(name) - 1, 1), LONGEST_PUBLIC - 1)
