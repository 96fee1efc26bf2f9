"""What was served against a rule and is to be put right: the rules' sentences, and the ways that exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.procedure.transitions import STEP_LABELS
from chengshu.cases.queries.next_steps import Offered
from chengshu.cases.queries.one import Opened, free_text


@dataclass(frozen=True)
class Way:
    """One way of putting it right: its step, and whether the person can take it on this page now."""

    kind: str
    label: str
    text: str
    offered: bool


def of(user: User, case: Opened, steps: Offered, unmasked: bool) -> dict[str, Any]:
    """The sentences by step and the ways; empty where nothing is to be put right."""
    if not case.file.objected:
        return {}
    found = []
    for record in case.records:
        rules = case.file.objected.get(record.seq, ())
        texts = [
            free_text(case.file, str(f["text"]), unmasked) for f in record.findings if f["rule"] in rules
        ]
        if rules:
            label = STEP_LABELS[K(record.kind)]
            found.append({"seq": record.seq, "label": label, "texts": list(dict.fromkeys(texts))})
    acting = {officer.id for officer in case.file.officers}
    return {"steps": found, "ways": _ways(steps), "acting": user.username in acting}


def _ways(steps: Offered) -> list[Way]:
    said = {
        K.CONTEST: _("The party goes to review or court, or the bureau itself takes the decision up again."),
        K.CONTEST_RESULT: _("Record that the decision was changed or annulled, and what is left of it."),
        K.REOPEN: _("After annulment, take the case up again by the general procedure."),
        K.REFUND: _("Pay back what was paid too much."),
        K.CORRECT: _("Set right what is formal only: number, signature, scene, place, time."),
    }
    return [Way(kind.value, str(STEP_LABELS[kind]), text, kind in steps) for kind, text in said.items()]
