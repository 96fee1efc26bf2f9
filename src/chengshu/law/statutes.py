"""Statute texts in Markdown: a title, how it came about, chapters as headings, articles and their items."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from chengshu.law.reference import number

_DATE = re.compile(r"[（(](\d{4}-\d{2}-\d{2})[）)]")
_NUMBER = "[零〇一二三四五六七八九十百]+"
_ARTICLE = re.compile(rf"第({_NUMBER})条(?:之({_NUMBER}))?[\s　]+(.*)")
_ITEM = re.compile(rf"[（(]({_NUMBER})[）)].*")
_HEADING = re.compile(r"(#{2,6})\s*(.+)")
_SPACES = re.compile(r"[\s　]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\ufeff"))


class StatuteProblem(ValueError):
    """The file is no statute text; one translated sentence."""


@dataclass
class Paragraph:
    """款 with its 项 (number, line as printed); what follows the items is a paragraph of its own."""

    text: str
    items: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class ParsedArticle:
    """条 with where it stands: ``chapter`` names chapter and section."""

    number: int
    inserted: int
    label: str
    chapter: str
    paragraphs: list[Paragraph]


@dataclass(frozen=True)
class Statute:
    """A text as its file has it; ``version_on`` is the date in the file's name (passed or amended)."""

    title: str
    version_on: date | None
    source: str
    sha256: str
    preamble: str
    articles: tuple[ParsedArticle, ...]


def read_statute(path: Path) -> Statute:
    """Read a file. Raises :class:`StatuteProblem` where it cannot be read or has no title or articles."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StatuteProblem(_("%(file)s: is not UTF-8 text.") % {"file": path.name}) from error
    except OSError as error:
        raise StatuteProblem(
            _("%(file)s: cannot be read: %(reason)s") % {"file": path.name, "reason": error.strerror}
        ) from error
    return parse_statute(text, path.name, hashlib.sha256(content).hexdigest())


def parse_statute(text: str, source: str, sha256: str) -> Statute:
    """Split a text into its articles. Raises :class:`StatuteProblem`."""
    title, preamble = "", list[str]()
    headings: dict[int, str] = {}
    articles: list[ParsedArticle] = []
    for raw in text.translate(_INVISIBLE).splitlines():
        line = raw.strip()
        if not line or line.startswith("<!--"):
            continue
        if line.startswith("# "):
            title = title or line[2:].strip()
        elif heading := _HEADING.fullmatch(line):
            level = len(heading[1])
            headings = {depth: name for depth, name in headings.items() if depth < level}
            headings[level] = _SPACES.sub(" ", heading[2])
        elif found := _ARTICLE.fullmatch(line):
            articles.append(_article(found, " ".join(headings.values()), articles, source))
        elif not articles:
            preamble.append(line)
        else:
            _add_line(articles[-1], line)
    if not title:
        raise StatuteProblem(_("%(file)s: has no title (a line that begins with “# ”).") % {"file": source})
    if not articles:
        raise StatuteProblem(_("%(file)s: has no articles.") % {"file": source})
    return Statute(title, _version(source), source, sha256, "\n".join(preamble), tuple(articles))


def _article(found: re.Match[str], chapter: str, before: list[ParsedArticle], source: str) -> ParsedArticle:
    main, inserted = number(found[1]), number(found[2] or "零")
    label = f"第{found[1]}条" + (f"之{found[2]}" if found[2] else "")
    if before and (main, inserted) <= (before[-1].number, before[-1].inserted):
        raise StatuteProblem(
            _("%(file)s: %(article)s comes after %(last)s.")
            % {"file": source, "article": label, "last": before[-1].label}
        )
    return ParsedArticle(main, inserted, label, chapter, [Paragraph(found[3].strip())])


def _add_line(article: ParsedArticle, line: str) -> None:
    if item := _ITEM.fullmatch(line):
        article.paragraphs[-1].items.append((number(item[1]), line))
    else:
        article.paragraphs.append(Paragraph(line))


def _version(source: str) -> date | None:
    found = _DATE.search(source)
    if found is None:
        return None
    try:
        return date.fromisoformat(found[1])
    except ValueError as error:
        raise StatuteProblem(
            _("%(file)s: “%(date)s” in the name is not a date.") % {"file": source, "date": found[1]}
        ) from error
