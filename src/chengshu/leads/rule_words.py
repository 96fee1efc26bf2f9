"""A routing rule in words: what must hold, and where the lead goes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.leads.models import LeadClass, RoutingRule
from chengshu.leads.replaying import DISPATCHER
from chengshu.leads.settings import sources
from chengshu.registry.models import ObjectClass

Target = RoutingRule.Target


class Words:
    """Names of everything that the rules of one district speak about, read once for a page."""

    def __init__(self, district: District) -> None:
        classes = list(LeadClass.objects.filter(district=district))
        self._names: dict[str, dict[str, str]] = {
            "kinds": {value: str(label) for value, label in LeadClass.Kind.choices},
            "majors": {one.major_zh: one.major for one in classes},
            "classes": {one.code: one.label for one in classes},
            "sources": {one.code: one.label for one in sources().values()},
            "towns": {one.code: one.label for one in Town.objects.filter(district=district)},
            "object_classes": {one.code: one.label for one in ObjectClass.objects.filter(district=district)},
            "credits": {},
        }
        self._units = {unit.pk: unit.label for unit in Unit.objects.filter(district=district)}
        self._severities = {value: str(label) for value, label in LeadClass.Severity.choices}

    def condition(self, condition: Any) -> list[tuple[str, str]]:
        """What must hold, as pairs of name and value; empty: every lead."""
        if not isinstance(condition, dict):
            return [(_("Unreadable"), str(condition)[:80])]
        heads = {
            "kinds": _("Types"), "majors": _("Major classes"), "classes": _("Classes of leads"),
            "sources": _("Sources of leads"), "towns": _("Streets and towns"),
            "object_classes": _("Classes of objects"), "credits": _("Credit classes"),
        }  # fmt: skip
        said = []
        for key, value in condition.items():
            if key in heads and isinstance(value, list):
                names = self._names[key]
                said.append((heads[key], "、".join(names.get(str(one), str(one)) for one in value)))
            elif key == "severity_from":
                said.append((_("Severity from"), self._severities.get(value, str(value))))
            elif key == "with_object":
                said.append((_("At a regulated object"), _("Only at one") if value else _("Only elsewhere")))
            elif key == "days":
                days = {"working_day": _("Working days"), "day_of_rest": _("Days of rest")}
                said.append((_("Kind of day"), days.get(str(value), str(value))))
            elif key not in ("from", "to"):
                said.append((str(key), str(value)[:80]))
        if "from" in condition or "to" in condition:
            said.append(
                (_("Hours of the day"), f"{condition.get('from', '00:00')}–{condition.get('to', '24:00')}")
            )
        return said

    def squad(self, number: int | None) -> str:
        """A squad by its number, or the dispatcher's queue."""
        if not number or number == DISPATCHER:
            return _("The dispatcher decides")
        return self._units.get(number, str(number))

    def target(self, target: str, unit: int | None, officer: User | None) -> str:
        """Where a matching lead goes."""
        if target == Target.OFFICER and officer is not None:
            return f"{self.squad(unit)} · {officer.full_name}"
        if target == Target.UNIT:
            return self.squad(unit)
        return str(Target(target).label) if target in Target.values else target
