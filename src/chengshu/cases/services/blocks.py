"""Blocks of numbers (号段) for devices that work offline: leased, used once each, closed on record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

import yaml
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import Town, User
from chengshu.cases.authorities import DATA, Authority, authority_for
from chengshu.cases.models import Case, NumberBlock
from chengshu.cases.permissions import SQUAD, WORK
from chengshu.kernel import ledger
from chengshu.kernel.numbers import document_block, running_number

ON_THE_SPOT = "当罚决字"
SYSTEM = "system"


class BlockProblem(ValueError):
    """Why a block is not leased, or a number not given from one; one sentence."""


@cache
def limits() -> dict[str, int]:
    """Numbers of a lease at most (``most``), days it lasts (``days``), days for entering what was written in
    time (``entry_days``)."""
    held: dict[str, int] = yaml.safe_load((DATA / "number_blocks.yaml").read_text(encoding="utf-8"))
    return held


def lease(
    to: User,
    n: int,
    *,
    by: User,
    town: Town | None,
    device: str = "",
    kind: str = ON_THE_SPOT,
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
) -> NumberBlock:
    """Take the next ``n`` numbers of the authority of a town for an officer's device.

    ``kind``: the word of the kind of document. The same ``client_id`` again returns the first block.
    Raises `BlockProblem` for too many or too few numbers, ``PermissionDenied`` where ``to`` does no cases
    or ``by`` is neither the officer nor the leader.
    """
    if not (to.may(WORK) and may_manage(to, by)):
        raise PermissionDenied(WORK)
    most = limits()["most"]
    if not 1 <= n <= most:
        raise BlockProblem(_("A block has between 1 and %(most)d numbers.") % {"most": most})
    moment = timezone.localtime(at or timezone.now())
    held = authority_for(to.unit.district, town, moment.date())
    with transaction.atomic():
        if client_id and (done := _leased_before(to, client_id)):
            return done
        taken = document_block(
            held.number, n, district_id=to.unit.district_id, word=held.word, kind=kind, year=moment.year
        )
        borne = _borne(to.unit.district_id, taken.values())  # served from nobody's block, before its turn
        block = NumberBlock.objects.create(
            district=to.unit.district, template=held.number, word=held.word, kind=kind, year=moment.year,
            first=min(taken), last=max(taken), device=device[:80], leased_to=to, leased_at=moment,
            used=[seq for seq, number in taken.items() if number in borne],
            expires_at=_lease_ends(moment), client_id=client_id,
        )  # fmt: skip
        payload = {"numbers": list(taken.values()), "to": to.username, "device": block.device}
        ledger.append(block.chain, "block.leased", payload, actor=by.username, at=moment)
    return block


def _lease_ends(moment: datetime) -> datetime:
    """The days of a lease, but no longer than the year that stands in its numbers."""
    last_second = timezone.make_aware(datetime(moment.year, 12, 31, 23, 59, 59))
    return min(moment + timedelta(days=limits()["days"]), last_second)


def _leased_before(to: User, client_id: uuid.UUID) -> NumberBlock | None:
    """The block of a request that came before; two at the same time wait for each other."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=to.pk)
    return NumberBlock.objects.filter(leased_to=to, client_id=client_id).first()


def use(block: NumberBlock, number: str) -> NumberBlock:
    """Mark a number of the block as borne by a document; inside the transaction that writes the document.

    Raises `BlockProblem` outside the block, for a number that is used or voided, and for a closed block.
    """
    current = NumberBlock.objects.select_for_update().get(pk=block.pk)
    if current.closed_at is not None:
        raise BlockProblem(_("The block of the number %(number)s is closed.") % {"number": number})
    seq = current.unused.get(number)
    if seq is None:
        raise BlockProblem(
            _("The number %(number)s is not in the block, or has been used.") % {"number": number}
        )
    current.used = sorted([*current.used, seq])
    current.save(update_fields=["used"])
    return current


def use_leased(number: str, *, by: User | None, held: Authority, at: datetime) -> NumberBlock:
    """Mark a number that came with an on-the-spot decision as used.

    It must lie in an open block of the officer, of the authority that is competent. Raises `BlockProblem`.
    """
    blocks = NumberBlock.objects.filter(leased_to=by, kind=ON_THE_SPOT, closed_at__isnull=True)
    for block in blocks if by else ():
        if number not in block.unused:
            continue
        if block.word != held.word or block.year != timezone.localtime(at).year:
            raise BlockProblem(
                _("The number %(number)s was leased for another authority or year.") % {"number": number}
            )
        if not block.open_at(at):
            raise BlockProblem(_("The lease of the number %(number)s has run out.") % {"number": number})
        return use(block, number)
    raise BlockProblem(
        _("The number %(number)s is not one of your open block of numbers.") % {"number": number}
    )


