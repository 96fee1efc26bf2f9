"""Appending to chains.

Appends to one chain take turns on an advisory lock; all appends share a second one that a seal takes alone,
so that no entry with a lower id can still appear when a day has been sealed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from chengshu.kernel.copying import copy_models
from chengshu.kernel.models import LedgerEntry

from . import hashing

SEAL_LOCK = 0x6C_65_64_67_65_72  # "ledger"; shared by appends, exclusive for a seal
LOCK_SPACE = 0x6C_65_64  # "led": the first half of the two-part locks of chains
BUCKETS = 1024  # chains share locks, so that one transaction never needs more than the server has
FEW = 20  # so many are written by one INSERT, more by COPY


_waiting: ContextVar[list[LedgerEntry] | None] = ContextVar("ledger_waiting", default=None)


class LedgerProblem(ValueError):
    """The ledger cannot take or do this; the message says why."""


@dataclass(frozen=True)
class Draft:
    """An entry to be appended; ``actor`` and ``at`` where they are not those of the whole call."""

    chain: str
    action: str
    payload: dict[str, Any]
    actor: str = ""
    at: datetime | None = None


def append(
    chain: str, action: str, payload: dict[str, Any], *, actor: str, at: datetime | None = None
) -> LedgerEntry:
    """Add an entry to a record's chain within the caller's transaction and return it.

    ``chain`` names the record (``registry.round:12``), ``actor`` who acted (a user name, or ``system``),
    ``at`` when it happened if not now. Dates and decimals in ``payload`` are kept as text.
    Raises `LedgerProblem` for a payload that JSON cannot carry exactly.
    """
    return append_many([Draft(chain, action, payload)], actor=actor, at=at)[0]


def append_many(drafts: Sequence[Draft], *, actor: str, at: datetime | None = None) -> list[LedgerEntry]:
    """Add many entries at once, in the given order within each chain; returns them in the given order.

    Inside `together` they get their places, hashes and ids at its end.
    """
    now = timezone.now()
    entries = [_entry(draft, draft.actor or actor, draft.at or at or now) for draft in drafts]
    waiting = _waiting.get()
    if waiting is None:
        _chain(entries)
    else:
        waiting += entries
    return entries


@contextmanager
def together() -> Iterator[None]:
    """Append what is appended inside at the end, in one go: in the caller's transaction, which may be long.

    Only then are the chains locked, in order: two such transactions never wait for each other in a ring.
    """
    entries: list[LedgerEntry] = []
    token = _waiting.set(entries)
    try:
        yield
    finally:
        _waiting.reset(token)
    _chain(entries)


def _chain(entries: Sequence[LedgerEntry]) -> None:
    """Give the entries their places in their chains, and write them."""
    if not entries:
        return
    with transaction.atomic():
        chains = sorted({entry.chain for entry in entries})
        _lock(chains)
        heads, now = _heads(chains), timezone.now()
        for entry in entries:
            seq, entry.previous = heads.get(entry.chain, (0, ""))
            entry.seq, entry.recorded_at = seq + 1, now
            entry.hash = hashing.entry_hash(vars(entry), entry.algorithm)
            heads[entry.chain] = (entry.seq, entry.hash)
        if len(entries) > FEW:
            copy_models(entries)
        else:
            LedgerEntry.objects.bulk_create(entries)


def _entry(draft: Draft, actor: str, at: datetime) -> LedgerEntry:
    """An entry that has no place in its chain yet."""
    if not draft.chain or not draft.action or not draft.chain.isprintable():
        raise LedgerProblem("a ledger entry needs a chain and an action")
    return LedgerEntry(
        chain=draft.chain,
        at=at,
        actor=actor,
        action=draft.action,
        payload=plain(draft.payload),
        algorithm=settings.LEDGER_ALGORITHM,
    )


def plain(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload as JSON will give it back. Raises `LedgerProblem` for what would come back changed."""
    if (simple := _simply(payload)) is not None:
        return simple
    try:
        result: dict[str, Any] = json.loads(json.dumps(payload, cls=DjangoJSONEncoder, allow_nan=False))
        hashing.canonical(result)
    except (TypeError, ValueError) as error:
        raise LedgerProblem(f"the ledger cannot carry this payload: {error}") from error
    for value in _leaves(result):
        if isinstance(value, float) and abs(value) >= hashing.SAFE_INTEGER:
            raise LedgerProblem(f"the ledger cannot carry the number {value!r} exactly")
        if isinstance(value, str) and "\0" in value:
            raise LedgerProblem("the ledger cannot carry a text with a NUL character")
    return result


def _simply(payload: dict[str, Any]) -> dict[str, Any] | None:
    """The same for a payload about which nothing has to be asked; None for any other."""
    if not hashing.is_simple(payload):
        return None
    with suppress(TypeError):  # half a surrogate pair
        text = orjson.dumps(payload)
        if b"\\u0000" not in text:
            return orjson.loads(text)  # type: ignore[no-any-return]
    return None


def _leaves(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _lock(chains: Sequence[str]) -> None:
    """Wait for our turn: buckets in ascending order, so that two bulk appends cannot block each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SEAL_LOCK])
        buckets = sorted({zlib.crc32(chain.encode()) % BUCKETS for chain in chains})
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) AS bucket", [LOCK_SPACE, buckets]
        )


def _heads(chains: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The last place and hash of each chain that has entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT wanted.chain, last.seq, last.hash FROM unnest(%s::text[]) AS wanted(chain)"
            " CROSS JOIN LATERAL (SELECT seq, hash FROM kernel_ledgerentry AS entry"
            " WHERE entry.chain = wanted.chain ORDER BY seq DESC LIMIT 1) AS last",
            [list(chains)],
        )
        return {chain: (seq, hash_) for chain, seq, hash_ in cursor.fetchall()}
