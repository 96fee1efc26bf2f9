"""The reference district and its administrators."""

from __future__ import annotations

import pytest

from chengshu.bureau.models import District, Unit, User
from tests import factories


@pytest.fixture
def district(db: None) -> District:
    """普陀区 as shipped."""
    return factories.make_district()


@pytest.fixture
def bureau(district: District) -> Unit:
    """The bureau itself."""
    return factories.unit(district)


@pytest.fixture
def squad(district: District) -> Unit:
    """长寿路街道中队."""
    return factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")


@pytest.fixture
def other_squad(district: District) -> Unit:
    """桃浦镇中队."""
    return factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")


@pytest.fixture
def system(district: District) -> User:
    """A system administrator."""
    return factories.make_user("system_admin")


@pytest.fixture
def security(district: District) -> User:
    """A security administrator."""
    return factories.make_user("security_admin")


@pytest.fixture
def elsewhere(district: District) -> User:
    """An officer of another district."""
    other = factories.make_other_district()
    return factories.make_user("officer", factories.unit(other))
