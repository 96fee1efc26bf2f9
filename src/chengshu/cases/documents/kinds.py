"""The kinds of documents (文书种类) of a case file, read from ``kinds.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chengshu.cases.documents.problems import DocumentProblem

HERE = Path(__file__).resolve().parent

Look = Literal["letter", "slip", "form", "record", "cover"]
"""How it is set: ``letter`` and the smaller ``slip`` go out, ``form`` is a table, ``record`` a 笔录."""


@dataclass(frozen=True)
class DocumentKind:
    """One 文种. ``number`` is its word in the document number (罚决字), "" where it bears none.

    ``order`` is its place in the file's catalogue, ``issued`` whether it carries the authority's seal.
    """

    code: str
    name: str
    name_en: str
    group: str
    order: int
    look: Look
    number: str = ""
    issued: bool = False

    @property
    def numbered(self) -> bool:
        """Whether a gap-free number is taken for it."""
        return bool(self.number)

    @property
    def label(self) -> str:
        """Its name in the language of the page."""
        return self.name_en if (get_language() or "").startswith("en") else self.name


@cache
def kinds() -> tuple[DocumentKind, ...]:
    """Every kind, in the order of the file's catalogue."""
    rows = yaml.safe_load((HERE / "kinds.yaml").read_text(encoding="utf-8"))["kinds"]
    return tuple(sorted((DocumentKind(**row) for row in rows), key=lambda kind: kind.order))


@cache
def _by_code() -> dict[str, DocumentKind]:
    return {each.code: each for each in kinds()}


def kind(code: str) -> DocumentKind:
    """The kind with this code. Raises `DocumentProblem` where there is none."""
    try:
        return _by_code()[code]
    except KeyError:
        raise DocumentProblem(_("There is no kind of document “%(code)s”.") % {"code": code}) from None
