"""The on-the-spot decision as the builder of documents makes it, with places for what the officer enters.

The phone prints the same paper as the server makes afterwards: each form is the whole document, composed of
facts that are places such as ``{party_name}``. Which of the forms it takes depends on the kind of party and
on what is imposed; a paragraph whose place stays empty is left out. The forms bring the full stops of running
text, so what is put into a paragraph comes without its own.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation

from chengshu.bureau.models import District
from chengshu.cases.documents import DocumentFacts, as_data, compose
from chengshu.cases.documents import facts as f
from chengshu.cases.documents.composing import phrase
from chengshu.cases.documents.kinds import kind
from chengshu.cases.services.documents import OTHERS, printed_facts
from chengshu.cases.services.on_paper import COLLECTED, PAID_AT_ONCE, REFUSED

DECISION = "simple_decision"
STOP = "。"
PARTIES = ("person", "organisation")
FINE = "罚款{fine_capital}"
IMPOSED: dict[str, tuple[str, ...]] = {
    "fine": (FINE,),
    "warning": (OTHERS["warning"],),
    "warning_fine": (OTHERS["warning"], FINE),
}


def paper(district: District, on: date) -> dict[str, Any]:
    """Title, the phrases by themselves, and the forms by kind of party and by what is imposed."""
    printed = printed_facts(district, on)
    with translation.override("zh-hans"):
        forms = {
            party: {imposed: _sections(_facts(party, items, printed)) for imposed, items in IMPOSED.items()}
            for party in PARTIES
        }
    each = kind(DECISION)
    return {
        "title": each.name,
        "look": each.look,
        "remedies": phrase("remedies", DocumentFacts(**printed)),
        "payment": printed["payment"].rstrip(STOP),
        "payment_cash": PAID_AT_ONCE.rstrip(STOP),
        "collected": COLLECTED,
        "refused": REFUSED.format(witness="{witness}"),
        "review_authority": printed["review_authority"],
        "court": printed["court"],
        "forms": forms,
    }


def _sections(facts: DocumentFacts) -> list[dict[str, Any]]:
    """The sections with places for what is only known when the decision is made."""
    sections: list[dict[str, Any]] = as_data(compose(DECISION, facts))["sections"]
    for section in sections:
        if section["type"] == "closing":
            section["date"] = "{date}"
    return sections


def _facts(party: str, items: tuple[str, ...], printed: dict[str, Any]) -> DocumentFacts:
    """Facts that are places; what is known already stands as it will be printed."""
    fined = any("{fine_capital}" in item for item in items)
    return DocumentFacts(
        **{**printed, "payment": "{payment}" if fined else ""},
        authority="{authority}",
        number="{number}",
        party_kind="person" if party == "person" else "organisation",
        party_name="{party_name}",
        party_sex="{party_sex}",
        party_birth="{party_birth}",
        party_id_type="{party_id_type}",
        party_id_number="{party_id_number}",
        party_phone="{party_phone}",
        party_address="{party_address}",
        party_uscc="{party_uscc}",
        party_representative="{party_representative}",
        officers=(f.Officer("{officer1}", "{certificate1}"), f.Officer("{officer2}", "{certificate2}")),
        act_time="{act_time}",
        act_place="{act_place}",
        facts="{facts}",
        breached="{breached}",
        applied="{applied}",
        defence="{statement}",
        decision_items=items,
        fine=Decimal(1) if fined else None,
        values={"collected": "{collected}"} if fined else {},
    )
