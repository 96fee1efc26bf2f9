"""A district with its classes of leads, and the people of the loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chengshu.bureau import keys
from chengshu.bureau.models import District, Unit, User
from chengshu.bureau.roles import key_permissions
from chengshu.leads.models import Lead
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.classes import load_classes
from tests import factories
from tests.leads.api import Caller, key_of

STALL = "E0201"  # 占道无证照经营
SIGN = "E0302"


@dataclass
class Loop:
    """The people of one district's loop, and a short way to a lead."""

    district: District
    squad: Unit
    other_squad: Unit
    dispatcher: User
    officer: User
    leader: User
    supervisor: User

    def lead(self, *, route: bool = False, by: User | None = None, **stated: Any) -> Lead:
        """A lead in 长寿路街道, found by a patrol unless said otherwise; not registered unless routed."""
        values = {
            "source": "patrol",
            "lead_class": STALL,
            "description": "占道设摊卖水果",
            "address": "长寿路100号门口",
            "position": factories.IN_CHANGSHOU,
            **stated,
        }
        return report(NewLead(**values), district=self.district, by=by, route=route).lead


@pytest.fixture
def loop(db: None) -> Loop:
    """The shipped district."""
    district = factories.make_district()
    load_classes(district)
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    other = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    return Loop(
        district=district,
        squad=squad,
        other_squad=other,
        dispatcher=factories.make_user("dispatcher"),
        officer=factories.make_user("officer", squad),
        leader=factories.make_user("squad_leader", squad),
        supervisor=factories.make_user("supervisor"),
    )


@pytest.fixture(autouse=True)
def _no_key_remembered() -> Iterator[None]:
    """A key of a test that was rolled back must not be known in the next."""
    keys.forget()
    yield
    keys.forget()


@pytest.fixture
def platform(loop: Loop) -> Caller:
    """The city's platform: its key may do in the whole district whatever keys may do with leads."""
    wanted = [permission for permission in key_permissions() if permission.startswith("leads.")]
    return Caller(key_of(factories.unit(loop.district), wanted))
