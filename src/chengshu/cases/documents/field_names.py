"""The names of the fields in the language of the page, for messages about what is missing."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.cases.documents.bodies import bodies

NAMES = {
    "authority": _("name of the authority"),
    "date": _("date of the document"),
    "number": _("number of the document"),
    "party_name": _("name of the party"),
    "party_address": _("address of the party"),
    "cause": _("cause of the case"),
    "source": _("source of the case"),
    "officers": _("enforcement officers"),
    "act_time": _("time of the act"),
    "act_place": _("place of the act"),
    "facts": _("facts of the act"),
    "evidence": _("evidence"),
    "breached": _("provision breached"),
    "applied": _("provision applied"),
    "tier_reason": _("reasons"),
    "defence": _("statement and defence"),
    "defence_review": _("result of reviewing the defence"),
    "hearing_at": _("time of the hearing or interview"),
    "hearing_place": _("place of the hearing or interview"),
    "chair": _("chair"),
    "clerk": _("clerk"),
    "participants": _("participants"),
    "decision_number": _("number of the decision"),
    "decision_items": _("kind and content of the penalty"),
    "fine": _("amount of the fine"),
    "order_text": _("what is ordered"),
    "due": _("day by which to comply"),
    "payment": _("manner and period of performance"),
    "remedies": _("ways and periods of review and suit"),
    "court": _("court"),
    "items": _("list of items"),
    "storage_place": _("place of storage"),
    "period_from": _("first day of the period"),
    "period_to": _("last day of the period"),
    "photos": _("photographs"),
    "person": _("person questioned"),
    "place": _("place"),
    "started": _("time of beginning"),
    "recorder": _("recorder"),
    "dialogue": _("questions and answers"),
    "delivered": _("documents served"),
    "recipient": _("recipient"),
}


def field_name(name: str) -> str:
    """What a field is called; one that only some kinds have, as the wording declares it."""
    if name in NAMES:
        return str(NAMES[name])
    return next((body.values[name] for body in bodies().values() if name in body.values), name)
