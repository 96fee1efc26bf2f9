"""What tests of the portal share: cases disclosed through services, a portal that remembers nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client

from chengshu.bureau.models import District
from chengshu.cases.models import Case
from chengshu.portal.models import PublicPenalty
from chengshu.portal.pages import shelf
from chengshu.portal.penalties import facets
from chengshu.portal.services.penalties import refresh
from tests.cases.files import make_file

DAY = date(2021, 6, 1)
FIRM = "上海明珠餐饮有限公司"
CREDIT_CODE = "91310107MA1G0ABC1Y"
PERSON_ID = "310107199003074511"
Disclose = Callable[..., Case]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """Pages kept in the process belong to the database of one test."""
    shelf.clear()
    facets.cache_clear()
    yield
    shelf.clear()
    facets.cache_clear()


@pytest.fixture
def on_the_day(settings: Any) -> date:
    """The portal shows the first of June 2021, when the cases of the tests are on display."""
    settings.PUBLIC_DAY = DAY
    return DAY


@pytest.fixture
def district(db: None) -> District:
    """The shipped district."""
    return District.objects.get(code="310107")


def firm(fine: int = 500, name: str = FIRM, **outcome: Any) -> dict[str, Any]:
    """An organisation with what is decided on it."""
    decided = {"type": "penalty", "fine": fine, **outcome}
    return {"key": "1", "kind": "organisation", "name": name, "outcome": decided}


def person(name: str = "王小明", fine: int = 200, **outcome: Any) -> dict[str, Any]:
    """An individual with what is decided on him or her."""
    decided = {"type": "penalty", "fine": fine, **outcome}
    known = {"phone": "13812345678", "address": "长寿路1号302室", "id_number": PERSON_ID}
    return {"key": "1", "kind": "person", "name": name, **known, "outcome": decided}


@pytest.fixture
def disclosed(district: District, on_the_day: date) -> Disclose:
    """A function that makes a whole case with these parties and publishes it."""
    count = iter(range(1, 1000))

    def make(*parties: dict[str, Any], **changes: Any) -> Case:
        case = make_file(district, next(count), parties=list(parties or [firm()]), **changes)
        refresh([case.pk])
        return case

    return make


def entry_of(case: Case, key: str = "1") -> PublicPenalty:
    """The public row of a party."""
    return PublicPenalty.objects.get(case=case, party_key=key)


def words(client: Client, address: str, status: int = 200, **headers: str) -> str:
    """The page at an address, which answers with the status."""
    answer = client.get(address, headers=headers)
    assert answer.status_code == status, (address, answer.status_code)
    content = b"".join(answer) if answer.streaming else answer.content
    return content.decode("utf-8-sig")
