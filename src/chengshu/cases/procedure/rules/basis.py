"""The basis that a decision states in words (处罚依据), as tables of old cases have it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _

from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.law.catalogue import catalogue
from chengshu.law.model import Citation, InstrumentTitle, in_force
from chengshu.law.reference import Named, Reference, parse_named, parse_reference

from .base import Problem, Weight, rule

COUNTRY = "中华人民共和国"


@rule("basis", K.APPROVE_DECISION, K.SIMPLE_DECISION, weight=Weight.SERIOUS, refuses=False, whole=False)
def basis(file: CaseFile, step: Step) -> Iterator[Problem]:
    """What is cited was there on the day of the act or of the decision, and the cause's provision is cited.

    An article is looked up in the statute texts where that wording is kept; else only its instrument is. A
    decision on no penalty rests on other provisions than that of the penalty.
    """
    text = str(step.data.get("basis") or "").strip()
    if not text or file.act_end is None:
        return
    party = next(iter(file.parties.values()), None)
    law = applicable.rule_or_none(file.cause, file.act_end, step.day, party.kind if party else None)
    own = law.penalty if law else None
    cited = parse_named(text) or _without_marks(text)
    if not cited:
        yield Problem(
            _("The basis names no legal instrument that is known: %(text)s.") % {"text": text}, "", own
        )
        return
    for named in cited:
        yield from _not_there(named, (file.act_end, step.day), own)
    spared = all(one.get("type") == "no_penalty" for one in step.data.get("outcomes") or [])
    if own is not None and not spared and not any(_names(named, own) for named in cited):
        yield Problem(
            _("The basis does not name the provision on this cause of action, %(law)s.")
            % {"law": applicable.cite(own)},
            citation=own,
        )


def _not_there(named: Named, days: tuple[date, date], own: Citation | None) -> Iterator[Problem]:
    """What is wrong with the citation itself; the days are those of the act and of the decision."""
    instrument = _instruments().get(_plain(named.title))
    if instrument is None:
        yield Problem(_("The law data does not know 《%(title)s》.") % {"title": named.title}, "", own)
        return
    there = [day for day in days if in_force(instrument.versions, day)]
    if not there:
        yield Problem(
            _("《%(title)s》 was not in force on %(day)s.") % {"title": instrument.title, "day": days[0]},
            "",
            own,
        )
        return
    for reference in named.references:
        if _missing(instrument.code, reference, there):
            yield Problem(
                _("《%(title)s》 had no such provision on %(day)s: %(provision)s.")
                % {"title": instrument.title, "day": there[0], "provision": _printed(reference)},
                "",
                own,
            )


def _names(named: Named, own: Citation) -> bool:
    """Whether a citation means the provision; where it names no article, its instrument is enough."""
    instrument = _instruments().get(_plain(named.title))
    if instrument is None or instrument.code != own.instrument:
        return False
    wanted = parse_reference(own.article)
    return not named.references or wanted is None or any(_same(one, wanted) for one in named.references)


def _same(cited: Reference, wanted: Reference) -> bool:
    """The same article, and the same 款 and 项 as far as both say them."""
    pairs = ((cited.paragraph, wanted.paragraph), (cited.item, wanted.item))
    told = all(one == other for one, other in pairs if one is not None and other is not None)
    return told and (cited.article, cited.inserted) == (wanted.article, wanted.inserted)


def _missing(code: str, reference: Reference, days: list[date]) -> bool:
    """Whether the kept wordings of these days lack the provision; a wording that is not kept says nothing."""
    from chengshu.law.texts import text_as_of  # the texts are rows: only asked where an article is cited

    kept = [text.pk for day in days if (text := text_as_of(code, day))]
    return bool(kept) and not any(_has(pk, reference) for pk in kept)


@lru_cache(maxsize=16_384)  # wordings are append-only
def _has(text: int, reference: Reference) -> bool:
    from chengshu.law.models import Article

    found = Article.objects.filter(
        statute=text, number=reference.article, inserted=reference.inserted
    ).first()
    return found is not None and found.part(reference) is not None


def _printed(reference: Reference) -> str:
    """The provision in figures, as short as it was read."""
    article = _("art. %(n)d") % {"n": reference.article}
    parts = [f"{article}-{reference.inserted}" if reference.inserted else article]
    if reference.paragraph is not None:
        parts.append(_("para. %(n)d") % {"n": reference.paragraph})
    if reference.item is not None:
        parts.append(_("item %(n)d") % {"n": reference.item})
    return " ".join(parts)


def _plain(title: str) -> str:
    return title.removeprefix(COUNTRY)


@lru_cache(maxsize=1)
def _instruments() -> dict[str, InstrumentTitle]:
    """Every instrument of the catalogue by its title, as people shorten it."""
    return {_plain(entry.title): entry for entry in catalogue().instruments}


def _without_marks(text: str) -> tuple[Named, ...]:
    """Known titles in a text that does without 《》, with the provisions after each."""
    joined = "".join(text.split())
    for title in sorted(_instruments(), key=len, reverse=True):
        joined = joined.replace(title, f"《{title}》") if f"{title}》" not in joined else joined
    return parse_named(joined)
