"""What a process remembers is never what somebody has not committed yet."""

from __future__ import annotations

import pytest
from django.db import transaction

from chengshu.bureau.models import District
from chengshu.kernel.memory import Memory
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    """Rolls a transaction back."""


@pytest.fixture
def names() -> Memory[list[str]]:
    """The names of all districts, remembered."""
    memory: Memory[list[str]] = Memory("names of tests", lambda: sorted(_names()))
    memory.follow(District)
    return memory


def _names() -> list[str]:
    return list(District.objects.values_list("name", flat=True))


def rename(district: District, name: str) -> None:
    """Change what is remembered."""
    district.name = name
    district.save(update_fields=["name"])


def test_what_was_rolled_back_is_not_remembered(names: Memory[list[str]]) -> None:
    district = factories.make_district()
    before = names.get()
    with pytest.raises(Undone), transaction.atomic():
        rename(district, "未提交区")
        assert names.get() == ["未提交区"]  # who writes sees it
        raise Undone
    assert names.get() == before


def test_what_a_savepoint_took_back_is_not_remembered(names: Memory[list[str]]) -> None:
    district = factories.make_district()
    before = names.get()
    with transaction.atomic():
        with pytest.raises(Undone), transaction.atomic():
            rename(district, "未提交区")
            names.get()
            raise Undone
        assert names.get() == before
    assert names.get() == before


def test_others_keep_what_was_until_the_commit_and_read_the_new_after_it(names: Memory[list[str]]) -> None:
    district = factories.make_district()
    names.get()
    with transaction.atomic():
        rename(district, "新区名")
        names.get()
        assert names.kept is None
    assert names.get() == ["新区名"]
    assert names.kept is not None and names.kept[1] == ["新区名"]
