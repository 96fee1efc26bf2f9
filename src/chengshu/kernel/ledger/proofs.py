"""A proof that one record stood as it does when a day was sealed, for whoever holds nothing but the seal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from chengshu.kernel.models import DailyRoot, LedgerEntry

from . import hashing, merkle
from .entries import LedgerProblem
from .seals import heads

FORMAT = "chengshu-ledger-proof/1"


def proof(chain: str, day: date) -> dict[str, Any]:
    """The record's entries up to the end of a sealed day and their way into its root, as JSON.

    Raises `LedgerProblem` if the day is not sealed or the record had no entry by then.
    """
    root = DailyRoot.objects.filter(day=day).first()
    if root is None:
        raise LedgerProblem(_("%(day)s is not sealed.") % {"day": day})
    hash_ = hashing.hasher(root.algorithm)
    leaves, index = [], -1
    for position, (name, seq, entry_hash) in enumerate(heads(root.up_to_entry)):
        leaves.append(merkle.leaf_hash(hash_, hashing.head_bytes(name, seq, entry_hash)))
        if name == chain:
            index = position
    if index < 0:
        raise LedgerProblem(
            _("The record %(chain)s had no entry by the end of %(day)s.") % {"chain": chain, "day": day}
        )
    entries = LedgerEntry.objects.filter(chain=chain, id__lte=root.up_to_entry).order_by("seq")
    return {
        "format": FORMAT,
        "day": hashing.seal_document(
            root.day.isoformat(), root.root, root.chains, root.algorithm, root.previous_seal
        ),
        "seal": root.seal,
        "index": index,
        "path": [step.hex() for step in merkle.path_to(hash_, leaves, index)],
        "entries": [entry_as_json(entry) for entry in entries],
    }


def entry_as_json(entry: LedgerEntry) -> dict[str, Any]:
    """An entry as it travels: what is hashed, the hash and its algorithm."""
    return {**hashing.entry_document(vars(entry)), "algorithm": entry.algorithm, "hash": entry.hash}


def verify_proof(given: Mapping[str, Any], seal: str | None = None) -> str:
    """Check a proof by itself and return the seal it leads to; compare that with the published one.

    With ``seal``, that comparison is made too. Needs no database. Raises `LedgerProblem` with what is wrong.
    """
    try:
        return _verify(given, seal)
    except LedgerProblem:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise LedgerProblem(
            _("This is not a proof of the format %(format)s.") % {"format": FORMAT}
        ) from error


def _verify(given: Mapping[str, Any], seal: str | None) -> str:
    if given["format"] != FORMAT:
        raise LedgerProblem(_("This is not a proof of the format %(format)s.") % {"format": FORMAT})
    previous, chain = "", None
    for seq, entry in enumerate(given["entries"], 1):
        chain = entry["chain"] if chain is None else chain
        if entry["chain"] != chain or entry["seq"] != seq or entry["previous"] != previous:
            raise LedgerProblem(_("Entry %(seq)d does not follow the one before it.") % {"seq": seq})
        previous = hashing.entry_hash(entry, entry["algorithm"])
        if previous != entry["hash"]:
            raise LedgerProblem(_("Entry %(seq)d does not have the hash it claims.") % {"seq": seq})
    if chain is None:
        raise LedgerProblem(_("The proof holds no entry."))
    day = given["day"]
    hash_ = hashing.hasher(day["algorithm"])
    leaf = merkle.leaf_hash(hash_, hashing.head_bytes(chain, len(given["entries"]), previous))
    path = [bytes.fromhex(step) for step in given["path"]]
    reached = merkle.root_from_path(hash_, leaf, given["index"], day["chains"], path)
    if reached is None or reached.hex() != day["root"]:
        raise LedgerProblem(_("The record does not lead to the root of the day."))
    computed = hashing.seal_hash(day)
    if computed != given["seal"]:
        raise LedgerProblem(_("The day does not have the seal it claims."))
    if seal is not None and computed != seal:
        raise LedgerProblem(_("The proof leads to another seal than the one published."))
    return computed
