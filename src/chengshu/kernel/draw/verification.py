"""Recomputing a proof: what was checked, what failed and why. Nothing is believed, nothing raises."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import proofs, shapes
from .algorithm import Drawing
from .canonical import commitment_sha256, digest, final_sha256, key_for, opening_sha256, proof_sha256
from .problems import DrawProblem
from .values import check_value

_shape = shapes.members(
    format=shapes.exactly(shapes.PROOF),
    commitment=lambda value, _where: proofs.check_commitment(value),
    candidates=shapes.rows,
    officers=shapes.rows,
    secret=shapes.key,
    values=shapes.array(check_value, 1),
    drawn_at=shapes.moment,
    result=shapes.drawn,
    withdrawals=shapes.array(proofs.check_withdrawal),
    final=shapes.drawn,
    sha256=shapes.hashes,
)
# A code for each check and the sentence that says in plain words what was checked.
SENTENCES: dict[str, Any] = {
    "form": gettext_lazy("The file is a whole proof of a draw; every value is of its kind."),
    "copy": gettext_lazy("The copy is undamaged: all parts have the hashes the file names."),
    "published": gettext_lazy("The hashes are the published ones."),
    "candidates": gettext_lazy("The list of candidates is the one fixed before the draw."),
    "officers": gettext_lazy("The list of officers is the one fixed before the draw."),
    "secret": gettext_lazy("The secret is the one fixed before the draw."),
    "values": gettext_lazy("The public values are those named before the draw."),
    "times": gettext_lazy("Commitment, public values, draw and withdrawals follow each other in time."),
    "objects": gettext_lazy("Drawing again gives the same objects in the same order."),
    "teams": gettext_lazy("Drawing again gives the same officers for every object."),
    "withdrawals": gettext_lazy("Repeating the withdrawals gives the same final list."),
}


@dataclass(frozen=True)
class Check:
    """One check: its code (see `SENTENCES`), whether it passed, its sentence, and why it failed."""

    code: str
    passed: bool
    text: str
    reason: str = ""


@dataclass
class Report:
    """What was checked. ``remarks``: facts worth knowing that are no fault; ``hashes`` to compare with."""

    checks: list[Check] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether everything was checked and nothing failed."""
        return bool(self.hashes) and all(check.passed for check in self.checks)

    @property
    def reasons(self) -> list[str]:
        """Why the proof is not believed; empty if it is."""
        return [check.reason for check in self.checks if not check.passed]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        checks = [vars(check) for check in self.checks]
        return {"ok": self.ok, **vars(self), "checks": checks}

    def check(self, code: str, what: Callable[[], None]) -> bool:
        """Make one check; whatever goes wrong in it is its reason to fail."""
        try:
            what()
            reason = ""
        except DrawProblem as problem:
            reason = str(problem)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, StopIteration) as error:
            reason = _("It cannot be recomputed: %(error)s.") % {"error": f"{type(error).__name__} {error}"}
        except (RecursionError, MemoryError, OverflowError):
            reason = _("It cannot be recomputed: too large.")
        self.checks.append(Check(code, not reason, str(SENTENCES[code]), reason))
        return not reason


