"""失信认定公布 as the public asks for it: the list, one entry, the newest, the whole table.

Only what may be public is read from an entry: party (a person by the surname), level, ground, provision, term
and authority; neither the facts nor what the party stated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet, Window
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.cases.models import Party
from chengshu.inspections.credit.lifecycle import EntryState
from chengshu.inspections.credit.queries import authority_of
from chengshu.inspections.credit.settings import credit_data
from chengshu.inspections.models import DishonestyEntry
from chengshu.kernel.privacy_masks import public_name
from chengshu.portal import datasets, feeds
from chengshu.portal.navigation import Figure, PublicEntry, address_of
from chengshu.ui import formats
from chengshu.ui.paging import Page

PER_PAGE = 20
SHORTEST_QUESTION = 2
PARAMETERS = ("q", "level", "page")
CODE = "dishonesty"
SHOWN = (EntryState.PUBLISHED, EntryState.ENDED)  # ended: until the last day of its term, which is asked for
HIDDEN = ("id_number", "facts", "statement", "end_reason", "measures")


def address(pk: int) -> str:
    """The path of an entry's page."""
    return f"{address_of('portal:dishonesty')}{pk}/"


def on_display(district_id: int, today: date) -> QuerySet[DishonestyEntry]:
    """Entries published, neither repaired nor revoked, inside their term; the newest first."""
    rows = DishonestyEntry.objects.filter(
        district=district_id, state__in=SHOWN, shown_from__lte=today, shown_until__gte=today
    )
    return rows.defer(*HIDDEN).order_by("-shown_from", "-id")


# --- one entry, as it may be public -------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """What the public reads of an entry."""

    number: str
    name: str
    is_person: bool
    level: str
    ground: str
    provision: str
    decided_on: date | None
    shown_from: date | None
    shown_until: date | None
    url: str


def told(row: DishonestyEntry) -> Shown:
    """The entry without anything that may not be public."""
    person = row.party_kind == Party.Kind.PERSON
    ground = credit_data().grounds.get(row.ground)
    return Shown(
        number=row.number,
        name=public_name(row.party_name) if person else row.party_name,
        is_person=person,
        level=str(row.get_level_display()),
        ground=ground.label if ground else row.ground,
        provision=ground.cited if ground else "",
        decided_on=row.decided_on,
        shown_from=row.shown_from,
        shown_until=row.shown_until,
        url=address(row.pk),
    )


def credit_code_of(row: DishonestyEntry) -> str:
    """统一社会信用代码 of an organisation; nothing of a person."""
    return "" if row.party_kind == Party.Kind.PERSON else row.id_number


# --- the list -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; ``problems`` has a sentence for each value without sense."""

    q: str = ""
    level: str = ""
    problems: tuple[str, ...] = ()


def asked(query: QueryDict) -> Asked:
    """Read the parameters; a value that cannot be is left out and named."""
    problems = []
    q, level = query.get("q", "").strip(), query.get("level", "")
    if q and len(q) < SHORTEST_QUESTION:
        problems.append(_("Type at least %(n)d characters to search.") % {"n": SHORTEST_QUESTION})
        q = ""
    if level and level not in DishonestyEntry.Level.values:
        problems.append(_("“%(value)s” is not one of the choices.") % {"value": level})
        level = ""
    return Asked(q, level, tuple(problems))


def listed(district_id: int, today: date, question: Asked, number: int) -> Page:
    """One page of the list with its total: one query, a second past the end. No person is searched for."""
    rows = on_display(district_id, today)
    if question.level:
        rows = rows.filter(level=question.level)
    if question.q:
        named = Q(party_name__icontains=question.q) | Q(id_number=question.q.upper())
        rows = rows.filter(Q(number__icontains=question.q) | named & ~Q(party_kind=Party.Kind.PERSON.value))
    counted = rows.annotate(in_all=Window(Count("pk")))
    start = (number - 1) * PER_PAGE
    items = list(counted[start : start + PER_PAGE])
    if not items and number > 1:
        number, items = 1, list(counted[:PER_PAGE])
    return Page(items, number, PER_PAGE, items[0].in_all if items else 0, False)


