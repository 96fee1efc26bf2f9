"""双随机公示 as the public asks for it: draws with their proofs, results, quarters, items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from chengshu.cases.procedure import law
from chengshu.inspections.lifecycle import Kind, Result
from chengshu.inspections.models import Draw, InspectionDisclosure
from chengshu.portal import datasets, feeds
from chengshu.portal.navigation import Figure, PublicEntry
from chengshu.ui.paging import Page

PER_PAGE = 20
SHORTEST_QUESTION = 2
RESULT_PARAMETERS = ("q", "year", "kind", "result", "page")
DRAW_PARAMETERS = ("year", "page")


# --- draws --------------------------------------------------------------------------------------------
def draws(district_id: int) -> QuerySet[Draw]:
    """Every attempt ever announced, the newest first; without the lists."""
    rows = Draw.objects.filter(task__district=district_id).select_related("task", "task__item")
    return rows.order_by("-committed_at", "-pk")


@lru_cache(maxsize=8)
def draw_years(district_id: int, version: str) -> tuple[tuple[int, int], ...]:
    """(year of the task, attempts), the newest first; counted once for each state of publication."""
    rows = Draw.objects.filter(task__district=district_id).order_by()
    return tuple(rows.values_list("task__year").annotate(n=Count("pk")).order_by("-task__year"))


def draw_figures(district_id: int, today: date) -> list[Figure]:
    """For the first page."""
    return [Figure(_("Draws announced"), Draw.objects.filter(task__district=district_id).count())]


# --- results ------------------------------------------------------------------------------------------
def on_display(district_id: int, today: date) -> QuerySet[InspectionDisclosure]:
    """Published results that are not withdrawn and inside their display period."""
    rows = InspectionDisclosure.objects.filter(district=district_id, withdrawn_at=None)
    return rows.filter(Q(shown_until=None) | Q(shown_until__gte=today))


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; ``problems`` has a sentence for each value without sense."""

    q: str = ""
    year: str = ""
    kind: str = ""
    result: str = ""
    problems: tuple[str, ...] = ()


def asked(query: QueryDict) -> Asked:
    """Read the parameters; a value that cannot be is left out and named."""
    problems = []
    q = query.get("q", "").strip()
    if q and len(q) < SHORTEST_QUESTION:
        problems.append(_("Type at least %(n)d characters to search.") % {"n": SHORTEST_QUESTION})
        q = ""
    values = {}
    for name, known in (
        ("year", None),
        ("kind", list(Kind.values)),
        ("result", [str(code) for code in Result.values]),
    ):
        value = query.get(name, "")
        fits = value in known if known is not None else value.isdecimal() and len(value) == 4
        if value and not fits:
            problems.append(_("“%(value)s” is not one of the choices.") % {"value": value})
            value = ""
        values[name] = value
    return Asked(q, values["year"], values["kind"], values["result"], tuple(problems))


@lru_cache(maxsize=8)
def facets(district_id: int, version: str, today: date) -> tuple[tuple[str, str, str, int], ...]:
    """(year, kind, result, entries), counted once for each state of publication and day."""
    rows = (
        on_display(district_id, today)
        .order_by()
        .values_list("content__inspected_on", "content__kind", "content__result")
    )
    table: dict[tuple[str, str, str], int] = {}
    for on, kind, result in rows:
        key = (str(on)[:4], str(kind), str(result))
        table[key] = table.get(key, 0) + 1
    return tuple((*key, n) for key, n in sorted(table.items()))


