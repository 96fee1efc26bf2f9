"""What the officer's app is given of the log and of equipment, for work without a network."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengshu.bureau.models import User
from chengshu.patrol.log.composing import Content, digest_of
from chengshu.patrol.log.lifecycle import TO_SIGN
from chengshu.patrol.log.rules import rules
from chengshu.patrol.log.words import in_words
from chengshu.patrol.models import DutyLog
from chengshu.patrol.services.log_contents import gather

from .equipment import of_squad
from .logs import current_log, lights_of, to_sign


def log_part(user: User, now: datetime) -> dict[str, Any] | None:
    """The log to work on; None for people without one. ``digest`` is what `log.sign` repeats."""
    log = current_log(user, now)
    if log is None:
        return None
    frozen = log.state not in TO_SIGN
    content: Content = log.content if frozen and log.content else gather(log)
    return {
        "id": log.pk,
        "duty": log.duty_id,
        "starts_at": log.starts_at,
        "ends_at": log.ends_at,
        "started_at": log.started_at,
        "ended_at": log.ended_at,
        "state": log.state,
        "state_label": str(DutyLog.State(log.state).label),
        "line": log.line,
        "sign_from": rules().signing_opens(log.ends_at),
        "sign_by": log.sign_by,
        "returned_because": log.returned_because,
        "faults": in_words(lights_of(log, now)),
        "digest": log.digest if frozen else digest_of(content),
        "composed": {
            "deeds": [{name: deed[name] for name in ("at", "kind", "text")} for deed in content["deeds"]],
            **{name: content[name] for name in ("counts", "check_ins", "equipment", "track")},
        },
        "waiting": to_sign(user, now).count(),
    }


def equipment_part(user: User, now: datetime) -> list[dict[str, Any]]:
    """The squad's equipment in use and who has it."""
    return [
        {
            "id": row.thing.pk,
            "code": row.thing.code,
            "name": row.thing.name,
            "kind": row.thing.kind,
            "kind_label": row.kind_label,
            "mine": row.use is not None and row.use.user_id == user.pk,
            "with": row.use.user.full_name if row.use else None,
            "taken_at": row.use.taken_at if row.use else None,
        }
        for row in of_squad(user.unit_id)
    ]
