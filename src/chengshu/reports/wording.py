"""Numbers as officials write them: 16.77万, 281.75万, 14天12小时, 十个, 5000余, 近80万, 上升12.3%.

A placeholder in a report's text is ``{id}`` or ``{id:form}``; the form declares the rounding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

from chengshu.kernel.indicators.asking import rounded

DIGITS = "零一二三四五六七八九"
PLACES = ("", "十", "百", "千")
SCALES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::([^{}]*))?\}")
FORM = re.compile(
    r"(?P<kind>汉字|同比|环比|上年|上期|全区|位次|目标|天时|余|近)?"
    r"(?P<step>\d+)?(?P<scale>[万亿])?(?:\.(?P<decimals>\d))?"
)
HOURS = 24
Kind = Literal["", "汉字", "同比", "环比", "上年", "上期", "全区", "位次", "目标", "天时", "余", "近"]
CHANGES = ("同比", "环比")


class FormProblem(ValueError):
    """A form that cannot be read; English, for the log and for whoever writes a template."""


@dataclass(frozen=True)
class Form:
    """How a number is written. kind: 余 rounds down to ``step``, 近 up; scale: in 万 or 亿.

    Other kinds say which number is meant: 同比 and 环比 the change against the year and the period before,
    上年 and 上期 the values then, 全区 the district's, 位次 the rank, 目标 the aim of the next year.
    """

    kind: Kind = ""
    step: int = 1
    scale: str = ""
    decimals: int | None = None

    @classmethod
    def parse(cls, text: str) -> Form:
        """Read ``万.2``, ``汉字``, ``余500``, ``近10000万``, ``.1`` … Raises `FormProblem`."""
        found = FORM.fullmatch(text)
        if found is None or (found["step"] and found["kind"] not in ("余", "近")):
            raise FormProblem(f"{text!r} is no form of a number")
        step, decimals = int(found["step"] or 1), found["decimals"]
        kind: Kind = found["kind"] or ""  # type: ignore[assignment]  # one of the words of the pattern
        if step < 1:
            raise FormProblem(f"{text!r}: the step is at least 1")
        return cls(kind, step, found["scale"] or "", None if decimals is None else int(decimals))

    def write(self, value: Decimal, decimals: int = 0) -> str:
        """The number in this form; ``decimals`` where the form names none."""
        if self.kind == "汉字":
            count = int(rounded(value, 0))
            return "两" if count == 2 else in_chinese(count)
        if self.kind == "天时":
            return days_and_hours(value)
        if self.kind in ("余", "近"):
            return self._about(value)
        if self.kind in CHANGES:
            return changed(value, 1 if self.decimals is None else self.decimals)
        places = self.decimals if self.decimals is not None else (2 if self.scale else decimals)
        return plain(rounded(value / SCALES.get(self.scale, Decimal(1)), places)) + self.scale

    def _about(self, value: Decimal) -> str:
        """A round number that the value is above (余) or below (近); the value itself where it is round."""
        way = ROUND_FLOOR if self.kind == "余" else ROUND_CEILING
        whole = (value / self.step).to_integral_value(way) * self.step
        text = plain(whole / SCALES.get(self.scale, Decimal(1)))
        if value < self.step:  # nothing round is near
            return plain(value)
        if whole == value:
            return text + self.scale
        return f"{text}{self.scale}余" if self.kind == "余" else f"近{text}{self.scale}"


def plain(value: Decimal) -> str:
    """Without exponent and without noughts that say nothing: 281.75, 16.77, 100."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def changed(percent: Decimal, decimals: int) -> str:
    """上升 / 下降 / 持平, with the percentage as it is printed."""
    shown = rounded(percent, decimals)
    if not shown:
        return "持平"
    return f"{'上升' if shown > 0 else '下降'}{plain(abs(shown))}%"


def points(difference: Decimal, decimals: int) -> str:
    """The change of a percentage, in percentage points: 上升1.2个百分点."""
    shown = rounded(difference, decimals)
    if not shown:
        return "持平"
    return f"{'上升' if shown > 0 else '下降'}{plain(abs(shown))}个百分点"


def days_and_hours(hours: Decimal) -> str:
    """348 → 14天12小时; whole hours, halves up."""
    days, rest = divmod(int(rounded(hours, 0)), HOURS)
    return "".join([f"{days}天" if days else "", f"{rest}小时" if rest or not days else ""])


def in_chinese(number: int) -> str:
    """汉字数字 of counts: 4 → 四, 10 → 十, 16 → 十六, 105 → 一百零五. From 10,000 on in digits."""
    if not 0 <= number < SCALES["万"]:
        return str(number)
    if number == 0:
        return DIGITS[0]
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += (DIGITS[0] if gap and text else "") + DIGITS[digit] + PLACES[place]
            gap = False
        else:
            gap = True
    return text.removeprefix("一") if 10 <= number < 20 else text
