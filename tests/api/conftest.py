"""A district, somebody who gives keys, and callers with keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from chengshu.bureau import keys
from chengshu.bureau.models import District, Unit, User
from chengshu.bureau.services import apikeys
from tests import factories

GiveKey = Callable[..., apikeys.NewKey]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """A key of a test that was rolled back must not be known in the next."""
    keys.forget()
    yield
    keys.forget()


@pytest.fixture
def district(db: None) -> District:
    """普陀区 as shipped."""
    return factories.make_district()


@pytest.fixture
def security(district: District) -> User:
    """The security administrator."""
    return factories.make_user("security_admin")


@pytest.fixture
def give(district: District, security: User) -> GiveKey:
    """Give a key: by default to see the registry of the whole district."""

    def made(**changes: Any) -> apikeys.NewKey:
        wanted: dict[str, Any] = {
            "name": "市平台",
            "owner": "市城运中心 王工",
            "unit": factories.unit(district),
            "permissions": ["registry.view"],
            "rate_per_minute": 600,
            "days": 30,
            **changes,
        }
        return apikeys.create_key(by=security, **wanted)

    return made


def caller(secret: str, **headers: str) -> Client:
    """Another system that sends the key."""
    return Client(headers={"authorization": f"Bearer {secret}", **headers})


def squad_of(district: District, town: str) -> Unit:
    """The squad of a town."""
    return factories.unit(district, Unit.Kind.SQUAD, town)
