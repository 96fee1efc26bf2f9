"""The pages of tasks, lights, samples and key plots."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from chengshu.bureau.models import Town
from chengshu.structures.models import AnnualTask, Assessment, KeyPlot
from chengshu.structures.services import years

from .conftest import Ledger, square
from .test_pages import signed_in, text
from .test_the_year import WORDS, this_year


def town_id(ledger: Ledger) -> int:
    return Town.objects.get(district=ledger.district, name="长寿路街道").pk


def test_a_quota_is_set_and_its_progress_shown(ledger: Ledger) -> None:
    clerk = signed_in(ledger.clerk)
    assert clerk.get(reverse("structures:quota")).status_code == 200
    values: dict[str, Any] = {"town": town_id(ledger), "year": this_year(), "type": "", "quota": "4"}
    assert clerk.post(reverse("structures:quota"), {**values, "quota": "-1"}).status_code == 422
    clerk.post(reverse("structures:quota"), values)
    assert AnnualTask.objects.get().quota == 4
    ledger.written_off()
    page = text(signed_in(ledger.officer).get(reverse("structures:towns")))
    assert "25%" in page and "黄灯" in page and "抽样核查通过" in page and "未核实" in page
    assert text(clerk.get(reverse("structures:towns"), {"year": "1066"})).count("<h1") == 1


def test_a_sample_from_announcement_to_the_last_check(ledger: Ledger) -> None:
    ledger.written_off()
    client = signed_in(ledger.supervisor)
    values = {
        "town": town_id(ledger), "year": this_year(), "sample": "1", "place": "区政务大厅", "observers": "3",
    }  # fmt: skip
    assert client.post(reverse("structures:announce"), {**values, "sample": "9"}).status_code == 422
    made_at = client.post(reverse("structures:announce"), values)["Location"]
    held = Assessment.objects.get()
    assert held.commitment_sha256 in text(client.get(made_at))
    assert client.post(made_at, {"words": "\n".join(WORDS)}).status_code == 422  # a minute early
    assert client.get(reverse("structures:sample_proof", args=[held.pk])).status_code == 404
    town = Town.objects.get(pk=town_id(ledger))
    Assessment.objects.update(state=Assessment.State.DONE)  # the one of before is not waited for
    before = timezone.now() - timedelta(minutes=2)
    held = years.announce(town, this_year(), 1, "大厅", 3, by=ledger.supervisor, at=before)
    page = reverse("structures:assessment", args=[held.pk])
    assert client.post(page, {"words": "\n".join(WORDS)}).status_code == 302
    proof = client.get(reverse("structures:sample_proof", args=[held.pk]))
    assert json.loads(b"".join(proof.streaming_content))["format"].startswith("chengshu-draw-proof")
    one = held.checks.get()
    client.post(reverse("structures:sample_check", args=[held.pk, one.pk]), {"result": "right"})
    assert str(one.Result.RIGHT.label) in text(client.get(page))
    assert "评估" in text(signed_in(ledger.officer).get(reverse("structures:assessments")))


def test_a_key_plot_from_boundary_to_outcome(ledger: Ledger) -> None:
    client = signed_in(ledger.clerk)
    values = {
        "town": town_id(ledger), "year": this_year(), "name": "苏州河畔地块",
        "boundary": json.dumps(square()),
    }  # fmt: skip
    assert client.post(reverse("structures:plot_new"), {**values, "boundary": "x"}).status_code == 422
    client.post(reverse("structures:plot_new"), values)
    plot = KeyPlot.objects.get()
    do, page = reverse("structures:plot_do", args=[plot.pk]), reverse("structures:plot", args=[plot.pk])
    client.post(do, {"title": "清退租户", "due_on": "2020-06-01"})
    assert "清退租户" in text(client.get(page)) and "已超时" in text(client.get(page))
    client.post(do, {"reached": str(plot.milestones.get().pk)})
    client.post(reverse("structures:plot_change", args=[plot.pk]), {**values, "note": "沿河"})
    client.post(do, {"outcome": "closed"})
    plot.refresh_from_db()
    assert (plot.outcome, plot.note) == ("closed", "沿河") and plot.milestones.get().done_on
    assert "关停" in text(client.get(reverse("structures:plots")))
    assert (
        client.get(reverse("structures:plot_shapes")).json()["features"][0]["properties"]["kind"] == "closed"
    )
    assert client.get(reverse("structures:plot", args=[999])).status_code == 404
