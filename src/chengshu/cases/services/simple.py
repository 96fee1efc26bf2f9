"""The simple procedure (简易程序) in one go: what happens at the scene is one form and one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chengshu.bureau.models import District, Unit, User
from chengshu.cases.models import Case
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services.opening import new_row, once
from chengshu.cases.services.steps import append_step
from chengshu.registry.models import RegulatedObject

CONTENTS = ["party", "facts", "basis", "performance", "remedies", "authority"]


@dataclass(frozen=True)
class SimpleCase:
    """What the officers enter at the scene. ``fine`` in yuan; 0 with ``warning``: a warning only.

    ``number``: of a block leased to whoever records, where the decision was made offline.
    ``another_act``: why it is not the act that the party was fined for in another case.
    ``squad``: who was given the matter, where it is not the squad of the place. ``signatures``: SHA-256 of
    the pictures of those signed on a screen, by ``officer1``, ``officer2`` and ``party``.
    """

    cause: str
    party: Mapping[str, Any]
    act_on: date
    facts: str
    fine: int
    warning: bool = False
    address: str = ""
    position: tuple[float, float] | None = None
    obj: RegulatedObject | None = None
    statement: str = ""
    told: bool = False
    heard: bool = False
    id_shown: bool = False
    tier: str = ""
    evidence: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    receiver: str = ""
    refused_to_sign: bool = False
    witness: str = ""
    cash: bool = False
    number: str = ""
    another_act: str = ""
    source: str = Case.Source.PATROL
    squad: Unit | None = None
    signatures: Mapping[str, str] = field(default_factory=dict)


def decide_on_the_spot(
    district: District,
    entered: SimpleCase,
    *,
    by: User,
    officers: Sequence[User],
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
) -> Case:
    """Scene, evidence, decision, service and cash payment of one penalty. Raises `StepRefused`."""

    def make() -> Case:
        case = new_row(
            district,
            by=by,
            source=entered.source,
            summary=entered.facts,
            address=entered.address,
            position=entered.position,
            obj=entered.obj,
            squad=entered.squad,
        )
        for number, (kind, data) in enumerate(steps_of(entered)):
            key = None if number else client_id
            append_step(case, kind, by=by, data=data, officers=officers, at=at, client_id=key)
        return case

    return once(client_id, make)


def steps_of(entered: SimpleCase) -> list[tuple[K, dict[str, Any]]]:
    """What happens at the scene, in order."""
    party = {"key": "1", **entered.party}
    outcome: dict[str, Any] = {"party": "1", "type": "penalty", "fine": entered.fine}
    if entered.warning:
        outcome["others"] = ["warning"]
    if entered.tier:
        outcome["tier"] = entered.tier
    scene = {
        "cause": entered.cause, "party": party, "act_on": entered.act_on, "facts": entered.facts,
        "told": entered.told, "heard": entered.heard, "statement": entered.statement,
        "id_shown": entered.id_shown,
    }  # fmt: skip
    served: dict[str, Any] = {"party": "1", "document": "decision", "result": "served"}
    if entered.refused_to_sign:
        served |= {"mode": "left", "witness": entered.witness}
    else:
        served |= {"mode": "direct", "receiver": entered.receiver or party.get("name", "")}
    steps = [(K.SIMPLE_SCENE, scene)]
    steps += [(K.ADD_EVIDENCE, dict(item)) for item in entered.evidence]
    decision = {"outcomes": [outcome], "contents": CONTENTS, "number": entered.number or None}
    if entered.another_act:
        decision["another_act"] = entered.another_act
    if entered.signatures:
        decision["signatures"] = dict(entered.signatures)
    steps += [(K.SIMPLE_DECISION, decision), (K.SERVE, served)]
    if entered.cash and entered.fine:
        steps.append((K.PAY, {"party": "1", "amount": entered.fine, "method": "cash"}))
    return steps
