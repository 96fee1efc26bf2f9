"""Officers with phones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chengshu.field import kinds
from chengshu.field.kinds import Done, Sent
from tests.field.phone import Phone
from tests.inspections.conftest import checks as checks
from tests.leads.conftest import Loop
from tests.leads.conftest import loop as loop


@pytest.fixture(autouse=True)
def _pieces_apart(settings: Any, tmp_path: Path) -> None:
    """Each test has its own folder of unfinished files."""
    settings.FIELD_UPLOADS = tmp_path / "uploads"


@pytest.fixture
def phone(loop: Loop) -> Phone:
    """The phone of the squad's officer."""
    return Phone(loop.officer)


@pytest.fixture
def carried_out() -> Iterator[list[Sent]]:
    """Kinds for tests: ``test.note`` is carried out and remembered, ``test.refuse`` refused, ``test.break``
    breaks."""
    done: list[Sent] = []

    def keep(sent: Sent) -> Done:
        done.append(sent)
        return Done(result={"n": sent.data.get("n")})

    def refuse(sent: Sent) -> Done:
        done.append(sent)
        raise kinds.RecordRefused("不可以")

    def fail(sent: Sent) -> Done:
        raise RuntimeError("a fault of ours")

    known = dict(kinds._kinds)
    kinds.register("test.note", "field.use")(keep)
    kinds.register("test.refuse", "field.use")(refuse)
    kinds.register("test.break", "field.use")(fail)
    yield done
    kinds._kinds.clear()
    kinds._kinds.update(known)
