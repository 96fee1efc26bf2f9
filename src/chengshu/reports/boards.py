"""Dashboards as data: what stands on one, checked by one schema whether shipped, built or sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chengshu.bureau.models.labels import in_language
from chengshu.kernel.indicators.asking import RIVALS, FinesForbidden, dimensions_of, refuse_fines
from chengshu.kernel.indicators.declarations import UnknownIndicator, declared

DATA = Path(__file__).parent / "data"
TILE, SERIES, BREAKDOWN, RANKING, TARGETS = "tile", "series", "breakdown", "ranking", "targets"
KINDS: Mapping[str, Any] = {
    TILE: pgettext_lazy("board", "Number"),
    SERIES: gettext_lazy("Months of this year and the last"),
    BREAKDOWN: pgettext_lazy("board", "Parts"),
    RANKING: pgettext_lazy("board", "Ranking"),
    TARGETS: gettext_lazy("Targets with their lights"),
}
DIVIDED = (BREAKDOWN, RANKING)
MOST, LEAST = "most", "least"
ORDERS: Mapping[str, Any] = {MOST: gettext_lazy("Largest first"), LEAST: gettext_lazy("Smallest first")}
WIDTHS: Mapping[str, Any] = {
    "quarter": gettext_lazy("A quarter of the page"),
    "third": gettext_lazy("A third of the page"),
    "half": gettext_lazy("Half the page"),
    "full": gettext_lazy("The whole page"),
}
ITEMS_MOST = 40
ROWS_MOST = 50
KEYS = frozenset({"kind", "figure", "by", "order", "rows", "width"})


class BoardProblem(ValueError):
    """Something that cannot stand on a dashboard: one translated sentence, and the field it is about."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Item:
    """One thing on a dashboard. by: dimension of parts and rankings; rows: how many lines of them."""

    kind: str
    figure: str = ""
    by: str = ""
    order: str = MOST
    rows: int = 10
    width: str = "quarter"

    def data(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True)
class Shipped:
    """A dashboard that comes with the platform. for_: what it is made for (district, squad, town)."""

    code: str
    zh: str
    en: str
    for_: str
    items: tuple[Item, ...]

    @property
    def name(self) -> str:
        """Its name in the language of the page."""
        return in_language(self.zh, self.en)


def item_of(raw: Any) -> Item:
    """Read one item. Raises `BoardProblem` for what could not be shown, fines in a ranking included."""
    known = isinstance(raw, Mapping) and set(raw) <= KEYS
    if not known or any(not isinstance(raw.get(key, ""), str) for key in KEYS - {"rows"}):
        raise BoardProblem(_("This is none of the things a dashboard can show."), "kind")
    if raw.get("kind") not in KINDS:
        raise BoardProblem(_("This is none of the things a dashboard can show."), "kind")
    kind = raw["kind"]
    width, order, rows = raw.get("width", "quarter"), raw.get("order", MOST), raw.get("rows", 10)
    if width not in WIDTHS:
        raise BoardProblem(_("Choose one of the widths offered."), "width")
    if kind == TARGETS:
        return Item(TARGETS, width=width)
    figure, by = raw.get("figure", ""), raw.get("by", "")
    try:
        declared(figure)
    except UnknownIndicator:
        raise BoardProblem(_("Choose a figure."), "figure") from None
    if kind not in DIVIDED:
        return Item(kind, figure, width=width)
    if by not in dimensions_of(figure):
        raise BoardProblem(_("This figure cannot be divided so. Choose another division."), "by")
    if order not in ORDERS:
        raise BoardProblem(_("Choose one of the orders offered."), "order")
    if type(rows) is not int or not 1 <= rows <= ROWS_MOST:
        raise BoardProblem(_("Show 1 to %(most)d lines.") % {"most": ROWS_MOST}, "rows")
    if kind == RANKING or by in RIVALS:
        try:
            refuse_fines(figure)
        except FinesForbidden as problem:
            raise BoardProblem(str(problem), "figure") from problem
    return Item(kind, figure, by, order, rows, width)


def items_of(raw: Any) -> tuple[Item, ...]:
    """Read all items of a dashboard. Raises `BoardProblem`."""
    if not isinstance(raw, Iterable) or isinstance(raw, str | bytes | Mapping):
        raise BoardProblem(_("This is none of the things a dashboard can show."))
    listed = list(raw)
    if len(listed) > ITEMS_MOST:
        raise BoardProblem(_("A dashboard shows %(most)d things at most.") % {"most": ITEMS_MOST})
    return tuple(item_of(one) for one in listed)


def readable(raw: Sequence[Any]) -> list[Item | None]:
    """The stored items of a dashboard; None where a figure or division no longer exists."""
    return [_item_or_none(one) for one in raw]


def _item_or_none(raw: Any) -> Item | None:
    try:
        return item_of(raw)
    except BoardProblem:
        return None


@cache
def shipped() -> dict[str, Shipped]:
    """The dashboards of ``data/boards.yaml`` by code, in its order. Raises `BoardProblem`."""
    raw = yaml.safe_load((DATA / "boards.yaml").read_text(encoding="utf-8"))
    return {
        code: Shipped(code, one["zh"], one["en"], one["for"], items_of(one["items"]))
        for code, one in raw["boards"].items()
    }
