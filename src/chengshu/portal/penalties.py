"""处罚公示 as the public asks for it: search, filters, the newest, the whole table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import Town
from chengshu.cases.forms.outcomes import OTHERS
from chengshu.cases.procedure import law
from chengshu.cases.queries.text import condition
from chengshu.law.words import name_of
from chengshu.portal import datasets, feeds
from chengshu.portal.models import PublicPenalty
from chengshu.portal.navigation import Figure, address_of
from chengshu.ui import formats
from chengshu.ui.paging import Page

PER_PAGE = 20
SHORTEST_QUESTION = 2
PARAMETERS = ("q", "year", "cause", "town", "page")
CODE = "penalties"
HIDDEN = ("search_tokens", "rules", "made_at")
PROCEDURES = {"simple": gettext_lazy("Simple procedure"), "general": gettext_lazy("General procedure")}


def address(pk: int) -> str:
    """The path of an entry's page."""
    return f"{address_of('portal:penalties')}{pk}/"


def on_display(district_id: int, today: date) -> QuerySet[PublicPenalty]:
    """What the district shows on the day, the newest decision first."""
    return PublicPenalty.objects.on_display(district_id, today).defer(*HIDDEN).order_by("-decided_on", "-id")


# --- what there is to filter by -----------------------------------------------------------------------
@dataclass(frozen=True)
class Facets:
    """How many entries of each year, cause and town there are: choices of the filters and their totals."""

    counts: tuple[tuple[int, str, int | None, int], ...]
    towns: tuple[tuple[int, str, str], ...]

    def total(self, year: int | None, cause: str, town: int | None) -> int:
        """Entries with these properties; an empty one means any."""
        return sum(
            n for y, c, t, n in self.counts if year in (None, y) and cause in ("", c) and town in (None, t)
        )

    @property
    def years(self) -> list[int]:
        """Years of decisions, the newest first."""
        return sorted({year for year, _cause, _town, _n in self.counts}, reverse=True)

    @property
    def causes(self) -> list[str]:
        """Causes of action, the most frequent first."""
        sums: dict[str, int] = {}
        for _year, cause, _town, n in self.counts:
            sums[cause] = sums.get(cause, 0) + n
        return sorted(sums, key=lambda cause: (-sums[cause], cause))


@lru_cache(maxsize=8)
def facets(district_id: int, version: str, today: date) -> Facets:
    """Counted once for each state of publication (``version``) and day."""
    rows = (
        PublicPenalty.objects.on_display(district_id, today)
        .order_by()
        .values_list("decided_on__year", "cause", "town")
        .annotate(n=Count("pk"))
    )
    counts = tuple((year, cause, town, n) for year, cause, town, n in rows)
    there = {town for _year, _cause, town, _n in counts}
    towns = Town.objects.filter(district=district_id).order_by("code").values_list("pk", "name", "name_en")
    return Facets(counts, tuple(town for town in towns if town[0] in there))


@lru_cache(maxsize=16)
def choices(known: Facets, language: str) -> dict[str, SafeString]:
    """The options of each filter as they stand in the page, made once for a language: there are many."""
    english = language.startswith("en")
    towns = [(str(pk), name_en if english and name_en else name) for pk, name, name_en in known.towns]
    return {
        "year": _options([(str(year), str(year)) for year in known.years]),
        "cause": _options([(code, cause_label(code)) for code in known.causes]),
        "town": _options(towns),
    }


def _options(pairs: list[tuple[str, str]]) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', pairs)


def selected(options: SafeString, value: object) -> SafeString:
    """The same options with one chosen."""
    if not value:
        return options
    mark = format_html('value="{}"', str(value))
    return mark_safe(options.replace(mark, f"{mark} selected", 1))  # noqa: S308  both are escaped


# --- the list -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; ``problems`` has a sentence for each value without sense."""

    q: str = ""
    year: int | None = None
    cause: str = ""
    town: int | None = None
    problems: tuple[str, ...] = ()


