"""Leads on the phone, from the report on the way to the re-check of an order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chengshu.leads import services
from chengshu.leads.models import Lead, LeadAttachment
from tests import factories
from tests.field.phone import Phone
from tests.leads.conftest import STALL, Loop

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(loop: Loop) -> Lead:
    """Sent to the squad."""
    return loop.lead(route=True)


def test_what_is_found_on_the_way_becomes_a_lead(phone: Phone, loop: Loop) -> None:
    sha = phone.upload()
    at = timezone.now() - timedelta(minutes=40)
    result = phone.do(
        "lead.report",
        {"class": STALL, "description": "占道设摊", "address": "", "photos": [sha]},
        files=[sha],
        at=at,
    )
    assert result["outcome"] == "applied", result
    made = Lead.objects.get(pk=result["result"]["lead"])
    assert made.number == result["result"]["number"] and made.squad == loop.squad
    assert made.position == factories.IN_CHANGSHOU  # where the officer stood
    assert abs((made.reported_at - at).total_seconds()) < 1
    attachment = LeadAttachment.objects.get(lead=made)
    assert attachment.moment == "filing" and attachment.file.sha256 == sha and attachment.taken_at


def test_a_photo_comes_along_from_another_squads_streets_too(phone: Phone, loop: Loop) -> None:
    sha = phone.upload()
    data = {"class": STALL, "description": "占道设摊", "photos": [sha]}
    result = phone.do("lead.report", data, files=[sha], position=factories.IN_TAOPU)
    assert result["outcome"] == "applied", result
    assert Lead.objects.get().squad == loop.other_squad and LeadAttachment.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({"class": STALL}, "description"),
        ({"class": "NONE", "description": "x"}, "NONE"),
        ({"class": STALL, "description": "x", "photos": ["ab" * 32]}, "未列入清单"),
        ({"class": STALL, "description": "x", "position": {"lng": 200, "lat": 1}}, "position"),
        ({"class": STALL, "description": "x", "object": 10**30}, "object"),
    ],
)
def test_a_report_that_does_not_fit_is_refused_in_words(
    phone: Phone, data: dict[str, object], word: str
) -> None:
    result = phone.do("lead.report", data)
    assert result["outcome"] == "refused" and word in result["messages"][0]
    assert not Lead.objects.exists()


def test_accepted_reached_and_handled_with_photos_in_one_batch(phone: Phone, lead: Lead) -> None:
    start = timezone.now() - timedelta(minutes=10)
    sha = phone.upload()
    phone.record("lead.accept", {"lead": lead.pk}, at=start)
    phone.record("lead.arrive", {"lead": lead.pk}, at=start + timedelta(minutes=5))
    phone.record(
        "lead.handle",
        {
            "lead": lead.pk,
            "outcome": "advised",
            "note": "当场劝离",
            "photos": [{"sha256": sha, "moment": "closing"}],
        },
        files=[sha],
        at=start + timedelta(minutes=9),
    )
    answer = phone.send()
    assert [one["outcome"] for one in answer["results"]] == ["applied"] * 3, answer
    lead.refresh_from_db()
    assert (lead.stage, lead.outcome, lead.officer_id) == ("handled", "advised", phone.user.pk)
    assert lead.accepted_at and lead.arrived_at
    assert abs((lead.accepted_at - start).total_seconds()) < 1
    assert abs((lead.arrived_at - start).total_seconds() - 300) < 1
    assert answer["results"][-1]["result"]["stage"] == "handled"


def test_a_refused_handling_leaves_no_photo_behind(phone: Phone, lead: Lead) -> None:
    sha = phone.upload()
    result = phone.do(
        "lead.handle",
        {"lead": lead.pk, "outcome": "advised", "note": "当场劝离", "photos": [sha]},
        files=[sha],
    )
    assert result["outcome"] == "refused" and "处置反馈" in result["messages"][0]  # not accepted yet
    assert not LeadAttachment.objects.exists()


def test_an_order_and_its_re_check(phone: Phone, lead: Lead) -> None:
    phone.do("lead.accept", {"lead": lead.pk})
    sha = phone.upload()
    today = str(timezone.localdate())
    ordered = phone.do(
        "lead.order",
        {"lead": lead.pk, "recheck_on": today, "note": "责令清理", "photos": [sha]},
        files=[sha],
    )
    assert ordered["outcome"] == "applied", ordered
    assert LeadAttachment.objects.get().moment == "filing"
    missing = phone.do("lead.recheck", {"lead": lead.pk, "complied": True, "note": "已清理", "photos": []})
    assert missing["outcome"] == "refused"  # its class asks for a photo after handling
    other = phone.upload()
    done = phone.do(
        "lead.recheck",
        {"lead": lead.pk, "complied": True, "note": "已清理", "photos": [other]},
        files=[other],
    )
    assert done["outcome"] == "applied" and done["result"]["stage"] == "handled"


def test_somebody_was_quicker(phone: Phone, lead: Lead, loop: Loop) -> None:
    services.transfer(lead, loop.other_squad, by=loop.leader, note="不在辖区")
    result = phone.do("lead.accept", {"lead": lead.pk})
    assert result["outcome"] == "refused" and "没有该线索" in result["messages"][0]


@pytest.mark.parametrize("kind", ["accept", "arrive", "handle", "order", "recheck"])
def test_no_action_on_a_lead_that_is_not_there(phone: Phone, kind: str) -> None:
    data = {"lead": 2**62, "outcome": "advised", "note": "x", "recheck_on": "2030-01-01", "complied": True}
    result = phone.do(f"lead.{kind}", data)
    assert result["outcome"] == "refused" and "没有该线索" in result["messages"][0]


def test_what_is_lawful_is_reported_with_its_permit_and_needs_no_photo(phone: Phone, lead: Lead) -> None:
    phone.do("lead.accept", {"lead": lead.pk})
    silent = phone.do("lead.handle", {"lead": lead.pk, "outcome": "legal", "note": " "})
    assert silent["outcome"] == "refused" and "许可证号" in silent["messages"][0]
    said = phone.do("lead.handle", {"lead": lead.pk, "outcome": "legal", "note": "沪普建(2020)0012号"})
    assert said["outcome"] == "applied", said
    lead.refresh_from_db()
    assert (lead.stage, lead.outcome) == ("handled", "legal")