def read_proof(content: bytes | str) -> Any:
    """The JSON value in a file; refuses fractions, members that stand twice and what is no JSON at all.

    Raises `DrawProblem`.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise DrawProblem(_("An object names a member twice."))
        return made

    def never(number: str) -> Any:
        raise DrawProblem(_("The number %(number)s is not a whole one.") % {"number": number[:20]})

    try:
        given = content.decode() if isinstance(content, bytes) else content
        return json.loads(given, object_pairs_hook=once, parse_float=never, parse_constant=never)
    except DrawProblem:
        raise
    except (ValueError, RecursionError) as error:
        raise DrawProblem(_("This is not JSON in UTF-8.")) from error


def verify(proof: Any, published: Mapping[str, str] | None = None) -> Report:
    """Check a proof (its JSON value, or the bytes of its file) by itself. Never raises.

    ``published``: hashes published elsewhere under ``commitment`` (before the draw), ``opening`` (at it) and
    ``proof`` (when it opened); those given are compared. Only such a comparison shows that the whole proof
    was not made anew afterwards.
    """
    report = Report()
    held: list[Any] = [proof]

    def form() -> None:
        if isinstance(proof, (bytes, str)):
            held[0] = read_proof(proof)
        _shape(held[0], _("The proof"))

    if not report.check("form", form):
        return report
    proof = held[0]
    commitment = proof["commitment"]
    report.check("copy", lambda: _copy(report, proof))
    if published:
        report.check("published", lambda: _published(report.hashes, published))
    else:
        report.remarks.append(_("Compare the hash of the commitment with the one published before the draw."))
    lists = report.check("candidates", lambda: _candidates(proof))
    lists &= report.check("officers", lambda: _officers(proof))
    report.check("secret", lambda: _secret(proof))
    report.check("values", lambda: _values(proof))
    report.check("times", lambda: proofs.check_times(commitment, proof["drawn_at"], proof["withdrawals"]))
    if lists:
        _draw_again(report, proof)
    report.counts = {
        "candidates": len(proof["candidates"]),
        "officers": len(proof["officers"]),
        "result": len(proof["result"]),
        "withdrawals": len(proof["withdrawals"]),
        "final": len(proof["final"]),
    }
    return report


def _copy(report: Report, proof: Mapping[str, Any]) -> None:
    claimed = proof["sha256"]
    found = {
        "commitment": commitment_sha256(proof["commitment"]),
        "opening": opening_sha256(proof),
        "final": final_sha256(proof),
    }
    report.hashes = {**found, "proof": proof_sha256(proof)}
    for name, value in found.items():
        if value != claimed[name]:
            raise DrawProblem(_("The part %(name)s does not have the hash the file names.") % {"name": name})


def _published(hashes: Mapping[str, str], published: Mapping[str, str]) -> None:
    for name, value in published.items():
        if hashes.get(name) != value.strip().lower():
            raise DrawProblem(_("The hash of %(name)s is not the published one.") % {"name": name})


def _candidates(proof: Mapping[str, Any]) -> None:
    commitment, rows = proof["commitment"], proof["candidates"]
    eligible = shapes.check_candidates(rows, [one["code"] for one in commitment["rules"]["strata"]])
    _listed(commitment["candidates"], rows, eligible, "candidates")


def _officers(proof: Mapping[str, Any]) -> None:
    commitment, rows = proof["commitment"], proof["officers"]
    eligible = shapes.check_officers(rows, [one["group"] for one in commitment["rules"]["team"]])
    _listed(commitment["officers"], rows, eligible, "officers")


def _listed(committed: Mapping[str, Any], rows: Sequence[Any], eligible: int, name: str) -> None:
    found = {"count": len(rows), "eligible": eligible, "sha256": digest(rows)}
    if found != committed:
        raise DrawProblem(_("The list %(name)s is not the committed one.") % {"name": name})


def _secret(proof: Mapping[str, Any]) -> None:
    if hashlib.sha256(bytes.fromhex(proof["secret"])).hexdigest() != proof["commitment"]["secret_sha256"]:
        raise DrawProblem(_("The secret is not the committed one."))


def _values(proof: Mapping[str, Any]) -> None:
    named = [
        {name: part for name, part in value.items() if name not in ("value", "signature")}
        for value in proof["values"]
    ]
    if named != proof["commitment"]["public_values"]:
        raise DrawProblem(_("The public values are not the committed ones."))


def _draw_again(report: Report, proof: Mapping[str, Any]) -> None:
    drawings: list[Drawing] = []

    def objects() -> None:
        secret = bytes.fromhex(proof["secret"])
        lists = (proof["candidates"], proof["officers"])
        drawings.append(proofs.start(proof["commitment"], *lists, secret, proof["values"]))
        found = [[key, code] for key, code, _team in drawings[0].rows()]
        _same(found, [list(one[:2]) for one in proof["result"]])

    def teams() -> None:
        _same([one[2] for one in drawings[0].rows()], [list(one[2]) for one in proof["result"]])

    def withdrawals() -> None:
        proofs.replay(drawings[0], proof["withdrawals"])
        _same(drawings[0].rows(), [[key, code, list(team)] for key, code, team in proof["final"]])

    report.check("objects", objects)
    if drawings:
        report.check("teams", teams)
        _remarks(report, proof, drawings[0])
        report.check("withdrawals", withdrawals)


def _same(found: Sequence[Any], claimed: Sequence[Any]) -> None:
    """Raise `DrawProblem` that names the first place that differs."""
    for place, pair in enumerate(zip(found, claimed, strict=False), 1):
        if pair[0] != pair[1]:
            raise DrawProblem(_("Drawn object %(n)d is another one than recomputed.") % {"n": place})
    if len(found) != len(claimed):
        counts = {"found": len(found), "claimed": len(claimed)}
        raise DrawProblem(_("%(claimed)d objects stand in the proof, %(found)d are drawn.") % counts)


def _remarks(report: Report, proof: Mapping[str, Any], drawing: Drawing) -> None:
    rules = proof["commitment"]["rules"]
    drawn = [code for code, _teams in drawing.final.values()]
    for stratum in rules["strata"]:
        found = drawn.count(stratum["code"])
        if found < stratum["quota"]:
            values = {"label": stratum["label"], "found": found, "quota": stratum["quota"]}
            report.remarks.append(_("%(label)s: %(found)d drawn of %(quota)d, no more could be.") % values)
    for place, rule in enumerate(rules["team"]):
        without = sum(not teams[place] for _code, teams in drawing.final.values())
        if without:
            values = {"label": rule["label"], "n": without}
            report.remarks.append(_("%(label)s: no team could be formed for %(n)d objects.") % values)


@dataclass(frozen=True)
class KeyStatus:
    """Where the holder of a salt stands in a proof; ``team``: the officers' keys, if in the final list."""

    key: str
    listed: bool
    eligible: bool = False
    stratum: str = ""
    drawn: bool = False
    final: bool = False
    team: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """One of missing, ineligible, spared, drawn, withdrawn; `verifier_texts` has a sentence for each."""
        if not self.listed:
            return "missing"
        if not self.eligible:
            return "ineligible"
        if self.final:
            return "drawn"
        return "withdrawn" if self.drawn else "spared"


def verify_key(proof: Mapping[str, Any], salt: str, identity: str) -> KeyStatus:
    """Is the object with this identity and salt in the list, eligible, drawn? The proof is verified apart."""
    key = key_for(salt.strip().lower(), identity)
    found = next((row for row in proof["candidates"] if row[0] == key), None)
    if found is None:
        return KeyStatus(key, False)
    final = next((row for row in proof["final"] if row[0] == key), None)
    return KeyStatus(
        key,
        True,
        eligible=bool(found[2]),
        stratum=found[1],
        drawn=any(row[0] == key for row in proof["result"]),
        final=final is not None,
        team=tuple(final[2]) if final else (),
    )
