"""Verdicts: one a suspect, taken back until sent, samples read twice by two people."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, transaction
from django.db.models import ProtectedError
from hypothesis import given
from hypothesis import strategies as st

from chengshu.sensing import rules as rules_module
from chengshu.sensing.lifecycle import VERDICTS, SecondState, SuspectState
from chengshu.sensing.models import Decision, Suspect
from chengshu.sensing.queries.places import decided_before
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.services import deciding, sending
from tests import factories
from tests.sensing import scene
from tests.sensing.conftest import Sky, fly


@pytest.fixture
def suspect(sky: Sky) -> Suspect:
    sky.compare()
    return sky.suspect()


def every_one_a_sample(sky: Sky) -> None:
    everything = rules_module.rules()
    whole = rules_module.Rules(**{**vars(everything), "second_reader_share": 1.0})
    sky.monkeypatch.setattr(deciding, "rules", lambda: whole)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_is_kept_with_who_and_when(sky: Sky, suspect: Suspect, verdict: str) -> None:
    held = deciding.decide(suspect, verdict, by=sky.clerk, under_construction=True)
    assert (held.state, held.decided_by, held.second) == (verdict, sky.clerk, SecondState.NONE)
    assert held.under_construction is (verdict == SuspectState.LEAD)
    assert Decision.objects.get(suspect=suspect, role="first").verdict == verdict


def test_the_same_request_again_changes_nothing(sky: Sky, suspect: Suspect) -> None:
    for _again in range(2):
        deciding.decide(suspect, "lead", by=sky.clerk, request_key="k1")
    assert Decision.objects.filter(suspect=suspect).count() == 1
    with pytest.raises(SensingProblem):
        deciding.decide(suspect, "no_change", by=sky.clerk, request_key="k1")
    deciding.decide(suspect, "lead", by=sky.clerk)
    with pytest.raises(SensingProblem):
        deciding.decide(suspect, "no_change", by=sky.clerk)
    with pytest.raises(SensingProblem):
        deciding.decide(suspect, "lead", by=sky.dispatcher)


@pytest.mark.parametrize("verdict", ["open", "perhaps", ""])
def test_what_is_no_verdict_is_refused(sky: Sky, suspect: Suspect, verdict: str) -> None:
    with pytest.raises(SensingProblem):
        deciding.decide(suspect, verdict, by=sky.clerk)


def test_who_may_not_decide_is_refused(sky: Sky, suspect: Suspect) -> None:
    with pytest.raises(PermissionDenied):
        deciding.decide(suspect, "lead", by=sky.officer)
    stranger = factories.make_user("dispatcher", factories.unit(factories.make_other_district()))
    with pytest.raises(PermissionDenied):
        deciding.decide(suspect, "lead", by=stranger)


def test_one_takes_back_ones_own_verdict_until_it_is_sent(sky: Sky, suspect: Suspect) -> None:
    deciding.decide(suspect, "lead", by=sky.clerk)
    with pytest.raises(SensingProblem):
        deciding.undo(suspect, by=sky.dispatcher)
    assert deciding.undo(suspect, by=sky.clerk).state == SuspectState.OPEN
    assert deciding.undo(suspect, by=sky.clerk).state == SuspectState.OPEN
    assert list(Decision.objects.values_list("role", flat=True)) == ["first", "undo"]
    deciding.decide(suspect, "lead", by=sky.clerk)
    sending.send(suspect, by=sky.dispatcher)
    with pytest.raises(SensingProblem):
        deciding.undo(suspect, by=sky.clerk)


def test_samples_are_read_by_another_person(sky: Sky, suspect: Suspect) -> None:
    every_one_a_sample(sky)
    assert deciding.decide(suspect, "lead", by=sky.clerk).second == SecondState.DUE
    with pytest.raises(SensingProblem):
        deciding.second_read(suspect, "lead", by=sky.clerk)
    assert deciding.second_read(suspect, "lead", by=sky.dispatcher).second == SecondState.AGREED
    with pytest.raises(SensingProblem):
        deciding.second_read(suspect, "lead", by=sky.dispatcher)
    with pytest.raises(SensingProblem):
        deciding.undo(suspect, by=sky.clerk)


def test_readers_who_disagree_wait_for_a_third(sky: Sky, suspect: Suspect) -> None:
    every_one_a_sample(sky)
    deciding.decide(suspect, "lead", by=sky.clerk)
    assert deciding.second_read(suspect, "no_change", by=sky.dispatcher).second == SecondState.DISAGREED
    with pytest.raises(SensingProblem):
        sending.send(suspect, by=sky.dispatcher)
    with pytest.raises(PermissionDenied):
        deciding.settle(suspect, "lead", by=sky.clerk, note="x")
    with pytest.raises(SensingProblem):
        deciding.settle(suspect, "lead", by=sky.supervisor, note=" ")
    held = deciding.settle(suspect, "no_change", by=sky.supervisor, note="两期均有")
    assert (held.state, held.second) == (SuspectState.NO_CHANGE, SecondState.SETTLED)
    with pytest.raises(SensingProblem):
        deciding.settle(suspect, "lead", by=sky.supervisor, note="x")


def test_whoever_read_it_does_not_settle_it(sky: Sky, suspect: Suspect) -> None:
    every_one_a_sample(sky)
    deciding.decide(suspect, "lead", by=sky.supervisor)
    deciding.second_read(suspect, "unclear", by=sky.dispatcher)
    with pytest.raises(SensingProblem):
        deciding.settle(suspect, "lead", by=sky.supervisor, note="x")


def test_decisions_and_decided_suspects_stay(sky: Sky, suspect: Suspect) -> None:
    deciding.decide(suspect, "lead", by=sky.clerk)
    for attempt in (
        lambda: Decision.objects.update(verdict="no_change"),
        lambda: Decision.objects.all().delete(),
        lambda: Suspect.objects.filter(pk=suspect.pk).delete(),
    ):
        with pytest.raises((ProgrammingError, ProtectedError)), transaction.atomic():
            attempt()
    assert Decision.objects.count() == 1


def test_what_was_decided_before_at_the_same_place_is_found(sky: Sky, suspect: Suspect) -> None:
    from datetime import date

    from shapely.geometry import shape

    deciding.decide(suspect, "known_legal", by=sky.clerk)
    scene.write_mosaic(sky.folder / "july.tif", [scene.HOUSE])
    july = fly(sky.district, sky.clerk, "july", date(2020, 7, 1), dsm="")
    first, sky.before, sky.after = suspect.comparison, sky.after, july
    again = sky.compare(scene.candidate(), has_heights=False)
    new = Suspect.objects.get(comparison=again)
    (earlier,) = decided_before(sky.district.pk, [shape(new.outline)], leaving_out=again.pk)
    assert [one.pk for one in earlier] == [suspect.pk] and earlier[0].comparison == first
    assert decided_before(sky.district.pk, [shape(new.outline)], leaving_out=first.pk) == [[]]
    assert [note["kind"] for note in new.known] == ["suspect"]


@given(
    share=st.floats(0, 1),
    number=st.integers(1, 10**6),
    seed=st.text("0123456789abcdef", min_size=32, max_size=32),
)
def test_who_is_a_sample_depends_on_the_seed_alone(share: float, number: int, seed: str) -> None:
    class One:
        comparison: Any = type("C", (), {"seed": seed})

    one: Any = One()
    one.number = number
    assert deciding.is_sample(one) == deciding.is_sample(one)
