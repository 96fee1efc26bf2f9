"""Names of causes, fields, people and lights as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chengshu.cases.procedure.clocks import AMBER_DAYS, LABELS
from chengshu.kernel.privacy_masks import mask_name
from chengshu.law.catalogue import LawProblem, catalogue
from chengshu.law.model import Cause, Citation
from chengshu.law.words import name_of
from chengshu.ui import tones

LIGHTS = {"green": tones.OK, "amber": tones.WARN, "red": tones.DANGER}


def cause_label(code: str) -> str:
    """案由 by code in the language of the page; the code itself where the catalogue does not have it."""
    try:
        return name_of(catalogue().cause(code)) if code else ""
    except LawProblem:
        return code


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


def article_url(citation: Citation | None, on: date) -> str:
    """Where a provision can be read as it stood on the day; empty where the pages of the law are missing."""
    if citation is None:
        return ""
    try:
        url = reverse("law:article", args=[citation.instrument, citation.article])
    except NoReverseMatch:
        return ""
    return f"{url}?on={on:%Y-%m-%d}"


def cited(citation: Citation | None, on: date) -> Mapping[str, Any] | None:
    """A provision for a template: text, address, whether its wording was checked."""
    if citation is None:
        return None
    try:
        text = catalogue().cite(citation)
    except LawProblem:
        text = citation.article
    return {"text": text, "url": article_url(citation, on), "verified": citation.verified}
