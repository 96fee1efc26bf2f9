"""Simple cases of the phone: the team of the tests of cases, on the morning when the records arrive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.cases.conftest import district as district
from tests.cases.conftest import team as team
from tests.field.simple.sending import RECEIVED


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(RECEIVED):
        yield
