"""Numbers of a document as its page shows them: each opens the records behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chengshu.kernel.indicators.declarations import Indicator, UnknownIndicator, declared
from chengshu.reports.models import Document


@dataclass(frozen=True)
class ShownRun:
    """A piece of text. url: records of its number; old: what it was; today: what it would be."""

    text: str
    url: str = ""
    old: str = ""
    today: str = ""

    @property
    def html(self) -> SafeString:
        """As it stands in a line: what it was crossed out, the number a link, what it would be today."""
        marks = " changed" if self.old else " differs" if self.today else ""
        text = format_html('<a class="figure{}" href="{}">{}</a>', marks, self.url, self.text)
        return format_html(
            "{}{}{}",
            format_html("<del>{}</del>", self.old) if self.old else "",
            text if self.url else self.text,
            format_html('<small class="today" role="note">{}</small>', self.today) if self.today else "",
        )


def opens(document: Document, id_: str, **part: str) -> str:
    """The page of the records behind a number; of a ratio the page that explains it.

    part: the period, or the part of a breakdown, that the number tells of, where it is not the document's.
    """
    return _page(document, "records" if is_counted(id_) else "figure", id_, part)


def explains(document: Document, id_: str) -> str:
    """The page that explains a figure and has each of its parts."""
    return _page(document, "figure", id_, {})


def is_counted(id_: str) -> bool:
    """Whether a figure has records of its own; a ratio has those of its parts."""
    try:
        return isinstance(declared(id_), Indicator)
    except UnknownIndicator:
        return False


def _page(document: Document, name: str, id_: str, part: Mapping[str, str]) -> str:
    """Empty for a figure that is declared no more."""
    try:
        declared(id_)
    except UnknownIndicator:
        return ""
    squad = {"squad": str(document.squad_id)} if document.squad_id else {}
    query = urlencode({"period": document.period_code, **squad, **part})
    return f"{reverse(f'reports:{name}', args=[id_])}?{query}"
