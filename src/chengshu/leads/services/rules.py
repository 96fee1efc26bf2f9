"""Routing rules as a bureau sets them up: each change is a version, and stands in the ledger."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.kernel import ledger
from chengshu.leads.models import RoutingRule
from chengshu.leads.routing import RuleProblem, check_condition

from .changing import LeadProblem

PERMISSION = "leads.configure"
STEP = 10
"""Distance between the orders of two rules."""
Target = RoutingRule.Target


def chain(district_id: int) -> str:
    """The ledger's chain of a district's routing rules."""
    return f"leads.rules:{district_id}"


def require_setup(by: User, district_id: int) -> None:
    """Rules and classes hold for the whole district. Raises PermissionDenied for anybody else."""
    if district_id not in by.scope_for(PERMISSION).districts:
        raise PermissionDenied(PERMISSION)


@transaction.atomic
def save_rule(rule: RoutingRule, district: District, by: User) -> RoutingRule:
    """Store a new or changed rule as its next version. Raises `LeadProblem` for one that cannot work."""
    require_setup(by, district.pk)
    before = _stored(rule.pk)
    if before is not None and before["district"] != district.pk:
        raise PermissionDenied(PERMISSION)
    rule.district = district
    check_rule(rule)
    if before is None:
        last = RoutingRule.objects.filter(district=district).order_by("-order").first()
        rule.order = (last.order if last else 0) + STEP
        rule.version = 1
    _store(rule, before, "rule.changed" if before else "rule.added", by)
    return rule


def check_rule(rule: RoutingRule) -> None:
    """Raise `LeadProblem` where the condition cannot be evaluated or the target cannot be reached."""
    try:
        check_condition(rule.condition, timezone.now())
    except RuleProblem as problem:
        raise LeadProblem(
            _("This rule cannot be evaluated: %(problem)s.") % {"problem": problem}, "condition"
        ) from problem
    if rule.target not in (Target.UNIT, Target.OFFICER):
        rule.unit = rule.officer = None
        return
    if rule.unit is None or rule.unit.district_id != rule.district_id:
        raise LeadProblem(_("Choose the squad it goes to."), "unit")
    if rule.target == Target.UNIT:
        rule.officer = None
    elif rule.officer is None:
        raise LeadProblem(_("Choose the officer it goes to."), "officer")
    if rule.problem:
        raise LeadProblem(
            _("This rule cannot be evaluated: %(problem)s.") % {"problem": rule.problem}, "unit"
        )


@transaction.atomic
def switch_rule(rule: RoutingRule, *, active: bool, by: User) -> RoutingRule:
    """Take a rule out of use, or into use again once it is sound."""
    require_setup(by, rule.district_id)
    before = _stored(rule.pk)
    if active:
        check_rule(rule)
    rule.active = active
    _store(rule, before, "rule.switched", by)
    return rule


@transaction.atomic
def move_rule(rule: RoutingRule, *, up: bool, by: User) -> None:
    """One place up or down; the whole order is recorded."""
    require_setup(by, rule.district_id)
    rules = list(RoutingRule.objects.select_for_update().filter(district_id=rule.district_id))
    before = [one.pk for one in rules]
    at = before.index(rule.pk)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(rules):
        return
    rules[at], rules[other] = rules[other], rules[at]
    for place, one in enumerate(rules, start=1):
        if one.order != place * STEP:
            one.order = place * STEP
            one.version += 1
            one.changed_by = by
            one.save(update_fields=["order", "version", "changed_by", "changed_at"])
    payload = {"before": before, "after": [one.pk for one in rules]}
    ledger.append(chain(rule.district_id), "rules.reordered", payload, actor=by.username)


def _stored(pk: int | None) -> dict[str, Any] | None:
    found = RoutingRule.objects.select_for_update().filter(pk=pk).first() if pk else None
    return model_to_dict(found) if found else None


def _store(rule: RoutingRule, before: dict[str, Any] | None, action: str, by: User) -> None:
    said = ("name", "condition", "target", "unit", "officer", "active")
    after = model_to_dict(rule)
    if before is not None:
        if all(before[key] == after[key] for key in said):
            return
        rule.version = before["version"] + 1
    rule.changed_by = by
    rule.save()
    payload = {"before": before, "after": model_to_dict(rule)}
    ledger.append(chain(rule.district_id), action, payload, actor=by.username)
