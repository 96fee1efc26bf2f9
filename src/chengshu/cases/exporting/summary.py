"""Whether the summary in an exported file says what its steps add up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.cases.procedure.case_file import CaseFile, replay
from chengshu.cases.procedure.steps import Step, StepKind

NAMES = {
    "state": gettext_lazy("the state"),
    "cause": gettext_lazy("the cause"),
    "fine": gettext_lazy("the fine"),
    "paid": gettext_lazy("the amount paid"),
    "filed_on": gettext_lazy("the day of filing"),
    "decided_on": gettext_lazy("the day of the decision"),
}


def summary_problems(summary: Mapping[str, Any], documents: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Sentences on how ``case.json`` and the steps differ; none where the steps are no steps."""
    try:
        file = replay(_step(document) for document in documents)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation, OverflowError):
        return
    stated: Any = summary.get("parties")
    parties = (
        {str(p.get("key")): p for p in stated if isinstance(p, dict)} if isinstance(stated, list) else {}
    )
    for name, ours in _values(file).items():
        if str(summary.get(name) or "") != ours and not _same_number(summary.get(name), ours):
            yield _("The summary says %(what)s: %(stated)s; the steps say %(ours)s.") % {
                "what": NAMES[name],
                "stated": summary.get(name) or "—",
                "ours": ours or "—",
            }
    for key in sorted(set(parties) ^ set(file.parties)):
        yield _("The summary and the steps do not name the same parties (%(key)s).") % {"key": key}
    for key in sorted(set(parties) & set(file.parties)):
        ours_, theirs = file.parties[key], parties[key]
        outcome = theirs.get("outcome") or {}
        if str(theirs.get("name", "")) != ours_.name[:200] or outcome != dict(ours_.outcome):
            yield _("The summary states party %(key)s otherwise than the steps.") % {"key": key}


def _step(document: Mapping[str, Any]) -> Step:
    at = timezone.localtime(datetime.fromisoformat(str(document["at"])))
    return Step(StepKind(str(document["kind"])), at, "", (), document["data"])


def _values(file: CaseFile) -> dict[str, str]:
    parties = file.parties.values()
    return {
        "state": str(file.state.value),
        "cause": file.cause,
        "fine": str(sum((party.fine for party in parties), Decimal(0))),
        "paid": str(sum((party.paid for party in parties), Decimal(0))),
        "filed_on": str(file.filed_on or ""),
        "decided_on": str(file.decision.day) if file.decision else "",
    }


def _same_number(stated: Any, ours: str) -> bool:
    try:
        return Decimal(str(stated or 0)) == Decimal(ours)
    except InvalidOperation:
        return False
