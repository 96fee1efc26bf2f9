"""What the catalogue of the law says: plain values, read from ``data/`` by `chengshu.law.load`.

Everything carries the days on which it applies (``valid_from`` … ``valid_to``, both inclusive, ``valid_to``
None: still in force), the provision it stands in, and whether that was read in the full text (``verified``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, TypeVar

PartyKind = Literal["person", "organisation"]
"""当事人: 个人 (person; 个体工商户 too unless a provision says otherwise) or 单位 (organisation)."""

FineUnit = Literal[
    "yuan",
    "per_m2",
    "per_m2_day",
    "per_tonne",
    "per_tree",
    "per_item",
    "times_value",
    "percent",
]
"""What an amount of a fine is multiplied with; 倍 and per cent are of its ``base``."""

Mode = Literal["direct", "after_order"]
"""``direct``: the fine may go with the order to rectify; ``after_order``: only when that was not followed."""


@dataclass(frozen=True)
class Dated:
    """Something that applies from one day to another, both inclusive."""

    valid_from: date
    valid_to: date | None

    def applies(self, on: date) -> bool:
        """Whether the day lies inside."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True)
class Citation:
    """引用条款: a provision by instrument code and article as printed, e.g. 第二十五条第二款."""

    instrument: str
    article: str
    verified: bool = False


@dataclass(frozen=True)
class InstrumentVersion(Dated):
    """One wording of an instrument; ``source`` is its file among the statute texts, "" if not at hand."""

    source: str = ""


@dataclass(frozen=True)
class InstrumentTitle:
    """法律规范: a statute, regulation or rule by code, with its wordings in order."""

    code: str
    title: str
    level: Literal["law", "administrative_regulation", "local_regulation", "department_rule", "local_rule"]
    versions: tuple[InstrumentVersion, ...]


@dataclass(frozen=True)
class Tier:
    """裁量档次: part of a fine's range for cases of one gravity; amounts in the unit of the fine."""

    code: str
    name: str
    name_en: str
    min: Decimal
    max: Decimal
    verified: bool = False


@dataclass(frozen=True)
class Fine:
    """罚款幅度. ``optional``: 可处 (may) against 处 (shall); ``party`` None: anyone.

    ``min``/``max`` in ``unit``; ``floor``/``cap`` in yuan bound the product where the provision says so.
    """

    min: Decimal
    max: Decimal
    unit: FineUnit = "yuan"
    party: PartyKind | None = None
    optional: bool = False
    base: str = ""
    cap: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    grave_max: Decimal | None = None
    """Upper bound where the provision knows a serious case (情节严重); None: there is none."""
    grave_min: Decimal | None = None
    """Lower bound of a serious case; None: it begins where the ordinary range ends (``max``)."""


@dataclass(frozen=True)
class CauseRule(Dated):
    """一段时间内的案由规则: what one offence leads to for acts done while it applies."""

    breach: Citation
    penalty: Citation
    mode: Mode
    fines: tuple[Fine, ...]
    other_penalties: tuple[str, ...] = ()
    """Beside a fine: warning, confiscate_gain, confiscate_goods, revoke_licence, suspend_business; and orders
    that go with it: restore (恢复原状), demolish (限期拆除)."""
    at_once: bool = False
    """责令立即改正 rather than 限期改正."""
    coercive: tuple[str, ...] = ()
    """seize_goods, seize_tools, seize_vehicle, forced_removal, substitute_performance."""
    parties: tuple[PartyKind, ...] = ("person", "organisation")
    verified: bool = False
    text: tuple[str, ...] = ()
    """Words and amounts by which a test finds the rule in the statute's text."""
    note: str = ""

    def fine_for(self, party: PartyKind) -> Fine | None:
        """The range for a kind of party: its own before the one for anyone."""
        own = [fine for fine in self.fines if fine.party == party]
        return next(iter(own or [fine for fine in self.fines if fine.party is None]), None)


@dataclass(frozen=True)
class Cause:
    """案由: an offence of the catalogue under a stable code."""

    code: str
    number: int
    name: str
    name_en: str
    field: str
    rules: tuple[CauseRule, ...]
    transferred_on: date | None = None
    """划转日期: since when the bureau has the competence; None: always had."""
    first_time_exempt: tuple[str, ...] = ()
    """Codes of `ExemptionItem` that name it."""
    model_file: bool = False
    advice: str = ""
    """执法建议书: what is advised to the party or to another body, a text with {party}, {place}, {cause}."""
    offsite_allowed: bool = False
    """非现场执法: whether device records may be evidence for it (off unless a rule allows it)."""

    def rule_on(self, day: date) -> CauseRule | None:
        """The rule for acts of that day."""
        return in_force(self.rules, day)


@dataclass(frozen=True)
class Field:
    """执法领域: 市容环卫, 生活垃圾, 绿化 …; ``transferred_from``: the day it came to the bureau (划转)."""

    code: str
    name: str
    name_en: str
    transferred_from: date | None = None


@dataclass(frozen=True)
class Threshold(Dated):
    """金额界限 in yuan by kind of party, e.g. ``simple_procedure``, ``hearing``, ``legal_review``."""

    code: str
    person: Decimal
    organisation: Decimal
    citation: Citation
    inclusive: bool = True
    """Whether the amount itself has the threshold's consequence (以下 and 以上 include the figure)."""
    text: tuple[str, ...] = ()
    """Words by which a test finds it in the statute's text."""

    def amount(self, party: PartyKind) -> Decimal:
        """The figure for a kind of party."""
        return self.person if party == "person" else self.organisation


@dataclass(frozen=True)
class Period(Dated):
    """期限: a length with the unit in which its instrument counts it."""

    code: str
    n: int
    unit: Literal["calendar_day", "working_day", "month", "year", "hour"]
    citation: Citation
    extension: int | None = None
    """Longest extension in the same unit, None: none allowed."""
    note: str = ""
    text: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuthorityRule(Dated):
    """处罚机关: in whose name decisions in a kind of town are made (街道 subdistrict, 镇 town)."""

    area: Literal["subdistrict", "town", "district"]
    authority: Literal["bureau", "subdistrict_office", "town_government"]
    citation: Citation
    note: str = ""


@dataclass(frozen=True)
class ExemptionItem(Dated):
    """轻微违法免罚清单: an offence left unpunished when first found, small and put right."""

    code: str
    name: str
    name_en: str
    causes: tuple[str, ...]
    conditions: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True)
class ExemptionReason(Dated):
    """不予处罚事由: why no penalty is imposed; ``must`` for 不予 (shall not), else 可以不予 (may not)."""

    code: str
    name: str
    name_en: str
    must: bool
    citation: Citation


@dataclass(frozen=True)
class Requirement(Dated):
    """程序要求: something a step needs, e.g. ``two_officers``, ``notice``; the number where it has one."""

    code: str
    name: str
    name_en: str
    citation: Citation
    n: int | None = None
    text: tuple[str, ...] = ()


D = TypeVar("D", bound=Dated)


def in_force(entries: Iterable[D], day: date) -> D | None:
    """The entry that applies on the day; data is checked to have at most one."""
    return next((entry for entry in entries if entry.applies(day)), None)