def _borne(district_id: int, numbers: Iterable[str]) -> set[str]:
    """Those of the numbers that a case bears."""
    found = Case.objects.filter(district=district_id, number__in=list(numbers)).exclude(number="")
    return set(found.values_list("number", flat=True))


def bear(number: str, *, by: User, held: Authority, at: datetime, district_id: int) -> str:
    """Put on record that a decision which was served bears a number, whatever speaks against it.

    Returns "" where `use_leased` would have given it, else what is to be noted (`rules.served`). The number
    is marked as used in whichever block it lies, one that was voided too, so that nobody gives it again.
    """
    if not number:
        return "number-none"
    twice = bool(_borne(district_id, [number]))
    block, seq = _block_of(number, district_id)
    if block is None:
        return "number-used" if twice else "number-unknown"
    twice = twice or seq in block.used
    said = _irregular(block, by=by, held=held, at=at)
    if not twice:
        _mark_borne(block, seq, number, said, by)
    return "number-used" if twice else said


def _block_of(number: str, district_id: int) -> tuple[NumberBlock | None, int]:
    """The block of on-the-spot numbers in which a number lies, locked, with its running number."""
    blocks = NumberBlock.objects.filter(district=district_id, kind=ON_THE_SPOT)
    for template, word, year in blocks.order_by().values_list("template", "word", "year").distinct():
        seq = running_number(template, number, word=word, kind=ON_THE_SPOT, year=year)
        if seq is None:
            continue
        found = blocks.filter(word=word, year=year, first__lte=seq, last__gte=seq)
        block = found.select_for_update(of=("self",)).first()
        if block is not None and block.number(seq) == number:
            return block, seq
    return None, 0


def _irregular(block: NumberBlock, *, by: User, held: Authority, at: datetime) -> str:
    if block.leased_to_id != by.pk:
        return "number-other-officer"
    if block.closed_at is not None:
        return "number-closed"
    if block.word != held.word or block.year != timezone.localtime(at).year:
        return "number-other-authority"
    return "" if block.open_at(at) else "number-expired"


def _mark_borne(block: NumberBlock, seq: int, number: str, said: str, by: User) -> None:
    block.used = sorted([*block.used, seq])
    block.voided = [other for other in block.voided if other != seq]
    block.save(update_fields=["used", "voided"])
    if said:
        payload = {"number": number, "noted": said}
        ledger.append(block.chain, "block.number_borne", payload, actor=by.username)


def close_block(block: NumberBlock, *, by: User) -> NumberBlock:
    """Void what was not used, on record, and close the block; a closed one stays as it is.

    Raises ``PermissionDenied`` where ``by`` is neither the officer nor the leader.
    """
    if not may_manage(block.leased_to, by):
        raise PermissionDenied(WORK)
    return _close(block.pk, by.username, timezone.now())


def enter_until(block: NumberBlock) -> datetime:
    """Until when decisions that were written in time are entered; after that the block is closed."""
    return block.expires_at + timedelta(days=limits()["entry_days"])


def close_expired(now: datetime | None = None) -> list[NumberBlock]:
    """Close every block whose lease and time for entering are over, on record, each for itself."""
    moment = now or timezone.now()
    over = moment - timedelta(days=limits()["entry_days"])
    expired = NumberBlock.objects.filter(closed_at__isnull=True, expires_at__lt=over).order_by("id")
    return [_close(pk, SYSTEM, moment) for pk in expired.values_list("pk", flat=True)]


def _close(pk: int, actor: str, at: datetime) -> NumberBlock:
    with transaction.atomic():
        current = NumberBlock.objects.select_for_update(of=("self",)).select_related("leased_to").get(pk=pk)
        if current.closed_at is not None:
            return current
        left = current.unused
        current.voided, current.closed_at = sorted(left.values()), at
        current.save(update_fields=["voided", "closed_at"])
        payload = {"voided": list(left), "used": current.numbers(current.used)}
        ledger.append(current.chain, "block.closed", payload, actor=actor, at=at)
    return current


def may_manage(to: User, by: User) -> bool:
    """An officer leases and gives back for oneself; whoever approves in the squad does it for the squad."""
    if by.pk == to.pk:
        return by.may(WORK)
    place = {"district_id": to.unit.district_id, "squad_id": to.unit_id}
    return by.may(SQUAD) and by.scope_for(SQUAD).covers(**place)
