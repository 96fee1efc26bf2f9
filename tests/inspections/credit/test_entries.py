"""Dishonesty entries: the party is heard, another person decides, and every entry ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from chengshu.inspections.credit.lifecycle import ENTRY_TABLE, EntryAction, EntryState
from chengshu.inspections.credit.services import classes, entries
from chengshu.inspections.credit.services.entries import EntryDraft
from chengshu.inspections.models import CreditStep, DishonestyEntry
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel import ledger
from tests import factories

from .conftest import Credit, days_ago

pytestmark = pytest.mark.django_db
A, E = EntryAction, EntryState


def proposed(credit: Credit, **stated: Any) -> DishonestyEntry:
    values = {
        "ground": "general_penalty",
        "facts": "普通程序处罚",
        "measures": ["more_inspections"],
        **stated,
    }
    case = values.pop("case", None) or credit.case()
    return entries.propose(credit.district, EntryDraft(case=case, **values), by=credit.legal)


def published(credit: Credit) -> DishonestyEntry:
    entry = entries.notify(proposed(credit), timezone.localdate(), by=credit.legal)
    entries.state(entry, "无意见", timezone.localdate(), by=credit.legal)
    entry = entries.decide(entry, by=credit.chief, enter=True, reason="事实清楚")
    return entries.publish(entry, by=credit.chief)


def in_state(entry: DishonestyEntry, state: str) -> DishonestyEntry:
    today = timezone.localdate()
    DishonestyEntry.objects.filter(pk=entry.pk).update(
        state=state,
        notified_on=today,
        statement_on=today,
        decided_on=today,
        shown_from=today,
        shown_until=today,
    )
    entry.refresh_from_db()
    return entry


def take(entry: DishonestyEntry, action: EntryAction, credit: Credit) -> Any:
    today = timezone.localdate()
    return {
        A.NOTIFY: lambda: entries.notify(entry, today, by=credit.legal),
        A.STATE: lambda: entries.state(entry, "无意见", today, by=credit.legal),
        A.DECIDE: lambda: entries.decide(entry, by=credit.chief, enter=True, reason="理由"),
        A.REFUSE: lambda: entries.decide(entry, by=credit.chief, enter=False, reason="理由"),
        A.PUBLISH: lambda: entries.publish(entry, by=credit.chief),
        A.REPAIR: lambda: entries.repaired(entry, by=credit.chief, repair=1),
        A.REVOKE: lambda: entries.revoke(entry, "理由", by=credit.chief),
        A.WITHDRAW: lambda: entries.withdraw(entry, "理由", by=credit.legal),
    }[action]()


def test_every_step_that_the_table_does_not_name_is_refused_and_every_other_goes(credit: Credit) -> None:
    entry = proposed(credit)
    for action in set(ENTRY_TABLE) - {A.END}:
        for state in EntryState:
            in_state(entry, state)
            if state in ENTRY_TABLE[action]:
                assert take(entry, action, credit).state == ENTRY_TABLE[action][state]
            else:
                with pytest.raises(InspectionProblem, match="not possible"):
                    take(entry, action, credit)


def test_an_entry_from_proposal_to_the_end_of_its_term(credit: Credit) -> None:
    entry = published(credit)
    assert (entry.level, entry.party_name) == ("ordinary", "上海示例餐饮有限公司")
    assert entry.shown_until is not None and entry.publish_by is not None
    assert entries.end_by_term(entry.shown_until) == 0
    assert entries.end_by_term(entry.shown_until + timedelta(days=1)) == 1
    entry.refresh_from_db()
    assert (entry.state, entry.ended_on) == (E.ENDED, entry.shown_until)
    actions = list(CreditStep.objects.filter(chain=entry.chain).values_list("action", flat=True))
    assert actions == ["propose", "notify", "state", "decide", "publish", "end"]
    assert ledger.verify_chain(entry.chain).ok


def test_nothing_is_decided_before_the_party_was_heard_or_its_time_is_over(credit: Credit) -> None:
    entry = entries.notify(proposed(credit), timezone.localdate(), by=credit.legal)
    with pytest.raises(InspectionProblem, match="may state its case"):
        entries.decide(entry, by=credit.chief, enter=True, reason="理由")
    DishonestyEntry.objects.filter(pk=entry.pk).update(statement_by=days_ago(1))
    assert entries.decide(entry, by=credit.chief, enter=True, reason="理由").state == E.DECIDED


def test_whoever_proposed_does_not_decide(credit: Credit) -> None:
    entry = entries.notify(proposed(credit), timezone.localdate(), by=credit.legal)
    with pytest.raises(PermissionDenied):
        entries.decide(entry, by=credit.legal, enter=False, reason="理由")
    DishonestyEntry.objects.filter(pk=entry.pk).update(proposed_by=credit.chief)
    with pytest.raises(InspectionProblem, match="cannot decide"):
        entries.decide(entry, by=credit.chief, enter=False, reason="理由")


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"ground": "unknown"}, "grounds"),
        ({"measures": []}, "permits"),
        ({"measures": ["market_limits"]}, "permits"),
        ({"facts": " "}, "happened"),
        ({"party_key": "7"}, "no such party"),
    ],
)
def test_a_draft_that_the_data_does_not_allow_is_refused(
    credit: Credit, stated: dict[str, Any], says: str
) -> None:
    with pytest.raises(InspectionProblem, match=says):
        proposed(credit, **stated)


def test_penalties_of_the_simple_procedure_are_no_ground(credit: Credit) -> None:
    with pytest.raises(InspectionProblem, match="general procedure"):
        proposed(credit, case=credit.case(procedure="simple"))
    with pytest.raises(InspectionProblem, match="needs the case"):
        draft = EntryDraft("general_penalty", "事实", ["more_inspections"], object=credit.shop)
        entries.propose(credit.district, draft, by=credit.legal)


def test_serious_grounds_permit_the_measures_of_serious_entries(credit: Credit) -> None:
    entry = proposed(credit, ground="able_but_refusing", measures=["market_limits", "more_inspections"])
    assert entry.level == "serious"


def test_one_entry_for_one_ground_and_case(credit: Credit) -> None:
    case = credit.case()
    proposed(credit, case=case)
    with pytest.raises(InspectionProblem, match="under way"):
        proposed(credit, case=case)


def test_a_published_entry_counts_for_the_class(credit: Credit) -> None:
    published(credit)
    classes.assess_district(credit.district)
    row = credit.open_proposal()
    assert row.proposed == "C"
    assert "entry_ordinary" in {ground["kind"] for ground in row.grounds}


def test_each_statement_is_kept_whole_and_one_too_long_is_refused(credit: Credit) -> None:
    entry = entries.notify(proposed(credit), timezone.localdate(), by=credit.legal)
    first, second = "一" * 1990, "二" * 1990
    entries.state(entry, first, timezone.localdate(), by=credit.legal)
    entry = entries.state(entry, second, timezone.localdate(), by=credit.legal)
    entry.refresh_from_db()
    assert entry.statement == f"{first}\n{second}"
    with pytest.raises(InspectionProblem, match="2001 characters; shorten it to 2000"):
        entries.state(entry, "三" * 2001, timezone.localdate(), by=credit.legal)
    entry.refresh_from_db()
    assert "三" not in entry.statement


def test_no_reason_is_cut_off(credit: Credit) -> None:
    entry = entries.notify(proposed(credit), timezone.localdate(), by=credit.legal)
    with pytest.raises(InspectionProblem, match="shorten it"):
        entries.withdraw(entry, "长" * 1001, by=credit.legal)
    entry = entries.withdraw(entry, "长" * 1000, by=credit.legal)
    entry.refresh_from_db()
    assert len(entry.end_reason) == 1000


def test_a_squad_leader_proposes_only_for_the_own_squad(credit: Credit) -> None:
    elsewhere = factories.make_user("squad_leader", factories.unit(credit.district, "squad", "桃浦镇"))
    draft = EntryDraft("general_penalty", "事实", ["more_inspections"], case=credit.case())
    with pytest.raises(PermissionDenied):
        entries.propose(credit.district, draft, by=elsewhere)
