"""Whom to send: pure ranking, whatever the candidates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chengshu.desk.command.offers import Candidate, rank
from chengshu.desk.command.settings import settings, shift_at

NOW = datetime(2026, 5, 6, 10, tzinfo=UTC)
HERE = (121.43, 31.24)
FRESH = timedelta(minutes=15)


def officer(number: int, **values: object) -> Candidate:
    given_values = {"squad": 1, "position": HERE, "at": NOW, "accepted": 0, "waiting": 0, **values}
    return Candidate(id=number, name=f"队员{number}", duty="patrol", **given_values)  # type: ignore[arg-type]


def order(*candidates: Candidate, squad: int | None = 1, most: int = 9) -> list[int]:
    offers = rank(candidates, HERE, squad, now=NOW, stale_after=FRESH, most=most)
    return [offer.officer.id for offer in offers]


def test_the_squad_of_the_town_comes_before_a_nearer_stranger() -> None:
    assert order(officer(1, squad=2), officer(2, position=(121.5, 31.3))) == [2, 1]


def test_a_free_officer_comes_before_a_nearer_busy_one() -> None:
    assert order(officer(1, accepted=1), officer(2, position=(121.5, 31.3))) == [2, 1]


def test_the_nearer_comes_first_and_an_old_or_unknown_position_last() -> None:
    far, near = officer(1, position=(121.5, 31.3)), officer(2, position=(121.431, 31.24))
    old, unknown = officer(3, at=NOW - timedelta(hours=2)), officer(4, position=None, at=None)
    assert order(unknown, old, far, near) == [2, 1, 3, 4]


def test_at_the_same_place_the_less_loaded_comes_first() -> None:
    assert order(officer(1, waiting=2), officer(2)) == [2, 1]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3), st.integers(0, 2), st.integers(0, 2), st.floats(0, 0.2), st.integers(0, 40)
        ),
        max_size=30,
    )
)
def test_the_order_does_not_depend_on_the_order_of_the_roster(
    drawn: list[tuple[int, int, int, float, int]],
) -> None:
    candidates = [
        officer(
            number, squad=squad, accepted=accepted, waiting=waiting, position=(HERE[0] + east, HERE[1]),
            at=NOW - timedelta(minutes=age),
        )
        for number, (squad, accepted, waiting, east, age) in enumerate(drawn)
    ]  # fmt: skip
    ranked = order(*candidates)
    assert ranked == order(*reversed(candidates))
    assert len(ranked) == min(9, len(candidates))
    own = [number for number in ranked if candidates[number].squad == 1]
    assert ranked[: len(own)] == own


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_every_moment_belongs_to_one_shift(moment: datetime) -> None:
    shift, day = shift_at(moment)
    begins, ends = shift.on(day)
    assert begins <= moment < ends
    others = [other for other in settings().shifts if other != shift]
    assert all(not (other.on(day)[0] <= moment < other.on(day)[1]) for other in others)
