"""Whom to send: the officers on duty, those of the lead's squad first, then the free, then the near."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.desk.command.rooms import Room
from chengshu.desk.command.settings import settings
from chengshu.desk.command.snapshot import officers
from chengshu.kernel.geometry import haversine_m
from chengshu.leads.models import Lead

Position = tuple[float, float]


@dataclass(frozen=True)
class Candidate:
    """An officer on duty. ``position``: longitude, latitude; ``accepted`` and ``waiting``: leads in hand."""

    id: int
    name: str
    squad: int
    duty: str
    position: Position | None
    at: datetime | None
    accepted: int
    waiting: int

    @property
    def busy(self) -> bool:
        """Works on something."""
        return self.accepted > 0


@dataclass(frozen=True)
class Offer:
    """A candidate for one lead. ``metres`` is None where one of the two has no place."""

    officer: Candidate
    own_squad: bool
    metres: float | None
    stale: bool


def rank(
    candidates: Iterable[Candidate],
    place: Position | None,
    squad: int | None,
    *,
    now: datetime,
    stale_after: timedelta,
    most: int,
) -> list[Offer]:
    """The best ``most`` offers: the lead's own squad, the free, those whose place is known and fresh, the
    nearest, the least loaded. Pure."""
    offers = []
    for one in candidates:
        metres = float(haversine_m(*place, *one.position)) if place and one.position else None
        stale = one.at is None or now - one.at > stale_after
        offers.append(Offer(one, squad is not None and one.squad == squad, metres, stale))
    offers.sort(key=_order)
    return offers[:most]


def _order(offer: Offer) -> tuple[bool, bool, bool, float, int, str, int]:
    one = offer.officer
    unknown = offer.metres is None or offer.stale
    distance = offer.metres if offer.metres is not None else float("inf")
    return (
        not offer.own_squad,
        one.busy,
        unknown,
        distance,
        one.accepted + one.waiting,
        one.name,
        one.id,
    )


def offers_for(lead: Lead, user: User, room: Room, now: datetime | None = None) -> list[Offer]:
    """Officers on duty of the room for a lead; a squad leader is offered the own squad only. Two queries."""
    now = now or timezone.now()
    rules = settings()
    candidates = [
        Candidate(
            one["id"], one["name"], one["squad"], one["duty"],
            (one["lng"], one["lat"]) if one["lng"] is not None else None,
            one["at"], one["accepted"], one["waiting"],
        )
        for one in officers(room, now)
        if one["duty"] in rules.offered_duties
    ]  # fmt: skip
    return rank(
        candidates,
        lead.position,
        lead.squad_id,
        now=now,
        stale_after=timedelta(minutes=rules.stale_minutes),
        most=rules.offers_most,
    )
