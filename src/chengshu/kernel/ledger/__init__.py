"""The append-only ledger: what happened to a record, in a form that shows any later change.

Every record has a chain of entries; each entry carries the hash of the one before it. Once a day the last
hash of every chain goes into a Merkle tree whose root is sealed, linked to the seal of the day before and
published. ``docs/ledger.md`` gives the format to the byte.
"""

from .entries import Draft, LedgerProblem, append, append_many, together
from .proofs import proof, verify_proof
from .seals import LedgerBusy, seal_day, seal_missed
from .verification import ChainReport, Finding, Report, verify_all, verify_chain

__all__ = [
    "ChainReport",
    "Draft",
    "Finding",
    "LedgerBusy",
    "LedgerProblem",
    "Report",
    "append",
    "append_many",
    "proof",
    "seal_day",
    "seal_missed",
    "together",
    "verify_all",
    "verify_chain",
    "verify_proof",
]
