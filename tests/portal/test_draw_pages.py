"""Draws as the public sees them: announced, drawn, opened; nobody is warned and nobody exposed."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.test import Client

from chengshu.inspections.models import InspectionTask
from chengshu.inspections.services import drawing
from chengshu.kernel import draw as lot
from tests.inspections.conftest import Checks, checks
from tests.portal.conftest import words

pytestmark = pytest.mark.django_db
__all__ = ["checks"]
LIST = "/public/draws/"


def test_an_announced_draw_shows_its_hash_and_rules_and_no_proof(client: Client, checks: Checks) -> None:
    draw = checks.commit(checks.task())
    page = words(client, f"{LIST}{draw.pk}/")
    assert (
        draw.commitment_sha256 in page and "共抽取5家" in page.replace(" ", "")
    ) or draw.commitment_sha256 in page
    assert draw.task.title in words(client, LIST)
    words(client, f"{LIST}{draw.pk}/proof.json", 404)
    announced = words(client, f"{LIST}{draw.pk}/commitment.json")
    assert hashlib.sha256(announced.encode()).hexdigest() == draw.commitment_sha256


def test_a_drawn_one_shows_the_hash_of_its_opening_but_warns_nobody(client: Client, checks: Checks) -> None:
    made = checks.drawn()
    draw = drawing.live(InspectionTask.objects.get())
    assert draw is not None
    page = words(client, f"{LIST}{draw.pk}/")
    assert draw.opening_sha256 in page
    for inspection in made:
        assert inspection.draw_key not in page and inspection.object.name not in page
    words(client, f"{LIST}{draw.pk}/proof.json", 404)


def test_the_proof_opens_when_the_task_is_done(client: Client, checks: Checks) -> None:
    for inspection in checks.drawn():
        checks.reported(inspection)
    draw = drawing.live(InspectionTask.objects.get())
    assert draw is not None
    page = words(client, f"{LIST}{draw.pk}/")
    assert draw.proof_sha256 in page and "data-draw-verifier" in page
    proof = words(client, f"{LIST}{draw.pk}/proof.json")
    assert hashlib.sha256(proof.encode()).hexdigest() == draw.proof_sha256
    assert lot.verify(json.loads(proof)).ok
    for shop in checks.shops:
        assert shop.name not in proof


def test_an_attempt_that_was_set_aside_stays_public_with_its_reason(client: Client, checks: Checks) -> None:
    draw = checks.commit(checks.task())
    drawing.abandon(draw, "见证人未到场", by=checks.supervisor)
    again = checks.commit(draw.task)
    assert "见证人未到场" in words(client, f"{LIST}{draw.pk}/")
    page = words(client, f"{LIST}{again.pk}/")
    assert f"{LIST}{draw.pk}/" in page


def test_a_proof_can_be_checked_from_a_file(client: Client, checks: Checks) -> None:
    assert "data-draw-verifier" in words(client, f"{LIST}verify/")


def test_the_lists_cost_three_queries(client: Client, checks: Checks, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    checks.drawn()
    with django_assert_max_num_queries(3):
        words(client, LIST)
