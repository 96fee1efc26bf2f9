"""What tests of cases share: two certified officers of a squad, its leader, the reviewer, the chief."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from chengshu.bureau.models import Certificate, District, Unit, User
from tests import factories


@dataclass(frozen=True)
class Team:
    """The people of one squad and of the bureau who make a case together."""

    district: District
    squad: Unit
    first: User
    second: User
    leader: User
    legal: User
    chief: User

    @property
    def officers(self) -> list[User]:
        """The two officers of a case."""
        return [self.first, self.second]


def certified(role: str, at: Unit | None, number: str) -> User:
    """Somebody with a certificate that is valid for long."""
    person = factories.make_user(role, at)
    Certificate.objects.create(
        user=person, number=number, valid_from=date(2015, 1, 1), valid_to=date(2030, 12, 31)
    )
    return person


@pytest.fixture
def district(db: None) -> District:
    """The shipped district."""
    return factories.make_district()


def make_team(district: District, town: str = "长寿路街道") -> Team:
    """A team in one squad."""
    squad = factories.unit(district, Unit.Kind.SQUAD, town)
    return Team(
        district,
        squad,
        certified("officer", squad, "示0901"),
        certified("officer", squad, "示0902"),
        factories.make_user("squad_leader", squad),
        factories.make_user("legal_reviewer"),
        factories.make_user("bureau_leader"),
    )


@pytest.fixture
def team(district: District) -> Team:
    """The team of 长寿路街道中队."""
    return make_team(district)
