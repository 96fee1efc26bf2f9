"""What the portal itself publishes: its entries in the navigation, its feeds and its datasets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.kernel.models import DailyRoot
from chengshu.portal import datasets, dishonesty, draw_tables, feeds, inspections, penalties
from chengshu.portal.navigation import Figure, PublicEntry
from chengshu.portal.navigation import register as add
from chengshu.ui import formats

# The order of the navigation; draws (20), results (30) and items (50) come from `inspections`,
# entries (45) from `dishonesty`.
ENTRIES = (
    PublicEntry("home", gettext_lazy("Home"), "portal:home", 0),
    PublicEntry(
        "penalties",
        gettext_lazy("Penalty disclosure"),
        "portal:penalties",
        40,
        gettext_lazy("The bureau's penalty decisions, to be searched by unit, number and cause."),
        penalties.figures,
    ),
    PublicEntry(
        "certificates",
        gettext_lazy("Certificate check"),
        "portal:certificates",
        60,
        gettext_lazy("Whether the number on an officer's certificate is valid today."),
    ),
    PublicEntry(
        "reports",
        gettext_lazy("Annual reports"),
        "portal:reports",
        70,
        gettext_lazy("The bureau's reports on its work, year by year."),
    ),
    PublicEntry(
        "data",
        gettext_lazy("Open data"),
        "portal:data",
        80,
        gettext_lazy("Everything published here as tables and feeds, with a data dictionary."),
    ),
)


def _last_seal(district_id: int, today: date) -> Iterator[Figure]:
    last = DailyRoot.objects.only("day").first()
    if last is not None:
        yield Figure(_("Last sealed day"), formats.day(last.day))


LEDGER = PublicEntry(
    "ledger",
    gettext_lazy("Public ledger"),
    "portal:ledger",
    90,
    gettext_lazy(
        "Every day the bureau seals its records and publishes the seal. Anybody can check later that no "
        "sealed record was changed or taken away."
    ),
    _last_seal,
)


def register() -> None:
    """Called once the apps are ready."""
    for entry in (*ENTRIES, *inspections.ENTRIES, dishonesty.ENTRY, LEDGER):
        add(entry)
    for feed in (penalties.FEED, dishonesty.FEED, *inspections.FEEDS):
        feeds.register(feed)
    for dataset in (penalties.DATASET, dishonesty.DATASET, inspections.DATASET, *draw_tables.DATASETS):
        datasets.register(dataset)
