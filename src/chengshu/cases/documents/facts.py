"""What the case says that a document may need: plain values, all optional, filled in by the caller.

A value left out shows as a blank to be filled in by hand; ``values`` takes what only one kind asks for (its
names are declared in ``bodies/*.yaml``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

When = datetime | date | str | None
"""A day, a moment (aware ones are shown in the bureau's time zone) or words such as 2021年3月起."""

PartyKind = Literal["person", "organisation", "shop"]
"""当事人: 公民, 单位 or 个体工商户 (字号 and 经营者)."""


@dataclass(frozen=True)
class Officer:
    """执法人员 and the number of the 执法证."""

    name: str
    certificate: str = ""


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence: what it is, how much of it, what it proves."""

    name: str
    quantity: str = ""
    proves: str = ""


@dataclass(frozen=True)
class Item:
    """One thing seized, kept, sampled or confiscated."""

    name: str
    specification: str = ""
    quantity: str = ""
    unit: str = ""
    state: str = ""
    note: str = ""


@dataclass(frozen=True)
class Turn:
    """One 问 and 答 of an interview; in a hearing ``question`` is empty and ``speaker`` given."""

    question: str = ""
    answer: str = ""
    speaker: str = ""


@dataclass(frozen=True)
class Opinion:
    """One line of an approval: whose (经办人意见 …), what, by whom, when."""

    role: str
    text: str = ""
    name: str = ""
    on: When = None


@dataclass(frozen=True)
class Photo:
    """One picture; ``image`` is a JPEG or PNG, without it a frame to glue the print into."""

    caption: str = ""
    taken_at: When = None
    place: str = ""
    taken_by: str = ""
    digest: str = ""
    image: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class CatalogueEntry:
    """One line of the file's catalogue; ``pages`` as printed, e.g. 1-3."""

    title: str
    number: str = ""
    on: When = None
    pages: str = ""
    note: str = ""


@dataclass(frozen=True)
class DocumentFacts:
    """Everything a document can state. Days and amounts come from the case and the law, never from here."""

    # the document
    authority: str = ""
    authority_address: str = ""
    authority_phone: str = ""
    number: str = ""
    date: date | None = None
    issued: bool = False
    # the party
    party_kind: PartyKind = "person"
    party_name: str = ""
    party_sex: str = ""
    party_birth: When = None
    party_id_type: str = ""
    party_id_number: str = ""
    party_phone: str = ""
    party_address: str = ""
    party_uscc: str = ""
    party_representative: str = ""
    party_shop_sign: str = ""
    # the case
    case_number: str = ""
    cause: str = ""
    source: str = ""
    found_at: When = None
    filed_on: When = None
    closed_on: When = None
    unit: str = ""
    officers: tuple[Officer, ...] = ()
    act_time: When = None
    act_place: str = ""
    facts: str = ""
    evidence: tuple[Evidence, ...] = ()
    breached: str = ""
    applied: str = ""
    tier: str = ""
    tier_reason: str = ""
    # notice, defence, hearing
    notice_number: str = ""
    notice_served_on: When = None
    defence: str = ""
    defence_review: str = ""
    hearing_at: When = None
    hearing_place: str = ""
    hearing_days: int | None = None
    chair: str = ""
    clerk: str = ""
    participants: tuple[str, ...] = ()
    # decision, orders, payment
    decision_number: str = ""
    decided_on: When = None
    decision_items: tuple[str, ...] = ()
    fine: Decimal | None = None
    order_text: str = ""
    due: When = None
    payment: str = ""
    payment_days: int | None = None
    bank: str = ""
    account_name: str = ""
    account: str = ""
    late_rule: str = ""
    remedies: str = ""
    review_authority: str = ""
    review_days: int | None = None
    court: str = ""
    suit_months: int | None = None
    # things
    items: tuple[Item, ...] = ()
    storage_place: str = ""
    period_from: When = None
    period_to: When = None
    photos: tuple[Photo, ...] = ()
    # records
    person: str = ""
    person_relation: str = ""
    place: str = ""
    started: When = None
    ended: When = None
    recorder: str = ""
    dialogue: tuple[Turn, ...] = ()
    # approvals, service, file
    opinions: tuple[Opinion, ...] = ()
    delivered: tuple[str, ...] = ()
    delivery_mode: str = ""
    receiver: str = ""
    served_at: When = None
    recipient: str = ""
    entries: tuple[CatalogueEntry, ...] = ()
    archive_number: str = ""
    retention: str = ""
    pages: int | None = None
    notes: tuple[str, ...] = ()
    signatures: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict, repr=False)
    """Pictures of signatures made on a screen, by whose they are: ``party``, ``officers``."""
    values: Mapping[str, str] = field(default_factory=dict)
