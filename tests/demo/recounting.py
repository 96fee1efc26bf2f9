"""What stands with the leads, counted again from the history that the database has written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.demo.leads import Planned, plan_of
from chengshu.leads.lifecycle import Action, Stage
from chengshu.leads.models import Lead, LeadStep
from chengshu.leads.statistics.recount import differences

STAMPS = {
    "registered_at": (Action.REGISTER, Action.REOPEN), "dispatched_at": (Action.DISPATCH, Action.TRANSFER),
    "accepted_at": (Action.ACCEPT,), "verified_at": (Action.VERIFY,), "closed_at": (Action.CLOSE,),
}  # fmt: skip
COUNTED = {
    "returned": Action.RETURN, "rejected": Action.REJECT, "reopened": Action.REOPEN, "urged": Action.URGE,
}  # fmt: skip


def everything_has_ended(district: District, planned: Sequence[Planned]) -> None:
    """Nothing lost, nothing stuck, every lead with an outcome, and the figures are those of the history."""
    assert set(Lead.objects.values_list("source_ref", flat=True)) == {one.ref for one in planned}
    assert not Lead.objects.exclude(stage=Stage.CLOSED).exists()
    assert not Lead.objects.filter(outcome="").exists()
    assert set(Lead.objects.values_list("source", flat=True)) == set(plan_of(district.code)["sources"])
    recount(district)
    assert differences(district, None, None, timezone.now()) == []


def recount(district: District) -> None:
    """What stands with the leads is what the history says, lead by lead and in all."""
    steps: dict[int, list[LeadStep]] = {}
    for step in LeadStep.objects.filter(district=district).order_by("lead_id", "version"):
        steps.setdefault(step.lead_id, []).append(step)
    outcomes: Counter[str] = Counter()
    for lead in Lead.objects.filter(district=district):
        history = steps[lead.pk]
        assert len(history) == lead.version
        assert (history[-1].stage, history[-1].outcome) == (lead.stage, lead.outcome)
        counted = Counter(step.action for step in history)
        for name, action in COUNTED.items():
            assert getattr(lead, name) == counted[action]
        for name, actions in STAMPS.items():
            last = [step.at for step in history if step.action in actions]
            if last and getattr(lead, name) is not None:
                assert getattr(lead, name) == last[-1]
        outcomes[history[-1].outcome] += 1
    assert sum(outcomes.values()) == Lead.objects.filter(district=district).count()
