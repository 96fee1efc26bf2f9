"""Sealing a day: one root over the last entry of every chain, linked to the day before."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from chengshu.kernel.models import DailyRoot, LedgerEntry

from . import hashing, merkle
from .entries import SEAL_LOCK, LedgerProblem

logger = logging.getLogger(__name__)
HEADS_AT_ONCE = 5000
WAIT = "5s"  # appends queue up behind a waiting seal, so it does not wait for long


class LedgerBusy(LedgerProblem):
    """An append has been open for too long; try again in some minutes."""


def day_end(day: date) -> datetime:
    """The midnight that ends a day where the bureau is."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))


def seal_day(day: date) -> DailyRoot:
    """Seal a day that has ended, the days before it being sealed; a sealed day is returned as it is.

    Covers every entry recorded before the end of the day. Raises `LedgerProblem` for a day that has not
    ended or would leave a gap, `LedgerBusy` when appends of long transactions are still open.
    """
    sealed = DailyRoot.objects.filter(day=day).first()
    if sealed is not None:
        return sealed
    if day_end(day) > timezone.now():
        raise LedgerProblem(f"{day} has not ended yet")
    last = DailyRoot.objects.order_by("-day").first()
    if last is not None and last.day != day - timedelta(days=1):
        raise LedgerProblem(f"the last sealed day is {last.day}; {day} does not follow it")
    up_to = max(_last_entry_before(day_end(day)), last.up_to_entry if last else 0)
    algorithm = settings.LEDGER_ALGORITHM
    root, chains = root_over(up_to, algorithm)
    previous = last.seal if last else ""
    document = hashing.seal_document(day.isoformat(), root, chains, algorithm, previous)
    try:
        with transaction.atomic():
            return DailyRoot.objects.create(
                day=day,
                up_to_entry=up_to,
                chains=chains,
                algorithm=algorithm,
                root=root,
                previous_seal=previous,
                seal=hashing.seal_hash(document),
                sealed_at=timezone.now(),
            )
    except IntegrityError:  # another process has sealed the day meanwhile
        return DailyRoot.objects.get(day=day)


def seal_missed() -> list[DailyRoot]:
    """Seal every day up to yesterday that is not sealed yet; begins with the day of the first entry."""
    yesterday = timezone.localdate() - timedelta(days=1)
    last = DailyRoot.objects.aggregate(day=Max("day"))["day"]
    if last is not None:
        day = last + timedelta(days=1)
    else:
        first = LedgerEntry.objects.aggregate(at=Min("recorded_at"))["at"]
        if first is None:
            return []
        day = timezone.localdate(first)
    sealed = []
    while day <= yesterday:
        sealed.append(seal_day(day))
        logger.info("ledger: %s sealed, %s chains", day, sealed[-1].chains)
        day += timedelta(days=1)
    return sealed


def _last_entry_before(end: datetime) -> int:
    """The id up to which a day reaches. Once known, no entry with a lower id can still appear."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
            cursor.execute(
                "SELECT coalesce(max(id), 0) FROM kernel_ledgerentry WHERE recorded_at < %s", [end]
            )
            (found,) = cursor.fetchone()
            return int(found)
    except OperationalError as error:
        raise LedgerBusy("entries of an open transaction are still being written") from error


def heads(up_to: int) -> Iterator[tuple[str, int, str]]:
    """(chain, seq, hash) of every chain's last entry with an id up to ``up_to``, by chain in byte order."""
    entries = LedgerEntry.objects.filter(id__lte=up_to).order_by("chain", "-seq").distinct("chain")
    return iter(entries.values_list("chain", "seq", "hash").iterator(chunk_size=HEADS_AT_ONCE))


def root_over(up_to: int, algorithm: str) -> tuple[str, int]:
    """The Merkle root over `heads`, in hexadecimal, and their number. Memory does not grow with them."""
    hash_ = hashing.hasher(algorithm)
    tree = merkle.Tree(hash_)
    for chain, seq, entry_hash in heads(up_to):
        tree.add(merkle.leaf_hash(hash_, hashing.head_bytes(chain, seq, entry_hash)))
    return tree.root().hex(), tree.size


def leaf_hashes(root: DailyRoot) -> Iterator[bytes]:
    """The leaves of a day's tree, in order; they name nobody."""
    hash_ = hashing.hasher(root.algorithm)
    for chain, seq, entry_hash in heads(root.up_to_entry):
        yield merkle.leaf_hash(hash_, hashing.head_bytes(chain, seq, entry_hash))
