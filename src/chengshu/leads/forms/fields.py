"""What several lead forms have: choices of people by squad."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chengshu.bureau.models import Unit, User


def squad_choices(squads: Iterable[Unit]) -> list[tuple[str, str]]:
    """Squads by id, an empty entry first."""
    return [("", "—"), *((str(squad.pk), squad.label) for squad in squads)]


def officer_choices(squads: Iterable[Unit], officers: Iterable[User]) -> list[Any]:
    """Officers under the name of their squad, an empty entry first."""
    people = list(officers)
    groups = [
        (squad.label, [(str(one.pk), one.full_name) for one in people if one.unit_id == squad.pk])
        for squad in squads
    ]
    return [("", "—"), *(group for group in groups if group[1])]