def asked(query: QueryDict, known: Facets) -> Asked:
    """Read the parameters; a value that is not among the choices is left out and named."""
    problems = []
    q = query.get("q", "")
    if q and len(q) < SHORTEST_QUESTION:
        problems.append(_("Type at least %(n)d characters to search.") % {"n": SHORTEST_QUESTION})
        q = ""
    year = _choice(query, "year", [str(year) for year in known.years], _("Year"), problems)
    cause = _choice(query, "cause", known.causes, _("Cause of action"), problems)
    town = _choice(query, "town", [str(town[0]) for town in known.towns], _("Street or town"), problems)
    return Asked(q, int(year) if year else None, cause, int(town) if town else None, tuple(problems))


def _choice(query: QueryDict, name: str, known: list[str], label: str, problems: list[str]) -> str:
    value = query.get(name, "")
    if value and value not in known:
        problems.append(
            _("“%(value)s” is not one of the choices of “%(label)s”.") % {"value": value, "label": label}
        )
        return ""
    return value


def listed(district_id: int, today: date, question: Asked, known: Facets, number: int) -> Page:
    """One page of the list: one query, two where words are searched for."""
    rows = on_display(district_id, today)
    if question.year:
        rows = rows.filter(
            decided_on__gte=date(question.year, 1, 1), decided_on__lte=date(question.year, 12, 31)
        )
    if question.cause:
        rows = rows.filter(cause=question.cause)
    if question.town:
        rows = rows.filter(town=question.town)
    if question.q:
        rows = rows.filter(condition(question.q))
        total = rows.count()
    else:
        total = known.total(question.year, question.cause, question.town)
    number = min(max(number, 1), max(1, -(-total // PER_PAGE)))
    start = (number - 1) * PER_PAGE
    return Page(list(rows[start : start + PER_PAGE]), number, PER_PAGE, total, False)


# --- in words -----------------------------------------------------------------------------------------
def cause_label(code: str, name: str = "") -> str:
    """The cause in the language of the page; ``name`` where the catalogue no longer knows it."""
    return name_of(law.cause(code)) if law.known(code) else name or code


def days_to_disclose(day: date) -> int | None:
    """Within how many working days a decision of the day is disclosed, as the law says it; else None."""
    period = law.period_or_none("disclosure", day)
    return period.n if period and period.unit == "working_day" else None


def content_of(row: PublicPenalty) -> str:
    """处罚内容: what the decision imposes, in one line."""
    parts = []
    if row.fine:
        parts.append(_("fine of %(amount)s yuan") % {"amount": _plain(row.fine)})
    if row.confiscated:
        parts.append(
            _("confiscation of %(amount)s yuan of unlawful gain") % {"amount": _plain(row.confiscated)}
        )
    told = {"confiscate_gain"} if row.confiscated else set()
    parts += [str(OTHERS.get(code, code)) for code in row.others if code not in told]
    return _("; ").join(parts) or formats.NOTHING


def _plain(amount: Any) -> str:
    return formats.number(amount, 0 if amount == amount.to_integral_value() else 2)


# --- the card, the feed, the table --------------------------------------------------------------------
def figures(district_id: int, today: date) -> list[Figure]:
    """For the first page: how many entries are on display."""
    return [Figure(_("On display"), on_display(district_id, today).count())]


def newest(district_id: int, today: date) -> Iterator[feeds.Entry]:
    """The entries disclosed last, for the feeds."""
    rows = PublicPenalty.objects.on_display(district_id, today).defer(*HIDDEN)
    for row in rows.order_by("-disclosed_on", "-id")[: feeds.NEWEST]:
        title = _("%(name)s · %(cause)s") % {
            "name": row.name,
            "cause": cause_label(row.cause, row.cause_name),
        }
        summary = _("%(number)s, decided on %(day)s by %(authority)s: %(content)s") % {
            "number": row.decision_number,
            "day": formats.day(row.decided_on),
            "authority": row.authority,
            "content": content_of(row),
        }
        published = row.disclosed_on or row.decided_on or today
        yield feeds.Entry(address(row.pk), title, summary, published)


COLUMNS = (
    datasets.Column("decision_number", gettext_lazy("Decision number"), source="行政处罚决定书文号"),
    datasets.Column(
        "party_kind",
        gettext_lazy("Kind of party"),
        values=(
            ("person", gettext_lazy("Individual")),
            ("organisation", gettext_lazy("Organisation (party)")),
        ),
        source="行政相对人类别",
    ),
    datasets.Column(
        "party_name",
        gettext_lazy("Party"),
        meaning=gettext_lazy("Of individuals only the first character of the surname."),
        source="行政相对人名称",
    ),
    datasets.Column(
        "credit_code",
        gettext_lazy("Unified social credit code"),
        meaning=gettext_lazy("Empty for individuals and where none is on record."),
        required=False,
        source="统一社会信用代码",
    ),
    datasets.Column("cause", gettext_lazy("Cause of action"), source="案由"),
    datasets.Column(
        "cause_code",
        gettext_lazy("Code of the cause"),
        meaning=gettext_lazy("Stable over the years; the wording may change."),
    ),
    datasets.Column("breach", gettext_lazy("Provision breached"), required=False, source="违反条款"),
    datasets.Column("basis", gettext_lazy("Legal basis of the penalty"), required=False, source="处罚依据"),
    datasets.Column(
        "procedure",
        gettext_lazy("Procedure"),
        values=tuple(PROCEDURES.items()),
        source="处罚程序",
    ),
    datasets.Column(
        "fine",
        gettext_lazy("Fine (yuan)"),
        "decimal",
        gettext_lazy("0 where no fine was imposed."),
        source="罚款金额",
    ),
    datasets.Column(
        "confiscated",
        gettext_lazy("Unlawful gain confiscated (yuan)"),
        "decimal",
        gettext_lazy("0 where nothing was confiscated."),
        source="没收违法所得金额",
    ),
    datasets.Column(
        "others",
        gettext_lazy("Other penalties and orders"),
        meaning=gettext_lazy("Codes, divided by blanks."),
        required=False,
        values=tuple(OTHERS.items()),
        source="其他处罚种类",
    ),
    datasets.Column("authority", gettext_lazy("Authority"), source="处罚机关"),
    datasets.Column("town", gettext_lazy("Street or town"), required=False, source="街道、镇"),
    datasets.Column("decided_on", gettext_lazy("Decided on"), "date", source="处罚决定日期"),
    datasets.Column("disclosed_on", gettext_lazy("Disclosed on"), "date", source="公示日期"),
    datasets.Column(
        "shown_until",
        gettext_lazy("On display until"),
        "date",
        gettext_lazy("After this day the entry is no longer published."),
        source="公示截止日期",
    ),
    datasets.Column("address", gettext_lazy("Path of the page"), source="公示页面路径"),
)


def table(district_id: int, today: date) -> Iterator[tuple[Any, ...]]:
    """Every entry on display, in the order of `COLUMNS`; read while it is sent."""
    rows = on_display(district_id, today).select_related("town").order_by("decided_on", "id")
    for row in rows.iterator(chunk_size=1000):
        yield (
            row.decision_number, "person" if row.is_person else "organisation", row.name, row.credit_code,
            row.cause_name, row.cause, row.breach, row.basis, row.procedure, row.fine, row.confiscated,
            " ".join(row.others), row.authority, row.town.name if row.town else "", row.decided_on,
            row.disclosed_on, row.shown_until, address(row.pk),
        )  # fmt: skip


FEED = feeds.Feed(
    CODE,
    gettext_lazy("Penalty decisions"),
    gettext_lazy("The penalty decisions that the bureau disclosed last."),
    "portal:penalties",
    newest,
    10,
)
DATASET = datasets.Dataset(
    CODE,
    gettext_lazy("Penalty decisions"),
    gettext_lazy(
        "Every penalty decision on display, one row for each party. What is withdrawn or past its display "
        "period is not in the file any more."
    ),
    COLUMNS,
    table,
    ("address",),  # parties of one decision may bear the same masked name
    gettext_lazy("with every disclosure"),
    10,
)
