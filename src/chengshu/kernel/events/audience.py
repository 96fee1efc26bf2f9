"""Who hears what: the rights of one listener as a value, so that equal listeners are served as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chengshu.kernel.events.database import Happening
from chengshu.kernel.events.topics import Topic


@dataclass(frozen=True)
class Hearing:
    """Where one topic may be heard; with ``person`` only what names that subject."""

    topic: str
    districts: frozenset[int]
    squads: frozenset[int]
    person: str = ""


@dataclass(frozen=True)
class Audience:
    """All that one listener may hear."""

    hearings: frozenset[Hearing]

    def __bool__(self) -> bool:
        return bool(self.hearings)

    def select(self, happenings: Iterable[Happening]) -> bytes:
        """The text of those events that this audience may hear, in their order."""
        by_topic = {hearing.topic: hearing for hearing in self.hearings}
        return b"".join(
            happening.frame
            for happening in happenings
            if (hearing := by_topic.get(happening.topic)) is not None and _hears(hearing, happening)
        )


def _hears(hearing: Hearing, happening: Happening) -> bool:
    if hearing.person:
        return happening.subject == hearing.person
    return happening.district_id in hearing.districts or happening.squad_id in hearing.squads


def audience_of(user: Any, wanted: Iterable[Topic]) -> Audience:
    """What a person may hear of these topics, as the permissions stand now; empty when nothing."""
    found = []
    for topic in wanted:
        scope = user.scope_for(topic.permission)
        if scope and topic.personal:
            found.append(Hearing(topic.name, frozenset(), frozenset(), f"user:{user.pk}"))
        elif scope:
            found.append(Hearing(topic.name, scope.districts, scope.squads))
    return Audience(frozenset(found))
