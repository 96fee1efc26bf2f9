"""Enforcement advice (执法建议书): what the law's data advises for a cause, to the body responsible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.utils import timezone

from chengshu.cases.documents import DocumentFacts
from chengshu.cases.procedure import law
from chengshu.cases.procedure.case_file import CaseFile

ADVICE = "enforcement_advice"
TO_THE_PARTY, TO_ANOTHER = "贵方（{party}）", "{party}"
"""How the texts of the law's data name the party, and how another body is told of it."""
FIELD_LETTERS = 100


def has_advice(file: CaseFile) -> bool:
    """Whether there is advice to give: the cause is known and the law's data has a text for it."""
    return bool(file.cause and law.known(file.cause) and law.cause(file.cause).advice)


def advised(facts: DocumentFacts, cause: str, recipient: str = "") -> DocumentFacts:
    """The facts with the advice in them, dated today; without a recipient it goes to the party itself."""
    to = " ".join(recipient.split())[:FIELD_LETTERS]
    text = law.cause(cause).advice if cause and law.known(cause) else ""
    if to and to != facts.party_name:
        text = text.replace(TO_THE_PARTY, TO_ANOTHER)
    said: Mapping[str, str] = {
        "{party}": facts.party_name,
        "{place}": facts.act_place,
        "{cause}": facts.cause,
    }
    for name, value in said.items():
        text = text.replace(name, value.strip() or name)
    return replace(
        facts,
        date=timezone.localdate(),
        recipient=to or facts.party_name,
        values={**facts.values, "advice": text},
    )
