"""Amounts of money as Chinese documents write them: in capital characters (大写金额) and in figures."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from chengshu.cases.documents.problems import DocumentProblem

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
MYRIADS = ("", "万", "亿", "万亿")
LIMIT = Decimal(10) ** (4 * len(MYRIADS))
FEN = Decimal("0.01")


def rmb_capital(amount: Decimal | int) -> str:
    """An amount in yuan in capital characters: 500 → 人民币伍佰元整, 1000.05 → 人民币壹仟元零伍分.

    Written as the central bank's rules for filling in bills have it (支付结算办法, annex 1). Raises
    `DocumentProblem` for a negative amount, a part of a fen or sixteen digits and more.
    """
    value = checked_amount(amount)
    whole, cents = divmod(int(value * 100), 100)
    jiao, fen = divmod(cents, 10)
    text = f"{_whole(whole)}元" if whole else ""
    if jiao:
        text += ("零" if whole and whole % 10 == 0 else "") + DIGITS[jiao] + "角"
    if fen:
        text += ("零" if whole and not jiao else "") + DIGITS[fen] + "分"
    elif not text:
        text = "零元整"
    else:
        text += "整"
    return f"人民币{text}"


def rmb_figures(amount: Decimal | int) -> str:
    """An amount in yuan in figures: 12345 → ¥12,345.00. Raises `DocumentProblem` like `rmb_capital`."""
    return f"¥{checked_amount(amount):,.2f}"


def checked_amount(amount: Decimal | int) -> Decimal:
    """The amount with two decimals. Raises `DocumentProblem` where it cannot stand in a document."""
    value = Decimal(amount)
    if not value.is_finite() or value < 0 or value >= LIMIT or value != value.quantize(FEN):
        raise DocumentProblem(
            _("%(amount)s is not an amount of money that a document can state.") % {"amount": amount}
        )
    return value.quantize(FEN)


def _whole(number: int) -> str:
    """A whole number below 10^16 in capital characters."""
    text = ""
    for index in range(len(MYRIADS) - 1, -1, -1):
        group = number // 10_000**index % 10_000
        if not group:
            continue
        higher = number // 10_000 ** (index + 1)
        gap = group < 1000 or higher % 10_000 == 0
        unit = MYRIADS[index]
        if unit == "万亿" and number // 10_000**2 % 10_000:
            unit = "万"  # 亿 follows with the group below
        text += ("零" if higher and gap else "") + _group(group) + unit
    return text


def _group(group: int) -> str:
    """1 … 9999 in capital characters, without a leading 零."""
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return text
