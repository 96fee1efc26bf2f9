"""What a draw would draw from, before it is announced: counts only, never a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from chengshu.bureau.models import Town, Unit
from chengshu.inspections import drawing_rules
from chengshu.inspections.models import InspectionTask, PartnerDepartment
from chengshu.inspections.planning_words import LEFT_OUT
from chengshu.inspections.services import freezing


@dataclass
class Preview:
    """Candidates by stratum, what is left out and why, and the officers who may be drawn."""

    words: list[str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[tuple[str, int]] = field(default_factory=list)
    officers: list[tuple[str, int]] = field(default_factory=list)
    objects: int = 0
    eligible: int = 0
    quota: int = 0
    able: int = 0
    warnings: list[str] = field(default_factory=list)


DIVISIONS = {
    "class": pgettext_lazy("division", "class of objects"),
    "town": pgettext_lazy("division", "street or town"),
    "credit": pgettext_lazy("division", "credit class"),
}


def in_words(data: Mapping[str, Any]) -> list[str]:
    """Rules in words: the announced sentences, with the division and the partners that stand beside them."""
    rules = drawing_rules.read(data)
    words = drawing_rules.in_words(rules)
    if rules.strata:
        parts = _(", ").join(str(DIVISIONS[division]) for division in rules.strata)
        words.insert(1, _("Drawn within each part by itself: %(parts)s.") % {"parts": parts})
    if rules.partners:
        wanted = {one.department: one.officers for one in rules.partners}
        for department in PartnerDepartment.objects.filter(pk__in=wanted):
            values = {"n": wanted[department.pk], "name": department.name}
            text = ngettext(
                "%(name)s sends %(n)d officer to every object.",
                "%(name)s sends %(n)d officers to every object.",
                wanted[department.pk],
            )
            words.append(text % values)
    return words


def preview(task: InspectionTask) -> Preview:
    """Count as the freeze would today; for a task that is not saved see `unsaved`."""
    rules = drawing_rules.read(task.rules)
    found = Preview(words=in_words(task.rules))
    counted = freezing.count(task)
    objects = Counter(row[1] for row in counted.rows)
    for stratum in sorted(objects):
        found.rows.append(
            {
                "label": freezing.stratum_label(stratum, rules, counted.classes),
                "objects": objects[stratum],
                "eligible": counted.eligible.get(stratum, 0),
                "quota": counted.quotas.get(stratum, 0),
            }
        )
    found.objects = len(counted.rows)
    found.eligible = sum(counted.eligible.values())
    found.quota = sum(counted.quotas.values())
    found.left_out = [(str(LEFT_OUT.get(code, code)), n) for code, n in counted.left_out.most_common()]
    _officers(found, task, rules)
    if not found.quota:
        found.warnings.append(_("No object fits these rules: nothing can be drawn."))
    elif rules.number is not None and found.quota < rules.number:
        found.warnings.append(
            _("Only %(n)d objects can be drawn of the %(wanted)d wanted.")
            % {"n": found.quota, "wanted": rules.number}
        )
    found.warnings += [
        _("Every object of the part “%(part)s” would be drawn: this cannot be announced.")
        % {"part": freezing.stratum_label(stratum, rules, counted.classes)}
        for stratum in counted.whole
    ]
    if found.able < rules.officers:
        found.warnings.append(
            _("Only %(n)d officers have a certificate that is valid until the task is due.")
            % {"n": found.able}
        )
    return found


def _officers(found: Preview, task: InspectionTask, rules: drawing_rules.Rules) -> None:
    people = freezing.candidates_for_teams(task, rules)
    squads = Counter(person.squad for person in people)
    names = {f"q{unit.pk}": unit.label for unit in Unit.objects.filter(district=task.district_id)}
    partners = PartnerDepartment.objects.filter(district=task.district_id)
    names |= {f"d{one.pk}": one.name for one in partners}
    found.officers = [(names.get(squad, squad), n) for squad, n in sorted(squads.items())]
    found.able = sum(person.group == freezing.OWN for person in people)


def unsaved(task: InspectionTask, towns: Sequence[int], squads: Sequence[int]) -> InspectionTask:
    """Let a task that is not in the database answer for its towns and squads."""
    task.pk = 0  # relations want a number; nothing has this one
    task._prefetched_objects_cache = {  # type: ignore[attr-defined]
        "towns": list(Town.objects.filter(district=task.district_id, pk__in=towns)),
        "squads": list(Unit.objects.filter(district=task.district_id, pk__in=squads)),
    }
    return task
