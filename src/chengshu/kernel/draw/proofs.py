"""Commit, draw, withdraw: from lists and rules to a proof that anyone can recompute."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from . import shapes
from .algorithm import Drawing, seed_of
from .beacons import check_ahead
from .canonical import SECRET_BYTES, commitment_sha256, digest, with_hashes
from .problems import DrawProblem
from .shapes import Row
from .values import check_descriptor, filled

Moment = datetime | str
_head = shapes.members(
    format=shapes.exactly(shapes.COMMITMENT),
    algorithm=shapes.exactly(shapes.ALGORITHM),
    task=shapes.text(1, 200),
    title=shapes.text(),
    attempt=shapes.whole(1),
    previous=shapes.or_null(shapes.key),
    reason=shapes.text(),
    committed_at=shapes.moment,
    candidates=shapes.listed,
    officers=shapes.listed,
    rules=shapes.check_rules,
    secret_sha256=shapes.key,
    public_values=shapes.array(check_descriptor, 1),
)


def commit(
    *,
    task: str,
    title: str,
    committed_at: Moment,
    candidates: Sequence[Row],
    officers: Sequence[Row],
    rules: Mapping[str, Any],
    secret: bytes,
    public_values: Sequence[Mapping[str, Any]],
    attempt: int = 1,
    previous: str | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Fix everything that decides a draw before its public values are known; publish its `commitment_sha256`.

    ``previous`` (the hash of the last attempt's commitment) and ``reason`` are those of a re-draw. Raises
    `DrawProblem` for lists that are not sorted or name a key twice, unknown strata, areas or groups, a public
    value that is due before the commitment, a beacon's round that was known by then (`beacons.check_ahead`),
    and everything else that does not fit.
    """
    shapes.check_rules(rules)
    _check_secret(secret)
    commitment = {
        "format": shapes.COMMITMENT,
        "algorithm": shapes.ALGORITHM,
        "task": task,
        "title": title,
        "attempt": attempt,
        "previous": previous,
        "reason": reason,
        "committed_at": _moment(committed_at),
        **_counted(rules, candidates, officers),
        "rules": dict(rules),
        "secret_sha256": hashlib.sha256(secret).hexdigest(),
        "public_values": [_named(value) for value in public_values],
    }
    check_commitment(commitment)
    at = datetime.fromisoformat(commitment["committed_at"])
    for place, value in enumerate(commitment["public_values"]):
        check_ahead(value, at, f"public_values[{place}]")
    return commitment


