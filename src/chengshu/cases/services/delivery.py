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
HOLD = timedelta(hours=4)
"""How long a browser that entered the code goes on with this paper."""
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


def code_digest(token_hash: str, code: str) -> str:
    """What is kept of a code; it opens this address only."""
    return digest(f"{token_hash}:{code}")


def new_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**6):06d}"


def give_access(document: CaseDocument, *, by: User, consent: str) -> Given:
    """Make the address and code for one document. Raises `AccessRefused` without the signed consent."""
    case = document.case
    _check_may_serve(case, by)
    consent = consent.replace("\0", "").strip()[:200]
    if len(consent) < 4:
        raise AccessRefused(
            _("Electronic service needs the party's signed confirmation; enter its number or date.")
        )
    if document.party is None or document.pdf is None:
        raise AccessRefused(_("Only an issued document of a party can be served this way."))
    token, code = secrets.token_urlsafe(24), new_code()
    with transaction.atomic():
        access = PartyAccess.objects.create(
            document=document,
            token_hash=digest(token),
            code_hash=code_digest(digest(token), code),
            consent=consent,
            expires_at=timezone.now() + VALID,
            by=by,
        )
        payload = {"document": document.pk, "sha256": document.sha256, "consent": consent}
        ledger.append(case.chain, "delivery.offered", payload, actor=by.username)
    return Given(access, token, code)


def _check_may_serve(case: Case, by: User) -> None:
    covered = by.scope_for(WORK).covers(district_id=case.district_id, squad_id=case.squad_id)
    if not by.may(WORK) or not covered:
        raise PermissionDenied(WORK)


def renew_code(access: PartyAccess, *, by: User) -> str:
    """A new code for the same address: the one before was used or forgotten, or the address locked.

    Browsers that went on with the code before must enter the new one. Raises `AccessRefused` where the
    address is no longer valid.
    """
    case = access.document.case
    _check_may_serve(case, by)
    code = new_code()
    with transaction.atomic():
        held = PartyAccess.objects.select_for_update().get(pk=access.pk)
        if held.expires_at <= timezone.now():
            raise AccessRefused(_("This address is no longer valid: offer the document anew."))
        held.code_hash, held.attempts, held.used_at = code_digest(held.token_hash, code), 0, None
        held.save(update_fields=["code_hash", "attempts", "used_at"])
        payload = {"document": access.document_id, "sha256": access.document.sha256}
        ledger.append(case.chain, "delivery.code", payload, actor=by.username)
    return code


def pass_of(access: PartyAccess) -> str:
    """What a browser that entered the code keeps: good for this paper, until there is a new code."""
    return digest(f"{access.token_hash}:{access.code_hash}")


def find(token: str) -> PartyAccess | None:
    """The access behind an address, None for an unknown or expired one."""
    with_document = ("document__case__district", "document__party", "document__pdf")
    chosen = PartyAccess.objects.select_related(*with_document)
    return (
        chosen.filter(token_hash=digest(token), expires_at__gt=timezone.now())
        .exclude(document__party__former=True)
        .first()
    )


def open_with_code(token: str, code: str) -> PartyAccess:
    """Check the code, which is good once; five wrong ones close the address until there is a new code.

    Raises `AccessRefused`.
    """
    with transaction.atomic():
        found = find(token)
        known = PartyAccess.objects.select_for_update().get(pk=found.pk) if found else None
        if known is None or known.attempts >= ATTEMPTS:
            raise AccessRefused(_("This address is no longer valid. Ask the authority for a new one."))
        if known.used_at is not None:
            raise AccessRefused(_("This code was used before. Ask the authority for a new one."))
        # Addresses given before codes could be renewed carry the digest of token and code.
        ways = (code_digest(known.token_hash, code.strip()), digest(f"{token}:{code.strip()}"))
        right = any(constant_time_compare(known.code_hash, way) for way in ways)
        if right:
            if known.opened_at is None:  # that it was opened, and when, is evidence of the delivery
                payload = {"document": known.document_id, "sha256": known.document.sha256}
                ledger.append(known.document.case.chain, "delivery.opened", payload, actor=PARTY)
            known.attempts, known.used_at = 0, timezone.now()
            known.opened_at = known.opened_at or known.used_at
        else:
            known.attempts += 1
        known.save(update_fields=["attempts", "used_at", "opened_at"])
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
