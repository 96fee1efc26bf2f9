"""Invented officers for every squad, so that each has two who may act and a leader who approves."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from chengshu.bureau.models import Certificate, District, RoleAssignment, Town, Unit, User
from chengshu.bureau.services.people import name_key
from chengshu.cases.procedure.steps import OfficerAt
from chengshu.demo.objects import recipe

OFFICERS = 4
VALID_FROM, VALID_TO = date(2016, 1, 1), date(2031, 12, 31)


@dataclass(frozen=True)
class Crew:
    """The people of one squad as the generator uses them."""

    squad: Unit
    town: Town | None
    leader: str
    officers: tuple[OfficerAt, ...]
    weight: int

    def pair(self, rng: random.Random) -> tuple[OfficerAt, OfficerAt]:
        """Two officers of the squad."""
        first, second = rng.sample(self.officers, 2)
        return first, second


def crews(district: District) -> list[Crew]:
    """Every town's squad with its officers; missing accounts are made, without a password to sign in with."""
    words = recipe(district.code)
    rng = random.Random(district.code)  # noqa: S311 - invented names
    made = []
    squads = Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD, active=True).order_by("code")
    for squad in squads.prefetch_related("towns"):
        town = squad.towns.first()
        people = [_person(squad, number, words, rng) for number in range(OFFICERS + 1)]
        officers = tuple(
            OfficerAt(p.username, p.full_name, _certificate(p), VALID_TO, VALID_FROM) for p in people[1:]
        )
        weight = int(words["towns"].get(town.name if town else "", 1))
        made.append(Crew(squad, town, people[0].username, officers, weight))
    return made


def _person(squad: Unit, number: int, words: dict[str, str], rng: random.Random) -> User:
    """The leader (number 0) or an officer of a squad."""
    username = f"{squad.code.lower()}-{number}"
    name = rng.choice(words["surnames"]) + "".join(rng.sample(words["given"], 2))
    known: User | None = User.objects.filter(username=username).first()
    if known is not None:
        return known
    fields = {"full_name": name, "name_key": name_key(name), "unit": squad}
    person: User = User.objects.create_user(username, None, **fields)
    role = "officer" if number else "squad_leader"
    RoleAssignment.objects.create(user=person, role=role, unit=squad, granted_at=timezone.now())
    return person


def _certificate(person: User) -> str:
    number = f"示{person.username.upper().replace('-', '')}"
    Certificate.objects.get_or_create(
        number=number, valid_from=VALID_FROM, defaults={"user": person, "valid_to": VALID_TO}
    )
    return number
