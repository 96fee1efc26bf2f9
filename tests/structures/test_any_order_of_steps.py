"""Whatever is tried in whatever order: an entry is never in a state that its records do not carry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chengshu.structures.models import Proposal, Structure, Survey
from chengshu.structures.services import disposing, recording
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.services.disposing import Offer

from .conftest import Ledger

MOVES = (
    "survey", "photo before", "photo after", "find illegal", "find legal", "voluntary", "forced", "assisted",
    "write_off", "legalise", "defer", "false_report", "approve", "approve own", "refuse", "relapse",
    "come back", "record", "release", "on_site", "order",
)  # fmt: skip


def move(ledger: Ledger, structure: Structure, name: str) -> None:
    today, officer = timezone.localdate(), ledger.officer
    waiting = Proposal.objects.filter(structure=structure).first()
    if name == "survey":
        ledger.measured(structure)
    elif name.startswith("photo"):
        ledger.photo(structure, name.split()[1], taken_at=timezone.now())
    elif name.startswith("find"):
        recording.find(structure, name.split()[1], by=officer, note="依据")
    elif name in ("voluntary", "forced", "assisted"):
        disposing.demolish(structure, name, by=officer)
    elif name in ("write_off", "legalise", "defer", "false_report"):
        review = today + timedelta(days=9) if name == "defer" else None
        disposing.propose(
            structure, Offer(name, "理由", "证1" if name == "legalise" else "", review), by=officer
        )
    elif name in ("approve", "approve own", "refuse"):
        if waiting is None:
            return
        by = officer if name == "approve own" else ledger.leader
        if name == "approve own":
            Proposal.objects.filter(pk=waiting.pk, decided_at=None).update(proposed_by=ledger.leader)
            by = ledger.leader
        disposing.refuse(waiting, by=by, note="不符") if name == "refuse" else disposing.approve(
            waiting, by=by
        )
    elif name == "relapse":
        disposing.relapse(structure, by=officer, note="复发")
    elif name == "come back":
        disposing.come_back(structure, by=ledger.leader, note="提前复查")
    elif name in ("record", "release"):
        recording.note_in_register(structure, f"{name.rstrip('e')}ed", by=officer, number="注1")
    else:
        recording.take_step(structure, name, by=officer, number="1", deadline=today)


def holds(structure: Structure) -> None:
    approved = {p.kind for p in structure.proposals.filter(approved=True)}
    for one in structure.proposals.exclude(decided_at=None):
        assert one.decided_by_id != one.proposed_by_id
    if structure.written_off_at:
        assert structure.status == "demolished" and "write_off" in approved
        photos = structure.photos.filter(round=structure.relapses)
        assert {"before", "after"} <= {photo.moment for photo in photos}
    if structure.status == "legalised":
        assert structure.permit_number and "legalise" in approved
    if structure.status == "deferred":
        assert structure.review_on and "defer" in approved
    if structure.status == "false":
        assert "false_report" in approved
    if structure.status == "pending":
        assert structure.eliminated_on is None and structure.written_off_at is None
    last = Survey.objects.filter(structure=structure).order_by("-id").first()
    assert structure.area_m2 == (last.area_m2 if last else None)
    steps = list(structure.steps.order_by("seq").values_list("seq", flat=True))
    assert steps == list(range(1, len(steps) + 1))


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(MOVES), min_size=4, max_size=14))
@example(
    names=[
        "survey", "photo before", "voluntary", "photo after", "write_off", "approve own", "approve", "survey",
        "relapse", "voluntary", "photo after", "write_off",
    ]
)  # fmt: skip
@example(
    names=[
        "find illegal",
        "record",
        "defer",
        "approve",
        "come back",
        "legalise",
        "approve",
        "release",
        "relapse",
    ]
)
def test_no_order_of_steps_leads_astray(ledger: Ledger, names: list[str]) -> None:
    structure = ledger.entry(owner_name="王某某")
    for name in names:
        before = ledger.again(structure)
        try:
            with transaction.atomic():
                move(ledger, ledger.again(structure), name)
        except StructureProblem as problem:
            assert str(problem).strip()
            assert ledger.again(structure).version == before.version
        holds(ledger.again(structure))
