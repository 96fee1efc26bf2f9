"""Numbers of a document as its page shows them: each opens the records behind it."""

from __future__ import annotations

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
    try:
        name = "records" if isinstance(declared(id_), Indicator) else "figure"
    except UnknownIndicator:
        return ""
    squad = {"squad": str(document.squad_id)} if document.squad_id else {}
    query = urlencode({"period": document.period_code, **squad, **part})
    return f"{reverse(f'reports:{name}', args=[id_])}?{query}"