def listed(
    district_id: int, today: date, question: Asked, counts: tuple[tuple[str, str, str, int], ...], number: int
) -> Page:
    """One page of the results: one query, two where words are searched for."""
    rows = on_display(district_id, today)
    if question.year:
        rows = rows.filter(content__inspected_on__startswith=question.year)
    if question.kind:
        rows = rows.filter(content__kind=question.kind)
    if question.result:
        rows = rows.filter(content__result=int(question.result))
    if question.q:
        words = Q(content__object__icontains=question.q) | Q(content__number__icontains=question.q)
        rows = rows.filter(words | Q(content__task=question.q) | Q(content__uscc=question.q))
        total = rows.count()
    else:
        total = sum(
            n
            for year, kind, result, n in counts
            if question.year in ("", year) and question.kind in ("", kind) and question.result in ("", result)
        )
    number = min(max(number, 1), max(1, -(-total // PER_PAGE)))
    start = (number - 1) * PER_PAGE
    return Page(
        list(rows.order_by("-published_at", "-pk")[start : start + PER_PAGE]), number, PER_PAGE, total, False
    )


RECHECKS = {
    "complied": gettext_lazy("put right"),
    "extended": gettext_lazy("not put right yet, a later date is set"),
    "failed": gettext_lazy("not put right, handled further"),
}
"""What a re-check of an order to rectify found, by the codes of published records."""


def told(content: dict[str, Any]) -> dict[str, Any]:
    """A published record in the language of the page."""
    english = (get_language() or "").startswith("en")
    result = Result(content["result"])
    recheck = content.get("recheck")
    return {
        **content,
        "result_label": result.label,
        "kind_label": Kind(content["kind"]).label,
        "item_label": (english and content.get("item_en")) or content["item"],
        "class_label": (english and content.get("object_class_en")) or content["object_class"],
        "recheck": recheck and {**recheck, "label": RECHECKS[recheck["outcome"]]},
        "problem_labels": [(english and one.get("en")) or one["zh"] for one in content["problems"]],
    }


def days_to_publish(day: date) -> int | None:
    """Within how many working days a result of the day is published, as the law says it; else None."""
    period = law.period_or_none("inspection_disclosure", day)
    return period.n if period and period.unit == "working_day" else None


def result_figures(district_id: int, today: date) -> list[Figure]:
    """For the first page."""
    return [Figure(_("On display"), on_display(district_id, today).count())]


def newest(district_id: int, today: date) -> Iterator[feeds.Entry]:
    """The results published last, for the feeds."""
    for row in on_display(district_id, today).order_by("-published_at", "-pk")[: feeds.NEWEST]:
        shown = told(row.content)
        title = _("%(name)s · %(result)s") % {"name": shown["object"], "result": shown["result_label"]}
        summary = _("Inspection %(number)s of %(day)s, %(kind)s: %(result)s") % {
            "number": shown["number"],
            "day": shown["inspected_on"],
            "kind": shown["kind_label"],
            "result": shown["result_label"],
        }
        yield feeds.Entry(
            reverse("portal:result", args=[row.pk]), title, summary, localdate(row.published_at)
        )


def newest_draws(district_id: int, today: date) -> Iterator[feeds.Entry]:
    """The draws announced last, for the feeds: who keeps the hash can tell later whether it was kept."""
    for row in draws(district_id)[: feeds.NEWEST]:
        title = _("Draw %(task)s: %(title)s") % {"task": row.task.number, "title": row.task.title}
        summary = _("Announced with the hash %(hash)s.") % {"hash": row.commitment_sha256}
        yield feeds.Entry(reverse("portal:draw", args=[row.pk]), title, summary, localdate(row.committed_at))


COLUMNS = (
    datasets.Column("number", gettext_lazy("Number of the inspection"), source="检查编号"),
    datasets.Column(
        "kind",
        gettext_lazy("Kind of inspection"),
        values=tuple((k.value, k.label) for k in Kind),
        source="检查类别",
    ),
    datasets.Column("task", gettext_lazy("Task of the draw"), required=False, source="抽查任务"),
    datasets.Column("item", gettext_lazy("Item inspected"), required=False, source="抽查事项"),
    datasets.Column(
        "object",
        gettext_lazy("Object inspected"),
        meaning=gettext_lazy("Of individuals only the first character of the surname."),
        source="检查对象",
    ),
    datasets.Column(
        "uscc", gettext_lazy("Unified social credit code"), required=False, source="统一社会信用代码"
    ),
    datasets.Column("object_class", gettext_lazy("Class of object"), source="对象类别"),
    datasets.Column("town", gettext_lazy("Street or town"), required=False, source="街道、镇"),
    datasets.Column("inspected_on", gettext_lazy("Inspected on"), "date", source="检查日期"),
    datasets.Column(
        "result",
        gettext_lazy("Result"),
        "integer",
        values=tuple((str(r.value), r.label) for r in Result),
        source="检查结果",
    ),
    datasets.Column(
        "problems",
        gettext_lazy("Problems found"),
        meaning=gettext_lazy("Divided by semicolons."),
        required=False,
        source="发现问题",
    ),
    datasets.Column("recheck_on", gettext_lazy("Re-check on"), "date", required=False, source="复查日期"),
    datasets.Column(
        "recheck",
        gettext_lazy("Outcome of the re-check"),
        required=False,
        values=tuple(RECHECKS.items()),
        source="复查结果",
    ),
    datasets.Column("published_on", gettext_lazy("Published on"), "date", source="公示日期"),
    datasets.Column("address", gettext_lazy("Path of the page"), source="公示页面路径"),
)


def table(district_id: int, today: date) -> Iterator[tuple[Any, ...]]:
    """Every result on display, in the order of `COLUMNS`; read while it is sent."""
    rows = on_display(district_id, today).order_by("published_at", "pk")
    for row in rows.iterator(chunk_size=1000):
        one = row.content
        recheck = one.get("recheck") or {"on": None, "outcome": ""}
        problems = "；".join(problem["zh"] for problem in one["problems"])
        yield (
            one["number"], one["kind"], one["task"], one["item"], one["object"], one["uscc"],
            one["object_class"], one["town"], one["inspected_on"], one["result"], problems,
            recheck["on"], recheck["outcome"], localdate(row.published_at),
            reverse("portal:result", args=[row.pk]),
        )  # fmt: skip


ENTRIES = (
    PublicEntry(
        "draws",
        gettext_lazy("Random draws"),
        "portal:draws",
        20,
        gettext_lazy("Which objects are inspected is drawn by lot. Check for yourself that nobody chose."),
        draw_figures,
    ),
    PublicEntry(
        "results",
        gettext_lazy("Inspection results"),
        "portal:results",
        30,
        gettext_lazy("What the bureau found at its inspections, and the publications of each quarter."),
        result_figures,
    ),
    PublicEntry(
        "items",
        gettext_lazy("Items inspected"),
        "portal:items",
        50,
        gettext_lazy("What the bureau may inspect at random, by which law."),
    ),
)
FEEDS = (
    feeds.Feed(
        "inspections",
        gettext_lazy("Inspection results"),
        gettext_lazy("The results of inspections that the bureau published last."),
        "portal:results",
        newest,
        20,
    ),
    feeds.Feed(
        "draws",
        gettext_lazy("Random draws"),
        gettext_lazy("Draws as they are announced, with the hash that fixes them."),
        "portal:draws",
        newest_draws,
        30,
    ),
)
DATASET = datasets.Dataset(
    "inspections",
    gettext_lazy("Inspection results"),
    gettext_lazy("Every inspection result on display."),
    COLUMNS,
    table,
    ("number",),
    gettext_lazy("with every publication"),
    20,
)