def _named(value: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(value.get("due_at"), datetime):
        return {**value, "due_at": _moment(value["due_at"])}
    return value


def check_commitment(commitment: Any) -> None:
    """Raise `DrawProblem` unless this is a whole commitment without contradictions."""
    _head(commitment, "commitment")
    if (commitment["attempt"] > 1) != (commitment["previous"] is not None):
        raise DrawProblem(_("Only a repeated draw, and every one, names the commitment before it."))
    if (commitment["attempt"] > 1) != (commitment["reason"] != ""):
        raise DrawProblem(_("Only a repeated draw, and every one, gives its reason."))
    committed = datetime.fromisoformat(commitment["committed_at"])
    for place, value in enumerate(commitment["public_values"]):
        if datetime.fromisoformat(value["due_at"]) <= committed:
            raise DrawProblem(
                _("%(where)s: the public value must become known after the commitment."),
                where=f"public_values[{place}]",
            )


def _counted(rules: Mapping[str, Any], candidates: Sequence[Row], officers: Sequence[Row]) -> dict[str, Any]:
    shapes.rows(candidates, "candidates")
    shapes.rows(officers, "officers")
    eligible = shapes.check_candidates(candidates, [stratum["code"] for stratum in rules["strata"]])
    able = shapes.check_officers(officers, [rule["group"] for rule in rules["team"]])
    return {
        "candidates": {"count": len(candidates), "eligible": eligible, "sha256": digest(candidates)},
        "officers": {"count": len(officers), "eligible": able, "sha256": digest(officers)},
    }


def check_lists(commitment: Mapping[str, Any], candidates: Any, officers: Any) -> None:
    """Raise `DrawProblem` unless these are the committed lists, row by row."""
    counted = _counted(commitment["rules"], candidates, officers)
    for name, found in counted.items():
        if found != commitment[name]:
            raise DrawProblem(_("The list %(name)s is not the committed one."), name=name)


def draw(
    commitment: Mapping[str, Any],
    candidates: Sequence[Row],
    officers: Sequence[Row],
    secret: bytes,
    values: Sequence[Mapping[str, Any]],
    drawn_at: Moment,
    *,
    lists_checked: bool = False,
) -> dict[str, Any]:
    """Draw; the proof, in which ``final`` is ``result`` as long as nothing is withdrawn.

    ``values``: for each named public value, in order, an object with ``value`` (and ``signature``), see
    `values.filled`. ``lists_checked``: the caller has just called `check_lists` (or `commit`) with the very
    same lists, so that a million rows need not be hashed again. Raises `DrawProblem` for another secret,
    other lists or values than those committed, and for a draw before a public value was due.
    """
    check_commitment(commitment)
    _check_secret(secret)
    if hashlib.sha256(secret).hexdigest() != commitment["secret_sha256"]:
        raise DrawProblem(_("The secret is not the committed one."))
    if not lists_checked:
        check_lists(commitment, candidates, officers)
    named = commitment["public_values"]
    if len(values) != len(named):
        raise DrawProblem(_("The draw needs %(n)d public values."), n=len(named))
    known = [filled(*pair, f"values[{place}]") for place, pair in enumerate(zip(named, values, strict=True))]
    at = _moment(drawn_at)
    check_times(commitment, at)
    drawing = start(commitment, candidates, officers, secret, known)
    proof = {
        "format": shapes.PROOF,
        "commitment": dict(commitment),
        "candidates": candidates,
        "officers": officers,
        "secret": secret.hex(),
        "values": known,
        "drawn_at": at,
        "result": drawing.rows(),
        "withdrawals": [],
        "final": drawing.rows(),
    }
    return with_hashes(proof)


def start(
    commitment: Mapping[str, Any],
    candidates: Sequence[Row],
    officers: Sequence[Row],
    secret: bytes,
    values: Sequence[Mapping[str, Any]],
) -> Drawing:
    """The drawing as it stands before any withdrawal."""
    seed = seed_of(commitment_sha256(commitment), secret, values)
    drawing = Drawing(commitment["rules"], candidates, officers, seed)
    drawing.run()
    return drawing


def check_times(commitment: Mapping[str, Any], drawn_at: str, withdrawals: Sequence[Any] = ()) -> None:
    """Raise `DrawProblem` if something happened before what it rests on."""
    drawn = datetime.fromisoformat(drawn_at)
    for value in commitment["public_values"]:
        if drawn < datetime.fromisoformat(value["due_at"]):
            raise DrawProblem(
                _("Drawn at %(drawn)s, before a public value was due at %(due)s."),
                drawn=drawn_at,
                due=value["due_at"],
            )
    before = drawn
    for place, one in enumerate(withdrawals):
        at = datetime.fromisoformat(one["at"])
        if at < before:
            raise DrawProblem(_("%(where)s lies before what it follows."), where=f"withdrawals[{place}]")
        before = at


def replay(drawing: Drawing, withdrawals: Sequence[Mapping[str, Any]]) -> None:
    """Apply withdrawals to a drawing, in order. Raises `DrawProblem` where one names what is not drawn."""
    for place, one in enumerate(withdrawals):
        where = f"withdrawals[{place}]"
        if one["object"] not in drawing.final:
            raise DrawProblem(_("%(where)s: the object is not drawn."), where=where)
        if one["officer"] is None:
            drawing.withdraw_object(one["object"])
        elif any(one["officer"] in team for team in drawing.final[one["object"]][1]):
            drawing.withdraw_officer(one["object"], one["officer"])
        else:
            raise DrawProblem(_("%(where)s: the officer is not in the team of the object."), where=where)


def withdraw(
    proof: Mapping[str, Any], object_key: str, officer_key: str | None, code: str, at: Moment
) -> dict[str, Any]:
    """The proof after one more withdrawal: of an object (``officer_key`` none) or of an officer from it.

    ``code``: a word for the reason; of officers only ``recusal`` or ``unavailable``. The next in line follows
    by the same proof; where the line has ended, nobody does. Raises `DrawProblem` for what is not drawn and
    for a moment before the last step. The given proof stays as it is.
    """
    one = {"at": _moment(at), "object": object_key, "officer": officer_key, "code": code}
    check_withdrawal(one, f"withdrawals[{len(proof['withdrawals'])}]")
    steps = [*proof["withdrawals"], one]
    check_times(proof["commitment"], proof["drawn_at"], steps)
    drawing = _again(proof)
    replay(drawing, steps)
    return with_hashes({**proof, "withdrawals": steps, "final": drawing.rows()})


def check_withdrawal(one: Any, where: str) -> None:
    """Raise `DrawProblem` unless this is a withdrawal; an officer's reason is never more than two words."""
    shapes.withdrawal(one, where)
    if one["officer"] is not None:
        shapes.exactly("recusal", "unavailable")(one["code"], f"{where}.code")


def line_of_succession(proof: Mapping[str, Any], stratum: str, limit: int | None = None) -> list[str]:
    """Keys of the objects that follow in a stratum, first first, after all withdrawals so far.

    Left out is whoever lies in an area that is full already. ``limit``: at most so many. Raises `DrawProblem`
    for a stratum the rules do not have.
    """
    drawing = _again(proof)
    replay(drawing, proof["withdrawals"])
    if stratum not in drawing.lines:
        raise DrawProblem(_("The rules have no stratum %(code)s."), code=stratum)
    line: list[str] = []
    while limit is None or len(line) < limit:
        place = drawing.lines[stratum].next()
        if place is None:
            break
        key, _code, _eligible, area = proof["candidates"][place]
        if not (drawing.area_cap and area and drawing.in_area.get(area, 0) >= drawing.area_cap):
            line.append(key)
    return line


def _again(proof: Mapping[str, Any]) -> Drawing:
    secret = bytes.fromhex(proof["secret"])
    return start(proof["commitment"], proof["candidates"], proof["officers"], secret, proof["values"])


def _moment(at: Any) -> Any:
    """ISO 8601 with the offset; texts stay as they are (their shape is checked with the rest)."""
    if not isinstance(at, datetime):
        shapes.moment(at, "at")
        return at
    if at.tzinfo is None:
        raise shapes.refuse(str(at), _("a moment such as 2021-03-01T09:00:00+08:00"))
    return at.isoformat()


def _check_secret(secret: Any) -> None:
    if not isinstance(secret, bytes) or len(secret) != SECRET_BYTES:
        raise DrawProblem(_("A secret has %(n)d bytes."), n=SECRET_BYTES)
