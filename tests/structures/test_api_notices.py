"""Who hears of a disposal that waits, of the decision on it, and of a deferral that is over."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from chengshu.bureau.models import Notice, User
from chengshu.bureau.notices import kinds
from chengshu.structures.models import Structure
from chengshu.structures.services import disposing, telling
from chengshu.structures.services.disposing import Offer
from tests import factories
from tests.structures.conftest import Ledger

pytestmark = pytest.mark.django_db


def heard(kind: str) -> set[User]:
    """Who has a notice of the kind."""
    return {row.recipient for row in Notice.objects.filter(kind=kind).select_related("recipient")}


def deferred(ledger: Ledger, days: int = 9) -> Structure:
    """An entry deferred for some days."""
    day = timezone.localdate() + timedelta(days=days)
    return ledger.disposed(ledger.found_illegal(ledger.entry()), "defer", review_on=day)


@pytest.mark.parametrize("kind", ["write_off", "legalise", "defer"])
def test_whoever_may_decide_hears_of_a_proposed_disposal(ledger: Ledger, kind: str) -> None:
    structure = ledger.demolished() if kind == "write_off" else ledger.found_illegal(ledger.entry())
    more = {
        "legalise": {"permit_number": "沪建1号"},
        "defer": {"review_on": timezone.localdate() + timedelta(days=9)},
    }
    ledger.offer(structure, kind, **more.get(kind, {}))
    assert heard(telling.PROPOSED) == {ledger.leader, ledger.chief}
    notice = Notice.objects.filter(kind=telling.PROPOSED)[0]
    assert structure.number in notice.title and notice.url.endswith(f"/{structure.pk}/")
    assert structure.address not in notice.title + notice.text


def test_who_proposed_is_not_asked_to_decide_but_hears_the_decision(ledger: Ledger) -> None:
    structure = ledger.found_illegal(ledger.entry())
    offer = Offer("legalise", "已补办", permit_number="沪建1号")
    proposal = disposing.propose(structure, offer, by=ledger.leader)
    assert heard(telling.PROPOSED) == {ledger.chief}
    disposing.refuse(proposal, by=ledger.chief, note="许可证不符")
    assert heard(telling.DECIDED) == {ledger.leader}
    assert Notice.objects.get(kind=telling.DECIDED).level == "warn"


def test_leaders_of_other_squads_hear_nothing(ledger: Ledger) -> None:
    other = factories.make_user("squad_leader", factories.unit(ledger.district, "squad", "桃浦镇"))
    ledger.offer(ledger.demolished(), "write_off")
    assert other not in heard(telling.PROPOSED)


def test_those_who_can_act_hear_when_a_deferral_is_over_once(ledger: Ledger) -> None:
    structure = deferred(ledger)
    with_day = timezone.localdate()
    Structure.objects.filter(pk=structure.pk).update(review_on=with_day, version=structure.version + 1)
    assert disposing.come_back_all() == 1
    assert heard(telling.CAME_BACK) == {ledger.officer, ledger.leader}
    assert disposing.come_back_all() == 0
    assert Notice.objects.filter(kind=telling.CAME_BACK).count() == 2


def test_a_deferral_ended_early_by_a_person_is_no_news(ledger: Ledger) -> None:
    disposing.come_back(deferred(ledger), by=ledger.leader, note="事由消除")
    assert not heard(telling.CAME_BACK)


def test_what_lies_long_ago_is_no_news(ledger: Ledger) -> None:
    long_ago: datetime = timezone.now() - timedelta(days=5)
    structure = ledger.found_illegal(ledger.entry(), at=timezone.now() - timedelta(days=6))
    offer = Offer("legalise", "已补办", permit_number="沪建1号")
    proposal = disposing.propose(structure, offer, by=ledger.officer, at=long_ago)
    disposing.approve(proposal, by=ledger.leader, at=long_ago)
    assert not Notice.objects.exists()


def test_the_kinds_can_be_chosen_by_a_unit() -> None:
    assert set(telling.KINDS) <= set(kinds())
