"""The verifiable draw: objects and officers by lot, in a way that anyone can recompute.

Commit first: lists, rules, a hashed secret and the public values to come are fixed and the hash is published.
Draw then: everything follows from the secret and the public values by SHA-256 and HMAC. The algorithm and the
documents are specified in ``docs/draw-specification.md``; nothing here knows a database.
"""

from .beacons import Beacon, beacons
from .canonical import (
    canonical,
    commitment_sha256,
    digest,
    final_sha256,
    key_for,
    new_secret,
    opening_sha256,
    proof_sha256,
    salt_for,
)
from .problems import DrawProblem
from .proofs import check_lists, commit, draw, line_of_succession, withdraw
from .shapes import Candidate, Officer
from .texts import verifier_texts
from .values import read_beacon_file
from .verification import Check, KeyStatus, Report, read_proof, verify, verify_key

__all__ = [
    "Beacon",
    "Candidate",
    "Check",
    "DrawProblem",
    "KeyStatus",
    "Officer",
    "Report",
    "beacons",
    "canonical",
    "check_lists",
    "commit",
    "commitment_sha256",
    "digest",
    "draw",
    "final_sha256",
    "key_for",
    "line_of_succession",
    "new_secret",
    "opening_sha256",
    "proof_sha256",
    "read_beacon_file",
    "read_proof",
    "salt_for",
    "verifier_texts",
    "verify",
    "verify_key",
    "withdraw",
]
