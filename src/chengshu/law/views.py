"""Pages of the law: causes of action, procedure, instruments and their articles as they stood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chengshu.kernel.access import permission_required
from chengshu.law import words
from chengshu.law.catalogue import LawProblem, catalogue
from chengshu.law.forms import CauseFilter
from chengshu.law.links import article_url
from chengshu.law.model import Cause, CauseRule, Citation, Dated, Fine, InstrumentTitle
from chengshu.law.models import Article, StatuteText
from chengshu.law.reference import Reference, parse_reference
from chengshu.law.texts import text_of
from chengshu.ui.paging import paginate

PERMISSION = "law.view"


@dataclass(frozen=True)
class Shown:
    """A provision as a page shows it: the citation and the day on which its article is opened."""

    citation: Citation
    on: date

    @property
    def words(self) -> str:
        return catalogue().cite(self.citation)

    @property
    def url(self) -> str:
        return article_url(self.citation, self.on)


@permission_required(PERMISSION)
@require_safe
def cause_list(request: HttpRequest) -> HttpResponse:
    """/law/: every cause of action with the rule of today."""
    form = CauseFilter(request.GET)
    found = _matching(form.cleaned_data if form.is_valid() else {})
    today = timezone.localdate()
    page = paginate(found, request)
    rows = [_cause_row(cause, today) for cause in page]
    return render(request, "law/causes.html", {"form": form, "page": page, "rows": rows})


def _matching(filters: dict[str, Any]) -> list[Cause]:
    asked = str(filters.get("q", "")).lower().split()
    field, confidence = filters.get("field"), filters.get("confidence")
    return [
        cause
        for cause in catalogue().causes
        if (not field or cause.field == field)
        and (not confidence or _verified(cause) == (confidence == "verified"))
        and all(word in _searched(cause) for word in asked)
    ]


def _searched(cause: Cause) -> str:
    return f"{cause.number} {cause.code} {cause.name} {cause.name_en}".lower()


def _verified(cause: Cause) -> bool:
    return all(rule.verified for rule in cause.rules)


def _cause_row(cause: Cause, today: date) -> dict[str, Any]:
    rule = cause.rule_on(today)
    shown = rule or cause.rules[-1]
    return {
        "cause": cause,
        "name": words.name_of(cause),
        "field": words.name_of(catalogue().field(cause.field)),
        "fines": [words.fine_words(fine) for fine in shown.fines],
        "penalty": _link(shown.penalty, shown, today),
        "verified": shown.verified,
        "in_force": rule is not None,
    }


@permission_required(PERMISSION)
@require_safe
def cause_page(request: HttpRequest, code: str) -> HttpResponse:
    """/law/causes/<code>/: one offence and its rules through time, the newest first."""
    cause = _or_404(catalogue().cause, code)
    today = timezone.localdate()
    context = {
        "cause": cause,
        "name": words.name_of(cause),
        "field": words.name_of(catalogue().field(cause.field)),
        "rules": [_rule_row(rule, today) for rule in reversed(cause.rules)],
        "advice": _advice(cause),
        "items": [
            {
                "item": item,
                "name": words.name_of(item),
                "citation": _link(item.citation, item, today),
                "now": item.applies(today),
            }
            for item in catalogue().items_of(code)
        ],
        "trail": [(_("Causes of action"), reverse("law:causes")), (words.name_of(cause), "")],
    }
    return render(request, "law/cause.html", context)


def _advice(cause: Cause) -> str:
    """The advice as a reader sees it before there is a case."""
    text = cause.advice
    for place, shown in (
        ("{party}", _("the party")),
        ("{place}", _("the place")),
        ("{cause}", words.name_of(cause)),
    ):
        text = text.replace(place, shown)
    return text


def _rule_row(rule: CauseRule, today: date) -> dict[str, Any]:
    return {
        "rule": rule,
        "now": rule.applies(today),
        "breach": _link(rule.breach, rule, today),
        "penalty": _link(rule.penalty, rule, today),
        "mode": words.MODES[rule.mode],
        "parties": [words.PARTIES[party] for party in rule.parties],
        "others": [words.PENALTIES[code] for code in rule.other_penalties],
        "coercive": [words.COERCION[code] for code in rule.coercive],
        "fines": [_fine_row(fine) for fine in rule.fines],
    }


def _fine_row(fine: Fine) -> dict[str, Any]:
    return {
        "party": words.PARTIES[fine.party] if fine.party else _("anyone"),
        "range": words.fine_words(fine),
        "grave": words.grave_words(fine),
        "optional": fine.optional,
        "tiers": [
            {"name": words.name_of(tier), "range": words.tier_words(fine, tier), "verified": tier.verified}
            for tier in fine.tiers
        ],
    }


@permission_required(PERMISSION)
@require_safe
def procedure(request: HttpRequest) -> HttpResponse:
    """/law/procedure/: thresholds, periods, requirements, authorities and exemptions through time."""
    law, today = catalogue(), timezone.localdate()
    context = {
        "thresholds": _rows(law.thresholds.values(), today),
        "periods": [
            {**row, "unit": words.PERIOD_UNITS[row["entry"].unit]}
            for row in _rows(law.periods.values(), today)
        ],
        "requirements": _rows(law.requirements.values(), today),
        "authorities": [
            {
                **row,
                "area": words.AREAS[row["entry"].area],
                "authority": words.AUTHORITIES[row["entry"].authority],
            }
            for row in _rows(law.authorities.values(), today)
        ],
        "reasons": _rows(law.exemption_reasons.values(), today),
        "items": _rows(law.exemption_items.values(), today),
    }
    return render(request, "law/procedure.html", context)


def _rows(groups: Iterable[tuple[Any, ...]], today: date) -> list[dict[str, Any]]:
    return [
        {
            "entry": entry,
            "name": words.name_of(entry) if hasattr(entry, "name") else words.step_words(entry),
            "citation": _link(entry.citation, entry, today),
            "now": entry.applies(today),
        }
        for versions in groups
        for entry in versions
    ]


@permission_required(PERMISSION)
@require_safe
def instrument_list(request: HttpRequest) -> HttpResponse:
    """/law/instruments/: what the catalogue rests on, and which texts are at hand."""
    sources = set(StatuteText.objects.values_list("source", flat=True))
    rows = [
        {
            "instrument": instrument,
            "level": words.LEVELS[instrument.level],
            "versions": [
                (version, version.source.rpartition("/")[2] in sources) for version in instrument.versions
            ],
        }
        for instrument in catalogue().instruments
    ]
    return render(request, "law/instruments.html", {"rows": rows})


@permission_required(PERMISSION)
@require_safe
def instrument_page(request: HttpRequest, code: str) -> HttpResponse:
    """/law/instruments/<code>/?on=DATE: one instrument with its articles as they stood."""
    instrument = _or_404(catalogue().instrument, code)
    on, complaint = _day_asked(request)
    text = _text(instrument, on)
    context = {
        "instrument": instrument,
        "level": words.LEVELS[instrument.level],
        "on": on,
        "complaint": complaint,
        "text": text,
        "articles": list(text.articles.all()) if text else [],
        "version": _version(instrument, on),
        "trail": [(_("Legal instruments"), reverse("law:instruments")), (instrument.title, "")],
    }
    return render(request, "law/instrument.html", context)


@permission_required(PERMISSION)
@require_safe
def article_page(request: HttpRequest, code: str, article: str) -> HttpResponse:
    """/law/articles/<instrument>/<article>/?on=DATE: the article as it stood, the part cited marked."""
    instrument = _or_404(catalogue().instrument, code)
    on, complaint = _day_asked(request)
    text, reference = _text(instrument, on), parse_reference(article)
    found = (
        text.articles.filter(number=reference.article, inserted=reference.inserted).first()
        if text and reference
        else None
    )
    address = reverse("law:instrument", args=[code])
    context = {
        "instrument": instrument,
        "cited": article,
        "on": on,
        "complaint": complaint,
        "version": _version(instrument, on),
        "text": text,
        "article": found,
        "paragraphs": _marked(found, reference) if found and reference else [],
        "part_missing": found is not None and reference is not None and found.part(reference) is None,
        "trail": [
            (_("Legal instruments"), reverse("law:instruments")),
            (instrument.title, f"{address}?on={on}"),
            (article, ""),
        ],
    }
    return render(request, "law/article.html", context)


def _marked(article: Article, reference: Reference) -> list[dict[str, Any]]:
    """Paragraphs and items, with what the reference means marked where it means less than the article."""
    rows = []
    for position, paragraph in enumerate(article.paragraphs, 1):
        here = reference.paragraph in (None, position)
        items = [
            {"text": text, "number": n, "marked": here and reference.item == n}
            for n, text in paragraph["items"]
        ]
        whole = reference.paragraph == position and reference.item is None
        rows.append({"text": paragraph["text"], "items": items, "marked": whole})
    return rows


def _text(instrument: InstrumentTitle, on: date) -> StatuteText | None:
    version = _version(instrument, on)
    return text_of(instrument, version, on) if version else None


def _version(instrument: InstrumentTitle, on: date) -> Any:
    return next((version for version in instrument.versions if version.applies(on)), None)


def _link(citation: Citation, entry: Dated, today: date) -> Shown:
    """The citation, opening the article as it stood on the last day of the entry, at most today."""
    return Shown(citation, max(entry.valid_from, min(today, entry.valid_to or today)))


def _day_asked(request: HttpRequest) -> tuple[date, str]:
    """The day of ``?on=``, by default today; with a sentence where it is none."""
    asked = request.GET.get("on", "").strip()
    try:
        return (date.fromisoformat(asked) if asked else timezone.localdate()), ""
    except ValueError:
        return timezone.localdate(), _("“%(given)s” is not a date (YYYY-MM-DD).") % {"given": asked[:20]}


def _or_404(look_up: Any, code: str) -> Any:
    try:
        return look_up(code)
    except LawProblem as problem:
        raise Http404(str(problem)) from problem
