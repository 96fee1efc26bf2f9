"""Names of causes, fields, people and lights as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.urls import Resolver404, resolve
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from chengshu.cases.procedure.clocks import AMBER_DAYS, LABELS
from chengshu.kernel.privacy_masks import mask_name
from chengshu.law.catalogue import LawProblem, catalogue
from chengshu.law.model import Cause, Citation
from chengshu.ui import tones

LIGHTS = {"green": tones.OK, "amber": tones.WARN, "red": tones.DANGER}


def english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def cause_label(code: str) -> str:
    """案由 by code in the language of the page; the code itself where the catalogue does not have it."""
    try:
        return name_of(catalogue().cause(code)) if code else ""
    except LawProblem:
        return code


def name_of(entry: Cause | Any) -> str:
    """The name of anything of the catalogue that has one in both languages."""
    return str(entry.name_en if english() and entry.name_en else entry.name)


def field_label(code: str) -> str:
    """执法领域 by code."""
    try:
        return name_of(catalogue().field(code)) if code else ""
    except LawProblem:
        return code


def causes_on(day: date) -> list[Cause]:
    """The causes that have a rule for acts of the day, by their numbers."""
    return [cause for cause in catalogue().causes if cause.rule_on(day)]


def masked_party(kind: str, name: str) -> str:
    """A party's name: persons masked, organisations not."""
    return mask_name(name) if kind == "person" else name


def masked_parties(parties: Iterable[Iterable[str]]) -> str:
    """Pairs of kind and name as one text."""
    return "、".join(masked_party(kind, name) for kind, name in parties)


@dataclass(frozen=True)
class Light:
    """期限灯: a deadline as a colour that never stands without words."""

    colour: str
    label: str
    due: date
    text: str

    @property
    def tone(self) -> str:
        """The tone of the badge."""
        return LIGHTS[self.colour]


def light(due: date | None, code: str, today: date) -> Light | None:
    """The light of a deadline, none where there is no deadline."""
    if due is None:
        return None
    days = (due - today).days
    colour = "red" if days < 0 else "amber" if days <= AMBER_DAYS else "green"
    if days < 0:
        text = ngettext("%(n)d day late", "%(n)d days late", -days) % {"n": -days}
    elif days == 0:
        text = _("due today")
    else:
        text = ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}
    return Light(colour, str(LABELS.get(code, code)), due, text)


@lru_cache(maxsize=1024)
def _article_url(instrument: str, article: str) -> str:
    """The page of a provision, empty where this installation has none."""
    path = f"/law/articles/{quote(instrument, safe='')}/{quote(article, safe='')}"
    for candidate in (path, path + "/"):
        try:
            resolve(candidate.replace("%", "%25") if "%25" in candidate else candidate)
        except Resolver404:
            continue
        return candidate
    return ""


def article_url(citation: Citation | None, on: date) -> str:
    """Where a provision can be read as it stood on the day."""
    if citation is None:
        return ""
    url = _article_url(citation.instrument, citation.article)
    return f"{url}?on={on:%Y-%m-%d}" if url else ""


def cited(citation: Citation | None, on: date) -> Mapping[str, Any] | None:
    """A provision for a template: text, address, whether its wording was checked."""
    if citation is None:
        return None
    try:
        text = catalogue().cite(citation)
    except LawProblem:
        text = citation.article
    return {"text": text, "url": article_url(citation, on), "verified": citation.verified}
