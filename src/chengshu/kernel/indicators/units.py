"""Units of figures: a code, and what people read behind the number."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

UNITS: dict[str, str | Promise] = {
    "%": "%",
    "case": pgettext_lazy("unit", "cases"),
    "yuan": pgettext_lazy("unit", "yuan"),
    "m2": _("m²"),
    "structure": pgettext_lazy("unit", "structures"),
    "suspect": pgettext_lazy("unit", "suspects"),
    "street/town": pgettext_lazy("unit", "streets and towns"),
    "plot": pgettext_lazy("unit", "plots"),
    "task": pgettext_lazy("unit", "tasks"),
    "object": pgettext_lazy("unit", "objects"),
    "shop": pgettext_lazy("unit", "shops"),
    "finding": pgettext_lazy("unit", "findings"),
    "publication": pgettext_lazy("unit", "publications"),
    "class": pgettext_lazy("unit", "classes"),
    "category": pgettext_lazy("unit", "categories"),
    "check": pgettext_lazy("unit", "checks"),
    "vehicle": pgettext_lazy("unit", "vehicles"),
    "lead": pgettext_lazy("unit", "leads"),
    "log": pgettext_lazy("unit", "duty logs"),
    "check-in": pgettext_lazy("unit", "check-ins"),
    "minute": pgettext_lazy("unit", "minutes"),
    "hour": pgettext_lazy("unit", "hours"),
    "day": pgettext_lazy("unit", "days"),
}
"""Codes as ``figures.csv`` writes them."""


def unit_name(code: str) -> str:
    """What is printed behind a number of the unit; the code itself where it has no name."""
    return str(UNITS.get(code, code))
