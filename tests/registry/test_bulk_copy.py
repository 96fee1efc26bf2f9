"""Values survive COPY whatever they are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel.copying import copy_rows, copy_text

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
LINES = st.lists(st.tuples(st.none() | TEXT, st.lists(TEXT, max_size=4)), min_size=1, max_size=8)


def through_the_database(rows: list[tuple[Any, ...]], types: str) -> list[tuple[Any, ...]]:
    """The rows as a temporary table gives them back."""
    names = [f"c{number}" for number in range(len(types.split(",")))]
    declared = ", ".join(f"{name} {kind}" for name, kind in zip(names, types.split(","), strict=True))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS copied")
        cursor.execute(f"CREATE TEMP TABLE copied ({declared}, n serial)")
    copy_rows("copied", names, rows)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM copied ORDER BY n")  # noqa: S608
        return list(cursor.fetchall())


@pytest.mark.django_db
@given(rows=LINES)
def test_any_text_comes_back_as_it_was(rows: list[tuple[str | None, list[str]]]) -> None:
    assert through_the_database(rows, "text,text[]") == rows


@pytest.mark.django_db
def test_the_other_kinds_come_back_as_they_were() -> None:
    moment = datetime(2020, 11, 30, 8, 15, 0, 123456, tzinfo=UTC)
    row = (7, -1.5e-7, True, False, Decimal("12.30"), date(2020, 11, 30), moment, [1, None, 3])
    types = "bigint,float8,boolean,boolean,numeric,date,timestamptz,int[]"
    assert through_the_database([row], types) == [row]


def test_a_kind_that_nobody_thought_of_is_refused() -> None:
    with pytest.raises(TypeError, match="COPY of a set"):
        copy_text({1})
