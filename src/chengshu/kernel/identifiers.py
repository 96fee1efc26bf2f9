"""Identifiers people type: 统一社会信用代码 (GB 32100), 公民身份号码 (GB 11643), telephone numbers.

Each check returns the normalised number or raises :class:`InvalidIdentifier` with one translated sentence
that says what is wrong, so that a clerk can find the mistake on the paper.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _
from stdnum import numdb
from stdnum.cn import ric, uscc

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# Registering department: digits, A (armed forces), N (agriculture), Y (others).
_USCC_DEPARTMENTS = "123456789ANY"
_OLDEST_BIRTH = date(1880, 1, 1)

# Full-width ASCII (U+FF01–FF5E) to ASCII; blanks, hyphens and invisible marks to nothing.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_DROPPED = dict.fromkeys(
    map(ord, " \t\r\n\u00a0\u3000\u200b\u200e\u200f\u202a\u202c\ufeff-\u2010\u2011\u2013\u2014")
)
_EXPONENT = re.compile(r"\d(?:\.\d+)?E\+?\d+")

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})([2-8]\d{6,7})")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_SERVICE = re.compile(r"(?:[48]00\d{7}|1\d{2,4}|9[56]\d{3,6})")
_EXTENSION = re.compile(r"^(.*?\d)(?:转|ext\.?|x|#|－|-)(\d{1,6})$", re.IGNORECASE)


class InvalidIdentifier(ValueError):
    """The number is not one; the text is a translated sentence, ``code`` the kind of mistake."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def compact(text: str) -> str:
    """Upper-case half-width characters without blanks, hyphens and invisible marks."""
    return text.translate(_HALF_WIDTH).translate(_DROPPED).upper()


def check_uscc(text: str) -> str:
    """The normalised unified social credit code (统一社会信用代码); raises :class:`InvalidIdentifier`.

    Codes: ``empty``, ``rounded``, ``length``, ``alphabet``, ``department``, ``region``, ``check_digit``.
    """
    number = compact(text)
    _check_length(number, 18, _("The unified social credit code"))
    for position, char in enumerate(number, start=1):
        if char not in USCC_ALPHABET:
            raise InvalidIdentifier(
                _("The unified social credit code cannot contain “%(char)s” (position %(position)s).")
                % {"char": char, "position": position},
                "alphabet",
            )
    if number[0] not in _USCC_DEPARTMENTS:
        raise InvalidIdentifier(
            _("The unified social credit code cannot begin with “%(char)s”.") % {"char": number[0]},
            "department",
        )
    if not number[2:8].isdigit():
        raise InvalidIdentifier(
            _("Positions 3 to 8 of the unified social credit code (the region) must be digits."), "region"
        )
    if uscc.calc_check_digit(number[:17]) != number[17]:
        raise InvalidIdentifier(
            _("The check digit of the unified social credit code is wrong: a character is mistyped."),
            "check_digit",
        )
    return number


def check_resident_id(text: str, *, today: date | None = None) -> str:
    """The normalised resident identity number (公民身份号码); raises :class:`InvalidIdentifier`.

    Codes: ``empty``, ``rounded``, ``length``, ``alphabet``, ``region``, ``birth_date``, ``check_digit``. The
    region must be one that has existed at any time: the number keeps the region of its first issue, which
    need not have existed at birth.
    """
    number = compact(text)
    _check_length(number, 18, _("The resident identity number"))
    for position, char in enumerate(number, start=1):
        if char not in "0123456789" and not (char == "X" and position == 18):
            raise InvalidIdentifier(
                _("The resident identity number cannot contain “%(char)s” (position %(position)s).")
                % {"char": char, "position": position},
                "alphabet",
            )
    if not _is_region(number[:6]):
        raise InvalidIdentifier(
            _("The resident identity number begins with an unknown region (%(region)s).")
            % {"region": number[:6]},
            "region",
        )
    if not _is_birth_date(number[6:14], today or date.today()):
        raise InvalidIdentifier(
            _("The birth date in the resident identity number (%(date)s) is not possible.")
            % {"date": number[6:14]},
            "birth_date",
        )
    if ric.calc_check_digit(number) != number[17]:
        raise InvalidIdentifier(
            _("The check digit of the resident identity number is wrong: a digit is mistyped."),
            "check_digit",
        )
    return number


def check_phone(text: str) -> str:
    """The normalised telephone number, leniently; raises :class:`InvalidIdentifier` (``empty``, ``phone``).

    ``+86 138 0000 1234`` → ``13800001234``; ``(021)52564588转12`` → ``021-52564588-12``; local numbers of
    seven or eight digits, 400/800 numbers and short service numbers (12345) stay as they are.
    """
    raw = text.translate(_HALF_WIDTH).strip()
    extension = ""
    digits = _phone_digits(raw)
    if not _split_phone(digits) and (match := _EXTENSION.match(re.sub(r"\s", "", raw))):
        digits, extension = _phone_digits(match[1]), match[2]
    number = _split_phone(digits)
    if not raw:
        raise InvalidIdentifier(_("The telephone number is empty."), "empty")
    if not number:
        raise InvalidIdentifier(_("“%(text)s” is not a telephone number.") % {"text": text.strip()}, "phone")
    return f"{number}-{extension}" if extension else number


def _phone_digits(text: str) -> str:
    digits = re.sub(r"[\s()\[\].\u00a0\u3000\-–—/]", "", text)
    return re.sub(r"^(?:\+|00)86(?=\d{3,})|^86(?=1\d{10}$)", "", digits)


def _split_phone(digits: str) -> str:
    if not digits.isascii():
        return ""
    if match := _LANDLINE.fullmatch(digits):
        return f"{match[1]}-{match[2]}"
    if re.fullmatch(r"(?:10|2\d)[2-8]\d{7}", digits):  # area code without its zero, after +86
        return f"0{digits[:2]}-{digits[2:]}"
    for pattern in (_MOBILE, _LOCAL, _SERVICE):
        if pattern.fullmatch(digits):
            return digits
    return ""


def _check_length(number: str, length: int, what: str) -> None:
    if not number:
        raise InvalidIdentifier(_("%(what)s is empty.") % {"what": what}, "empty")
    if _EXPONENT.fullmatch(number):
        raise InvalidIdentifier(
            _("%(what)s was rounded by the spreadsheet (%(text)s). Format its column as text.")
            % {"what": what, "text": number},
            "rounded",
        )
    if len(number) != length:
        raise InvalidIdentifier(
            _("%(what)s must have %(length)s characters, but this one has %(count)s.")
            % {"what": what, "length": length, "count": len(number)},
            "length",
        )


@lru_cache(maxsize=4096)
def _is_region(code: str) -> bool:
    parts = numdb.get("cn/loc").info(code)
    if code[:2] in {"81", "82", "83"}:  # residence permits of Hong Kong, Macao and Taiwan residents
        return True
    return len(parts) == 2 and bool(parts[1][1])


def _is_birth_date(text: str, today: date) -> bool:
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return _OLDEST_BIRTH <= born <= today
