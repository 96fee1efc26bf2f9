"""Re-verification on the phone."""

from __future__ import annotations

import pytest

from chengshu.registry.models import RegulatedObject, RoundItem, RoundResult, VerificationRound
from chengshu.registry.services import rounds
from tests import factories
from tests.field.phone import Phone
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(loop: Loop) -> RoundItem:
    """A shop of the squad in an open round."""
    clerk = factories.make_user("registry_clerk")
    shop = factories.make_object(loop.district)
    shops = [factories.object_class(loop.district, "shop")]
    made = rounds.create_round(loop.district, name="秋季核查", classes=shops, by=clerk)
    rounds.open_round(made, by=clerk)
    return RoundItem.objects.get(round=made, object=shop)


def test_the_list_shows_it_and_a_result_takes_it_off(phone: Phone, item: RoundItem) -> None:
    [shown] = phone.get("today").json()["rounds"]
    assert shown["id"] == item.pk and shown["object"]["id"] == item.object_id
    sha = phone.upload()
    result = phone.do(
        "round.verify", {"item": item.pk, "outcome": "unchanged", "note": "", "photo": sha}, files=[sha]
    )
    assert result["outcome"] == "applied" and result["result"]["outcome"] == "unchanged", result
    kept = RoundResult.objects.get()
    assert kept.photo is not None and kept.photo.sha256 == sha and kept.position == factories.IN_CHANGSHOU
    assert phone.get("today").json()["rounds"] == []


def test_corrected_values_are_written(phone: Phone, item: RoundItem) -> None:
    data = {"item": item.pk, "outcome": "corrected", "values": {"address": "长寿路999号"}}
    assert phone.do("round.verify", data)["outcome"] == "applied"
    assert RegulatedObject.objects.get(pk=item.object_id).address == "长寿路999号"


def test_something_newly_found_needs_photo_and_confirmation(phone: Phone, item: RoundItem) -> None:
    sha = phone.upload()
    shop = item.object
    data = {
        "round": item.round_id,
        "object_class": "shop",
        "values": {"name": shop.name, "address": shop.address},
        "photo": sha,
    }
    twin = phone.do("round.verify", data, files=[sha])
    assert twin["outcome"] == "refused"  # very like what is there
    sure = phone.do("round.verify", {**data, "confirmed_new": True}, files=[sha])
    assert sure["outcome"] == "applied" and sure["result"]["outcome"] == "added"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"item": 2**62, "outcome": "unchanged"},
        {"round": 2**62, "object_class": "shop"},
        {"outcome": "unchanged", "item": "one"},
    ],
)
def test_what_is_not_in_the_list_is_refused(phone: Phone, item: RoundItem, data: dict[str, object]) -> None:
    result = phone.do("round.verify", data)
    assert result["outcome"] == "refused" and result["messages"]
    assert not RoundResult.objects.exists() and VerificationRound.objects.count() == 1
