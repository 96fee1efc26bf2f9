"""Draws as the public sees them: announced, drawn, opened; nobody is warned and nobody exposed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.inspections.models import InspectionTask
from chengshu.inspections.services import drawing
from chengshu.kernel import draw as lot
from tests.inspections.conftest import WORDS, Checks, checks
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


def test_a_drawn_attempt_that_was_set_aside_is_checked_like_the_one_that_counts(
    client: Client, checks: Checks
) -> None:
    task = checks.task()
    checks.drawn(task)
    first = drawing.live(task)
    assert first is not None
    drawing.abandon(first, "名单有误，联系 13812345678", by=checks.supervisor)
    task.refresh_from_db()
    again = checks.commit(task, timezone.now() - timedelta(minutes=5))
    made = drawing.perform(again, [{"value": list(WORDS)}], by=checks.supervisor)
    before = words(client, f"{LIST}{first.pk}/")
    assert "一并公开" in before and "data-draw-verifier" not in before
    words(client, f"{LIST}{first.pk}/proof.json", 404)
    for inspection in made:
        checks.reported(inspection)
    first.refresh_from_db()
    page = words(client, f"{LIST}{first.pk}/")
    assert "data-draw-verifier" in page and first.proof_sha256 in page and "名单有误" in page
    proof = words(client, f"{LIST}{first.pk}/proof.json")
    assert lot.verify(json.loads(proof), {"opening": first.opening_sha256}).ok
    for address in (f"{LIST}{first.pk}/", f"{LIST}{again.pk}/", f"{LIST}{again.pk}/commitment.json"):
        assert "13812345678" not in words(client, address)


def test_draws_are_open_data_with_a_row_for_every_attempt(client: Client, checks: Checks) -> None:
    draw = checks.commit(checks.task())
    drawing.abandon(draw, "见证人未到场，电话 13812345678", by=checks.supervisor)
    again = checks.commit(draw.task)
    rows = list(csv.DictReader(io.StringIO(words(client, "/public/data/draws.csv"))))
    assert [(row["task"], row["attempt"]) for row in rows] == [
        (draw.task.number, "1"), (draw.task.number, "2")
    ]  # fmt: skip
    assert rows[0]["set_aside_because"] == "见证人未到场，电话 138****5678"
    assert (rows[1]["state"], rows[1]["to_draw"], rows[1]["opening"]) == ("committed", "5", "")
    assert rows[1]["commitment"] == again.commitment_sha256


def test_a_proof_can_be_checked_from_a_file(client: Client, checks: Checks) -> None:
    assert "data-draw-verifier" in words(client, f"{LIST}verify/")


def test_the_lists_cost_three_queries(client: Client, checks: Checks, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    checks.drawn()
    with django_assert_max_num_queries(3):
        words(client, LIST)
