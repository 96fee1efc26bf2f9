"""Check-ins of the app: the record is kept as a check-in, or as a read that proved nothing."""

from __future__ import annotations

from typing import Any

from chengshu.field import kinds, snapshot
from chengshu.field.kinds import Done, Outcome, Sent
from chengshu.patrol.models import CheckIn, TagAttempt
from chengshu.patrol.queries.beats import snapshot as beats_snapshot
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services.attempts import sentence
from chengshu.patrol.services.checking_in import Sighting, check_in
from chengshu.patrol.services.lights import in_words
from chengshu.patrol.tags.reads import presented
from chengshu.patrol.tags.sdm import ForgedRead

snapshot.register("beats", beats_snapshot)


@kinds.register("check_in", "patrol.work")
def carry_out(sent: Sent) -> Done:
    """Kept either way; a read that proved nothing is refused, a light is said aloud."""
    try:
        made = check_in(sent.user, _sighting(sent))
    except PatrolProblem as problem:
        return Done(Outcome.REFUSED, (str(problem),))
    if isinstance(made, TagAttempt):
        return Done(Outcome.REFUSED, (sentence(made),), {"attempt": str(made.pk), "fault": made.fault})
    return Done(Outcome.APPLIED, tuple(in_words(made.lights)), _result(made))


def _sighting(sent: Sent) -> Sighting:
    data = sent.data
    malformed, proof = False, None
    try:
        proof = presented(data)
    except ForgedRead:
        malformed = True
    photo = _text(data, "photo")
    return Sighting(
        id=sent.id,
        way=_text(data, "way"),
        at=sent.at,
        received_at=sent.received_at,
        code=_text(data, "code").upper(),
        point_id=_number(data.get("point")),
        proof=proof,
        malformed=malformed,
        uid=_text(data, "uid"),
        clock_offset_s=sent.clock_offset_s,
        position=sent.position,
        accuracy_m=sent.accuracy_m,
        photo_sha256=photo if photo in sent.files else "",
    )


def _result(made: CheckIn) -> dict[str, Any]:
    return {
        "check_in": str(made.pk),
        "point": made.point_id,
        "point_name": made.point.name,
        "way": made.way,
        "weight": made.weight,
        "lights": made.lights,
    }


def _text(data: Any, name: str) -> str:
    value = data.get(name)
    return value[:80] if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else None
