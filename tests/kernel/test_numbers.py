"""Numbers without gaps."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections, transaction

from chengshu.kernel.numbers import (
    NumberProblem,
    document_number,
    next_number,
    running_number,
    upcoming_number,
)

PENALTY = "{authority}{kind}〔{year}〕第{seq:06d}号"


@pytest.mark.django_db(transaction=True)
def test_threads_of_which_half_fail_leave_no_gap_and_no_double() -> None:
    taken: list[int] = []
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        try:
            for step in range(20):
                try:
                    with transaction.atomic():
                        mine = next_number("penalty/2021")
                        if (step + number) % 2:
                            raise RuntimeError
                except RuntimeError:
                    continue
                taken.append(mine)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 81))


@pytest.mark.django_db
def test_series_and_districts_count_apart() -> None:
    assert [next_number("a"), next_number("a"), next_number("b")] == [1, 2, 1]
    assert [next_number("a", district_id=1), next_number("a", district_id=2), next_number("a")] == [1, 1, 3]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_no_number_is_given() -> None:
    with pytest.raises(NumberProblem):
        next_number("a")


@pytest.mark.django_db
def test_document_numbers_follow_their_template() -> None:
    parts: dict[str, Any] = {"authority": "沪普城管", "kind": "罚决字", "year": 2021}
    assert document_number(PENALTY, **parts) == "沪普城管罚决字〔2021〕第000001号"
    assert document_number(PENALTY, **parts) == "沪普城管罚决字〔2021〕第000002号"
    assert document_number(PENALTY, **{**parts, "year": 2022}) == "沪普城管罚决字〔2022〕第000001号"
    assert document_number(PENALTY, **parts, district_id=7) == "沪普城管罚决字〔2021〕第000001号"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("第1号", {}),
        ("{seq}{seq}", {}),
        ("{year}第{seq}号", {}),
        ("{seq", {}),
        ("{0}{seq}", {}),
        ("{year.__class__}{seq}", {"year": 2021}),
        ("{seq:06x", {}),
        ("{year:d}{seq}", {"year": "二〇二一"}),
        ("{year}{seq}", {"year": "长" * 200}),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(template: str, parts: dict[str, Any]) -> None:
    with pytest.raises(NumberProblem):
        document_number(template, **parts)


@pytest.mark.django_db
def test_the_upcoming_number_is_told_and_not_taken() -> None:
    parts: dict[str, Any] = {"authority": "沪普城管", "kind": "罚决字", "year": 2021}
    told = upcoming_number(PENALTY, **parts)
    assert told == upcoming_number(PENALTY, **parts) == document_number(PENALTY, **parts)
    assert running_number(PENALTY, upcoming_number(PENALTY, **parts), **parts) == 2
    with pytest.raises(NumberProblem, match="lacks"):
        upcoming_number(PENALTY, year=2021)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("沪普城管罚决字〔2021〕第000012号", 12),
        ("沪普城管罚决字〔2021〕第12号", 12),
        ("沪普城管罚决字〔2020〕第000012号", None),
        ("沪普城管罚决字〔2021〕第1２号", None),
        ("x沪普城管罚决字〔2021〕第12号", None),
    ],
)
def test_the_running_number_is_read_only_from_numbers_of_the_series(text: str, number: int | None) -> None:
    assert running_number(PENALTY, text, authority="沪普城管", kind="罚决字", year=2021) == number
