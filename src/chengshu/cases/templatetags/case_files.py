"""What the page of a case asks about its whole file."""

from __future__ import annotations

from typing import Any

from django import template

from chengshu.cases.models import Case

register = template.Library()


@register.simple_tag(takes_context=True)
def may_export(context: template.Context, case: Case) -> bool:
    """Whether the viewer may take the whole file of the case out."""
    user: Any = context["request"].user
    scope = user.scope_for("cases.export")
    covered: bool = scope.covers(district_id=case.district_id, squad_id=case.squad_id)
    return bool(user.may("cases.export") and covered)
