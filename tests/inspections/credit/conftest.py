"""A district with a shop, and short ways to what stands on its record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation

from chengshu.bureau.models import District, Unit, User
from chengshu.cases.models import Case, Party
from chengshu.inspections.models import CreditProposal, Inspection
from chengshu.registry.models import RegulatedObject
from chengshu.ui.formats import SHANGHAI
from tests import factories

USCC = "91310107MA1G00000Q"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Services refuse in the reader's language; the tests read English."""
    with translation.override("en"):
        yield


@dataclass
class Credit:
    """One district's credit work."""

    district: District
    squad: Unit
    clerk: User
    legal: User
    chief: User
    deputy: User
    shop: RegulatedObject

    def case(self, **stated: Any) -> Case:
        """A decided and disclosed case of the shop, its party penalised with 2,000 yuan."""
        today = timezone.localdate()
        party = {
            "key": "1", "kind": "organisation", "name": "上海示例餐饮有限公司", "id_number": USCC,
            "outcome": {"type": "penalty", "fine": "2000", "number": "沪普城管罚决字〔2020〕第000001号"},
            "fine": 2000, "paid": 2000, "details": {"representative": "王小明", "uscc": USCC},
            **stated.pop("party", {}),
        }  # fmt: skip
        values = {
            "object": self.shop, "squad": self.squad, "town": self.shop.town, "procedure": "general",
            "state": "closed", "cause": "appearance.beyond-shopfront", "summary": "跨门经营占道",
            "act_on": today - timedelta(days=40), "decided_on": today - timedelta(days=20),
            "disclosed_on": today - timedelta(days=15), "fine": party["fine"], "paid": party["paid"],
            "number": f"普城管立〔2020〕第{Case.objects.count() + 1:06d}号", **stated,
        }  # fmt: skip
        case = Case.objects.create(district=self.district, **values)
        Party.objects.create(case=case, decision_number=party["outcome"].get("number", ""), **party)
        return case

    def inspection(self, result: int = 1, days: int = 5, **stated: Any) -> Inspection:
        """A reported routine inspection of the shop."""
        at = timezone.now() - timedelta(days=days)
        values = {
            "object": self.shop, "squad": self.squad, "kind": "routine", "state": "closed", "result": result,
            "number": f"J{Inspection.objects.count() + 1}", "object_class": "shop", "done_at": at,
            "starts_on": at.date(), "due_on": at.date(), **stated,
        }  # fmt: skip
        return Inspection.objects.create(district=self.district, **values)

    def open_proposal(self) -> CreditProposal:
        """The proposal that waits for the shop."""
        return CreditProposal.objects.get(object=self.shop, state="open")


@pytest.fixture(autouse=True)
def on_a_day_of_2021() -> Iterator[None]:
    """A working day on which the holidays and the law of all periods are known."""
    with time_machine.travel(datetime(2021, 6, 10, 10, tzinfo=SHANGHAI)):
        yield


@pytest.fixture
def credit(db: None) -> Credit:
    """The shipped district with one shop."""
    district = factories.make_district()
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    return Credit(
        district=district,
        squad=squad,
        clerk=factories.make_user("registry_clerk"),
        legal=factories.make_user("legal_reviewer"),
        chief=factories.make_user("bureau_leader"),
        deputy=factories.make_user("bureau_leader"),
        shop=factories.make_object(district),
    )


def days_ago(days: int) -> date:
    """A day before today."""
    return timezone.localdate() - timedelta(days=days)
