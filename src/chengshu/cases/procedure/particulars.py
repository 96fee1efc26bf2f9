"""What the particulars of steps are called (要素名称), for sentences about what is missing."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LABELS = {
    "accepted": gettext_lazy("whether it is accepted"),
    "act_on": gettext_lazy("day of the act"),
    "amount": gettext_lazy("amount"),
    "approved": gettext_lazy("whether it is approved"),
    "approver": gettext_lazy("who approved it"),
    "archive_number": gettext_lazy("archive number"),
    "authority": gettext_lazy("name of the authority"),
    "basis": gettext_lazy("legal basis"),
    "begun_on": gettext_lazy("day on which it was begun"),
    "body": gettext_lazy("reviewing authority or court"),
    "cause": gettext_lazy("cause of action"),
    "chair": gettext_lazy("chair"),
    "conclusion": gettext_lazy("conclusion"),
    "court": gettext_lazy("court"),
    "document": gettext_lazy("document"),
    "effective_on": gettext_lazy("day on which it took effect"),
    "facts": gettext_lazy("facts and evidence"),
    "hearing_on": gettext_lazy("day of the hearing"),
    "items": gettext_lazy("list of items"),
    "made": gettext_lazy("whether a statement was made"),
    "method": gettext_lazy("way of payment"),
    "mode": gettext_lazy("way of service"),
    "number": gettext_lazy("number of the decision"),
    "officer": gettext_lazy("officer concerned"),
    "opinion": gettext_lazy("opinion"),
    "outcome": gettext_lazy("disposal"),
    "outcomes": gettext_lazy("what is decided on each party"),
    "participants": gettext_lazy("participants"),
    "parties": gettext_lazy("parties"),
    "party": gettext_lazy("party"),
    "performance": gettext_lazy("manner and period of performance"),
    "proposal": gettext_lazy("proposed penalty"),
    "proposals": gettext_lazy("what is proposed for each party"),
    "reason": gettext_lazy("grounds"),
    "reasons": gettext_lazy("grounds"),
    "record": gettext_lazy("content of the record"),
    "remedies": gettext_lazy("ways and periods of review and suit"),
    "remedy": gettext_lazy("review or suit"),
    "result": gettext_lazy("result"),
    "reviewer": gettext_lazy("who reviewed it"),
    "rights": gettext_lazy("rights of the party"),
    "sha256": gettext_lazy("hash of the original file"),
    "source": gettext_lazy("source of the case"),
    "step": gettext_lazy("step concerned"),
    "summary": gettext_lazy("what was found"),
    "text": gettext_lazy("what is corrected"),
    "to": gettext_lazy("receiver"),
    "type": gettext_lazy("kind of evidence"),
    "until": gettext_lazy("until when"),
}


def listed(names: Iterable[str]) -> str:
    """Particulars as a list in the language of the page. Raises ``KeyError`` for one without a name."""
    return _(", ").join(str(LABELS[name]) for name in names)
