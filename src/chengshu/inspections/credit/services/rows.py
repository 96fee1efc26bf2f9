"""What the rows of both sheets for the credit office have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import orjson
from django.utils.translation import gettext as _

from chengshu.cases.models import Party
from chengshu.inspections.credit.settings import Column, credit_data

RESIDENT_ID = 18
Row = dict[str, str]


class RowProblem(ValueError):
    """A row cannot be given; one translated sentence."""


def digest_of(row: Row) -> str:
    """SHA-256 of a row without its remark."""
    content = {code: value for code, value in row.items() if code != "BZ"}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def category_of(kind: str, number: str) -> str:
    """The category of a party: ``person``, ``household`` (by its code) or ``organisation``."""
    if kind == Party.Kind.PERSON:
        return "person"
    return "household" if number.startswith(credit_data().exchange.household_prefix) else "organisation"


def require_mandatory(row: Row, category: str, columns: Iterable[Column]) -> None:
    """Raise `RowProblem` naming the columns that need a value for such a party and have none."""
    missing = [column.zh for column in columns if category in column.needs and not row[column.code]]
    if missing:
        raise RowProblem(_("Missing: %(what)s.") % {"what": "、".join(missing)})
