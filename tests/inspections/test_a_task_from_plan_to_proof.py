"""The whole way: planned, announced, drawn, inspected; the proof opens and verifies."""

from __future__ import annotations

import json

import pytest

from chengshu.inspections.lifecycle import DrawState, TaskState
from chengshu.inspections.models import InspectionTask
from chengshu.inspections.services import drawing
from chengshu.kernel import draw as lot
from chengshu.kernel import files
from tests.inspections.conftest import Checks

pytestmark = pytest.mark.django_db


def test_a_task_is_done_with_its_last_inspection_and_its_proof_opens(checks: Checks) -> None:
    task = checks.task()
    made = checks.drawn(task)
    assert len(made) == 5
    assert all(inspection.team.count() == 2 for inspection in made)
    for inspection in made[:-1]:
        checks.reported(inspection)
    task.refresh_from_db()
    assert (task.state, task.done_count) == (TaskState.DRAWN, 4)
    draw = drawing.live(task)
    assert draw is not None and draw.proof is None
    checks.reported(made[-1])
    task.refresh_from_db()
    draw.refresh_from_db()
    assert task.state == TaskState.DONE
    assert draw.state == DrawState.OPENED
    with files.open_verified(draw.proof) as content:
        proof = json.load(content)
    report = lot.verify(proof)
    assert report.ok, [check for check in report.checks if not check.passed]
    assert lot.proof_sha256(proof) == draw.proof_sha256
    assert lot.opening_sha256(proof) == draw.opening_sha256


def test_an_inspected_shop_proves_its_own_key_and_no_name_stands_in_the_proof(checks: Checks) -> None:
    made = checks.drawn()
    for inspection in made:
        checks.reported(inspection)
    task = InspectionTask.objects.get()
    draw = drawing.live(task)
    assert draw is not None
    with files.open_verified(draw.proof) as content:
        text = content.read().decode()
    for shop in checks.shops:
        assert shop.name not in text and shop.address not in text
    shown = made[0]
    from chengshu.inspections.services.freezing import object_identity

    status = lot.verify_key(json.loads(text), shown.draw_salt, object_identity("310107", shown.object_id))
    assert status.drawn


def test_a_withdrawn_shop_is_followed_by_the_next_in_line(checks: Checks) -> None:
    made = checks.drawn()
    follower = drawing.withdraw(made[0], "closed", by=checks.supervisor, note="已关店")
    assert follower is not None
    assert follower.object_id not in {inspection.object_id for inspection in made}
    made[0].refresh_from_db()
    assert made[0].state == "withdrawn"
    for inspection in [*made[1:], follower]:
        checks.reported(inspection)
    draw = drawing.live(InspectionTask.objects.get())
    assert draw is not None
    report = lot.verify(drawing.proof_of(draw))
    assert report.ok


def test_a_replaced_officer_is_followed_by_whom_the_proof_names(checks: Checks) -> None:
    made = checks.drawn()
    leaving = checks.member(made[0])
    drawing.withdraw(made[0], "recusal", by=checks.supervisor, officer=leaving)
    team = made[0].team.filter(replaced_at=None)
    assert team.count() == 2
    assert leaving.pk not in {member.user_id for member in team}
