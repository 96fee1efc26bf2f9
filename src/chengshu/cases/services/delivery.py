"""Electronic service (电子送达): by address and code the party opens its document, and answers there."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.models import Case, CaseDocument, CaseStep, PartyAccess
from chengshu.cases.permissions import WORK
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.steps import PARTY, append_step
from chengshu.kernel import ledger

ATTEMPTS = 5
VALID = timedelta(days=60)
DECISIONS = frozenset({"penalty_decision", "no_penalty_decision", "simple_decision"})
NOTICES = frozenset({"penalty_notice", "hearing_right_notice"})


class AccessRefused(ValueError):
    """Why a document is not opened; one translated sentence."""


@dataclass(frozen=True)
class Given:
    """What is told to the party, by two ways: the address by one, the code by the other."""

    access: PartyAccess
    token: str
    code: str


def digest(text: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(text.encode()).hexdigest()


def give_access(document: CaseDocument, *, by: User, consent: str) -> Given:
    """Make the address and code for one document. Raises `AccessRefused` without the signed consent."""
    case = document.case
    covered = by.scope_for(WORK).covers(district_id=case.district_id, squad_id=case.squad_id)
    if not by.may(WORK) or not covered:
        raise PermissionDenied(WORK)
    consent = consent.replace("\0", "").strip()[:200]
    if len(consent) < 4:
        raise AccessRefused(
            _("Electronic service needs the party's signed confirmation; enter its number or date.")
        )
    if document.party is None or document.pdf is None:
        raise AccessRefused(_("Only an issued document of a party can be served this way."))
    token, code = secrets.token_urlsafe(24), f"{secrets.randbelow(10**6):06d}"
    with transaction.atomic():
        access = PartyAccess.objects.create(
            document=document,
            token_hash=digest(token),
            code_hash=digest(f"{token}:{code}"),
            consent=consent,
            expires_at=timezone.now() + VALID,
            by=by,
        )
        payload = {"document": document.pk, "sha256": document.sha256, "consent": consent}
        ledger.append(case.chain, "delivery.offered", payload, actor=by.username)
    return Given(access, token, code)


def find(token: str) -> PartyAccess | None:
    """The access behind an address, None for an unknown or expired one."""
    with_document = ("document__case__district", "document__party", "document__pdf")
    chosen = PartyAccess.objects.select_related(*with_document)
    return chosen.filter(token_hash=digest(token), expires_at__gt=timezone.now()).first()


def open_with_code(token: str, code: str) -> PartyAccess:
    """Check the code; after five wrong ones the address is dead. Raises `AccessRefused`."""
    with transaction.atomic():
        known = PartyAccess.objects.select_for_update().filter(token_hash=digest(token)).first()
        if known is None or known.expires_at <= timezone.now() or known.attempts >= ATTEMPTS:
            raise AccessRefused(_("This address is no longer valid. Ask the authority for a new one."))
        right = constant_time_compare(known.code_hash, digest(f"{token}:{code.strip()}"))
        if right:
            if known.opened_at is None:  # that it was opened, and when, is evidence of the delivery
                payload = {"document": known.document_id, "sha256": known.document.sha256}
                ledger.append(known.document.case.chain, "delivery.opened", payload, actor=PARTY)
            known.attempts, known.opened_at = 0, known.opened_at or timezone.now()
        else:
            known.attempts += 1
        known.save(update_fields=["attempts", "opened_at"])
    if not right:
        raise AccessRefused(_("The code is wrong. After five wrong codes the address is closed."))
    opened = find(token)
    assert opened is not None  # noqa: S101  found under the lock a moment ago
    return opened


def _locked(access: PartyAccess) -> Case:
    locked = Case.objects.select_for_update(of=("self",)).select_related("district", "town")
    return locked.get(pk=access.document.case_id)


def confirm_receipt(access: PartyAccess) -> CaseStep | None:
    """The party confirms: that is the service. None where it had been confirmed before."""
    document = access.document
    name = document.kind
    if document.kind in DECISIONS | NOTICES:
        name = "decision" if document.kind in DECISIONS else "notice"
    with transaction.atomic():
        case = _locked(access)
        current = PartyAccess.objects.select_for_update().get(pk=access.pk)
        if current.confirmed_at is not None:
            return None
        current.confirmed_at = timezone.now()
        current.save(update_fields=["confirmed_at"])
        data = {
            "party": document.party.key if document.party else "1",
            "document": name,
            "mode": "electronic",
            "result": "served",
            "consent": current.consent,
            "sha256": document.sha256,
            "receiver": document.party.name if document.party else "",
        }
        return append_step(case, K.SERVE, by=None, data=data)


def answer(access: PartyAccess, *, text: str = "", hearing: bool = False) -> list[CaseStep]:
    """State a defence and ask for a hearing. Raises `AccessRefused` for an empty answer, `StepRefused`."""
    text = text.replace("\0", "").strip()[:5000]
    if not text and not hearing:
        raise AccessRefused(_("Write your statement, or ask for a hearing."))
    key: Any = access.document.party.key if access.document.party else "1"
    taken = []
    with transaction.atomic():
        case = _locked(access)
        if text:
            data = {"party": key, "made": True, "text": text}
            taken.append(append_step(case, K.STATEMENT, by=None, data=data))
        if hearing:
            taken.append(append_step(case, K.REQUEST_HEARING, by=None, data={"party": key}))
    return taken
