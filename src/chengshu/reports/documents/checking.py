"""What must be so before a document is frozen, each fault as one sentence for the writer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from chengshu.kernel.indicators.asking import Compared
from chengshu.kernel.indicators.declarations import declared
from chengshu.reports.documents.standing import Standing, kept
from chengshu.reports.documents.texts import changed_only
from chengshu.reports.models import DocumentPart, PublishedFigure
from chengshu.reports.template import read_part
from chengshu.reports.wording import PLACEHOLDER, Form, plain

NOT_COUNTED = re.compile(
    r"《[^》]*》|第[\d、至-]+[条款项号届次]|\d{4}[年-](?:\d{1,2}[月-](?:\d{1,2}日?)?)?|\d{1,2}月(?:\d{1,2}日)?|\d{1,2}日"
)
"""Digits that are no figures: names of instruments, articles, dates."""
TYPED = re.compile(r"\d[\d,]*(?:\.\d+)?")
WRITTEN = ("", ".1", ".2", "万.1", "万.2", "亿.2")


@dataclass(frozen=True)
class Fault:
    """Why a document cannot be frozen; with ``part`` and ``number`` for a typed number."""

    words: str
    part: int = 0
    number: str = ""


def faults(now: Standing) -> list[Fault]:
    """Everything that stands between a draft and its freezing, apart from who does it."""
    return [*(Fault(words) for words in now.report.faults), *_typed(now, now.report.figures)]


def _typed(now: Standing, found: Mapping[str, Compared]) -> Iterator[Fault]:
    """Numbers that a writer typed and that no figure has, unless confirmed."""
    known = _printed(found)
    for part in now.parts:
        for number in typed_numbers(part):
            if number not in part.accepted and _value(number) not in known:
                yield Fault(
                    _("The number %(number)s was typed and is none of the figures.") % {"number": number},
                    part.pk,
                    number,
                )


def typed_numbers(part: DocumentPart) -> list[str]:
    """Numbers in digits in what the writer changed, as typed; placeholders, dates and articles left out."""
    changed = changed_only(part.content, part.shipped)
    if not changed:
        return []
    words = [sentence.text for sentence in read_part(changed).sentences]
    plain_words = [NOT_COUNTED.sub(" ", PLACEHOLDER.sub(" ", text)) for text in words]
    return list(dict.fromkeys(number for text in plain_words for number in TYPED.findall(text)))


def _printed(found: Mapping[str, Compared]) -> set[Decimal]:
    """Every figure in the ways it may be written."""
    made = set()
    for id_, both in found.items():
        for value in (both.now.value, both.then.value, both.change):
            if value is None:
                continue
            for form in WRITTEN:
                text = Form.parse(form).write(abs(value), declared(id_).decimals)
                made.add(_value(text.rstrip("万亿")))
    return made


def _value(text: str) -> Decimal:
    try:
        return Decimal(plain(Decimal(text.replace(",", "")))).normalize()
    except InvalidOperation:
        return Decimal(-1)


def published_otherwise(now: Standing) -> list[tuple[PublishedFigure, Decimal]]:
    """Figures of the same period and place that another final document has with another value."""
    document, found = now.document, now.report.figures
    others = (
        PublishedFigure.objects.filter(
            period_code=document.period_code,
            indicator__in=list(found),
            document__district=document.district_id,
            document__squad=document.squad_id,
        )
        .exclude(document=document.pk)
        .select_related("document")
    )
    return [
        (one, value)
        for one in others.order_by("indicator", "-document__frozen_at")
        if (value := kept(found[one.indicator].now.value)) is not None and value != one.value
    ]