# --- the card, the feed, the table --------------------------------------------------------------------
def figures(district_id: int, today: date) -> list[Figure]:
    """For the first page: how many entries are on display."""
    return [Figure(_("On display"), on_display(district_id, today).count())]


def newest(district_id: int, today: date) -> Iterator[feeds.Entry]:
    """The entries published last, for the feeds."""
    for row in on_display(district_id, today)[: feeds.NEWEST]:
        one = told(row)
        title = _("%(name)s · %(level)s") % {"name": one.name, "level": one.level}
        summary = _("%(number)s, shown until %(day)s: %(ground)s") % {
            "number": one.number,
            "day": formats.day(one.shown_until),
            "ground": one.ground,
        }
        yield feeds.Entry(one.url, title, summary, row.shown_from or today)


COLUMNS = (
    datasets.Column("number", gettext_lazy("Number of the entry"), source="认定编号"),
    datasets.Column(
        "party_kind",
        gettext_lazy("Kind of party"),
        values=(
            ("person", gettext_lazy("Individual")),
            ("organisation", gettext_lazy("Organisation (party)")),
        ),
        source="失信主体类别",
    ),
    datasets.Column(
        "party_name",
        gettext_lazy("Party"),
        meaning=gettext_lazy("Of individuals only the first character of the surname."),
        source="失信主体名称",
    ),
    datasets.Column(
        "credit_code",
        gettext_lazy("Unified social credit code"),
        meaning=gettext_lazy("Empty for individuals and where none is on record."),
        required=False,
        source="统一社会信用代码",
    ),
    datasets.Column(
        "level",
        gettext_lazy("Level of dishonesty"),
        values=tuple((level.value, level.label) for level in DishonestyEntry.Level),
        source="失信程度",
    ),
    datasets.Column("ground", gettext_lazy("Ground of the entry"), source="认定事由"),
    datasets.Column("provision", gettext_lazy("Provision"), required=False, source="认定依据"),
    datasets.Column("authority", gettext_lazy("Deciding authority"), source="认定机关"),
    datasets.Column("decided_on", gettext_lazy("Decided on"), "date", source="认定日期"),
    datasets.Column("shown_from", gettext_lazy("Term from"), "date", source="公布日期"),
    datasets.Column(
        "shown_until",
        gettext_lazy("Term until"),
        "date",
        gettext_lazy("After this day the entry is no longer published."),
        source="公布截止日期",
    ),
    datasets.Column("address", gettext_lazy("Path of the page"), source="公示页面路径"),
)


def table(district_id: int, today: date) -> Iterator[tuple[Any, ...]]:
    """Every entry on display, in the order of `COLUMNS`; read while it is sent."""
    rows = on_display(district_id, today).defer(None).defer("facts", "statement", "case__search_tokens")
    rows = rows.select_related("district", "case__town").order_by("shown_from", "id")
    grounds = credit_data().grounds
    for row in rows.iterator(chunk_size=1000):
        one = told(row)
        ground = grounds[row.ground].zh if row.ground in grounds else row.ground
        yield (
            one.number, "person" if one.is_person else "organisation", one.name, credit_code_of(row),
            row.level, ground, one.provision, authority_of(row), one.decided_on, one.shown_from,
            one.shown_until, one.url,
        )  # fmt: skip


ENTRY = PublicEntry(
    CODE,
    gettext_lazy("Published dishonesty entries"),
    "portal:dishonesty",
    45,
    gettext_lazy("Whom the bureau has entered as dishonest, on which ground, and until when."),
    figures,
)
FEED = feeds.Feed(
    CODE,
    gettext_lazy("Published dishonesty entries"),
    gettext_lazy("The dishonesty entries that the bureau published last."),
    "portal:dishonesty",
    newest,
    15,
)
DATASET = datasets.Dataset(
    CODE,
    gettext_lazy("Published dishonesty entries"),
    gettext_lazy(
        "Every dishonesty entry inside its term. An entry that was repaired or revoked is not in the file "
        "any more."
    ),
    COLUMNS,
    table,
    ("number",),
    gettext_lazy("with every publication"),
    15,
)
