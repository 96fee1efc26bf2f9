"""Steps as they are kept, and their digest: what the ledger chains and an export is checked against."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from chengshu.cases.models import CaseStep
from chengshu.cases.procedure.steps import OfficerAt, Step, StepKind
from chengshu.kernel.ledger.hashing import canonical


def officers_as_json(officers: Iterable[OfficerAt]) -> list[dict[str, Any]]:
    """Officers as the row of a step keeps them."""
    return [
        {
            "id": officer.id,
            "name": officer.name,
            "certificate": officer.certificate,
            "from": officer.certificate_from.isoformat() if officer.certificate_from else None,
            "to": officer.certificate_to.isoformat() if officer.certificate_to else None,
        }
        for officer in officers
    ]


def officers_from_json(raw: Iterable[Mapping[str, Any]]) -> tuple[OfficerAt, ...]:
    """The reverse of `officers_as_json`."""
    return tuple(
        OfficerAt(o["id"], o["name"], o.get("certificate", ""), _day(o.get("to")), _day(o.get("from")))
        for o in raw
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def as_step(record: CaseStep) -> Step:
    """A kept step as the procedure sees it, on the clock of the place."""
    return Step(
        StepKind(record.kind),
        timezone.localtime(record.at),
        record.by.username if record.by_id and record.by else "",
        officers_from_json(record.officers),
        record.data,
    )


def step_document(record: CaseStep) -> dict[str, Any]:
    """What is hashed of a step; times in UTC with microseconds."""
    return {
        "seq": record.seq,
        "kind": str(record.kind),
        "at": utc_text(record.at),
        "officers": record.officers,
        "data": record.data,
    }


def utc_text(moment: datetime) -> str:
    """A moment as text that does not depend on the reader's time zone."""
    return moment.astimezone(timezone.get_fixed_timezone(0)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest_of(record: CaseStep) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of a step."""
    return hashlib.sha256(canonical(step_document(record))).hexdigest()
