"""Forms of tasks: what is inspected where and when, the filter of their list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.inspections.lifecycle import TaskState
from chengshu.inspections.models import AnnualPlan, InspectionItem, InspectionTask
from chengshu.inspections.planning_words import QUARTERS, SHOWN
from chengshu.inspections.queries.drawn import DrawnFilter
from chengshu.inspections.queries.tasks import LIGHTS, TaskFilter
from chengshu.inspections.services.planning import TaskDraft
from chengshu.leads.words import LIGHT_WORDS
from chengshu.registry.models import ObjectClass
from chengshu.registry.queries.reference import choices
from chengshu.ui.widgets import PlainSelect

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
SEVERAL = forms.SelectMultiple(attrs={"size": 6})
STATES = [
    ("running", _("Not done yet")),
    ("issued", _("All but cancelled ones")),
    ("was_drawn", _("Drawn already")),
    ("finished", _("Finished tasks")),
]
"""Several states under one name: `queries.tasks.SEVERAL`."""
LARGEST = 2**63 - 1


class TaskForm(forms.Form):
    """A task; classes left empty are those of the item, rules those of the plan."""

    title = forms.CharField(label=_("Title"), max_length=160)
    item = forms.ChoiceField(label=_("Item of the list"))
    plan = forms.ChoiceField(label=_("Plan"), required=False)
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
    quarter = forms.TypedChoiceField(label=_("Quarter"), choices=QUARTERS, coerce=int)
    starts_on = forms.DateField(
        label=_("Begins on"), required=False, widget=DAY, help_text=_("Empty: first day of the quarter.")
    )
    due_on = forms.DateField(
        label=_("Due on"), required=False, widget=DAY, help_text=_("Empty: last day of the quarter.")
    )
    object_classes = forms.MultipleChoiceField(
        label=_("Classes of objects"), required=False, widget=SEVERAL, help_text=_("None: those of the item.")
    )
    towns = forms.TypedMultipleChoiceField(
        label=_("Streets and towns"),
        required=False,
        widget=SEVERAL,
        coerce=int,
        help_text=_("None: the whole district."),
    )
    squads = forms.TypedMultipleChoiceField(
        label=_("Squads whose officers are drawn"),
        required=False,
        widget=SEVERAL,
        coerce=int,
        help_text=_("None: all squads."),
    )
    own_rules = forms.BooleanField(label=_("Rules of its own instead of the plan's"), required=False)

    def __init__(
        self, *args: Any, district: District, task: InspectionTask | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.task, self.district = task, district
        items = InspectionItem.objects.filter(district=district, active=True)
        self._offer("item", [(one.code, f"{one.code} {one.label}") for one in items])
        classes = ObjectClass.objects.filter(district=district, active=True)
        self._offer("object_classes", [(one.code, one.label) for one in classes])
        self._offer("towns", [(one.pk, one.label) for one in Town.objects.filter(district=district)])
        squads = Unit.objects.filter(
            district=district, active=True, kind__in=[Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD]
        )
        self._offer("squads", [(one.pk, one.label) for one in squads])
        if task is not None:  # number and plan stay
            for name in ("plan", "year", "quarter"):
                del self.fields[name]
            return
        plans = AnnualPlan.objects.filter(district=district).exclude(state=AnnualPlan.State.SUPERSEDED)
        self.plans = {str(plan.pk): plan for plan in plans}
        shown = [(pk, f"{plan.year} · {plan.get_state_display()}") for pk, plan in self.plans.items()]
        self._offer("plan", [("", _("outside a plan")), *shown])

    def _offer(self, name: str, options: Any) -> None:
        field: Any = self.fields[name]
        field.choices = list(options)

    @staticmethod
    def initial_of(task: InspectionTask) -> dict[str, Any]:
        """The fields as a task has them."""
        plain = ("title", "starts_on", "due_on", "object_classes")
        return {name: getattr(task, name) for name in plain} | {
            "item": task.item.code,
            "towns": [town.pk for town in task.towns.all()],
            "squads": [squad.pk for squad in task.squads.all()],
            "own_rules": task.plan is None or task.rules != task.plan.rules,
        }

    @property
    def chosen_plan(self) -> AnnualPlan | None:
        """The plan the task belongs to."""
        if self.task is not None:
            return self.task.plan
        return self.plans.get(self.cleaned_data.get("plan", ""))

    def draft(self, rules: dict[str, Any] | None) -> TaskDraft:
        """What was entered; ``rules`` where the task has its own."""
        held = self.cleaned_data
        task = self.task
        return TaskDraft(
            title=held["title"],
            item=held["item"],
            year=task.year if task else held["year"],
            quarter=task.quarter if task else held["quarter"],
            rules=rules or {},
            object_classes=held["object_classes"],
            towns=held["towns"],
            squads=held["squads"],
            starts_on=held["starts_on"],
            due_on=held["due_on"],
        )


class ReasonForm(forms.Form):
    """A reason that must be said."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


def years_offered() -> list[tuple[str, str]]:
    """Next year and the ten before, as the filters offer them."""
    this = timezone.localdate().year
    return [(str(year), str(year)) for year in range(this + 1, this - 10, -1)]


class _Filter(forms.Form):
    """What filters of these pages have in common: fields that do not answer are left out."""

    year = forms.ChoiceField(label=_("Year"), required=False, widget=PlainSelect)
    quarter = forms.ChoiceField(label=_("Quarter"), required=False, widget=PlainSelect)
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        squads = choices(user, "inspections.view")["squad"]
        self._offer("year", years_offered())
        self._offer("quarter", QUARTERS)
        self._offer("squad", squads)
        if len(squads) < 2:
            del self.fields["squad"]

    def _offer(self, name: str, options: Any) -> None:
        field: Any = self.fields[name]
        field.choices = [("", _("All")), *((str(value), label) for value, label in options)]

    def _values(self) -> dict[str, Any]:
        self.is_valid()
        held: dict[str, Any] = getattr(self, "cleaned_data", {})
        numbers = {name: _whole(held.get(name)) for name in ("year", "quarter")}
        # a squad that is not offered (a mobile one) is still a squad: rows are narrowed to the person anyway
        return {**held, **numbers, "squad": _whole(self.data.get("squad"))}


def _whole(text: Any) -> int | None:
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class TaskFilterForm(_Filter):
    """The filter bar of the list of tasks."""

    state = forms.ChoiceField(label=pgettext_lazy("inspections", "State"), required=False, widget=PlainSelect)
    light = forms.ChoiceField(label=_("Light"), required=False, widget=PlainSelect)
    origin = forms.ChoiceField(label=_("Origin"), required=False, widget=PlainSelect)
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Number or title")}),
    )

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, user)
        self._offer("state", [*STATES, *TaskState.choices])
        self._offer("light", [(light, LIGHT_WORDS[light]) for light in LIGHTS])
        self._offer("origin", InspectionTask.Origin.choices)

    def wanted(self) -> TaskFilter:
        """The filter; what does not answer counts as not asked."""
        held = self._values()
        texts = {name: held.get(name) or "" for name in ("state", "light", "origin", "q")}
        return TaskFilter(year=held["year"], quarter=held["quarter"], squad=held["squad"], **texts)


class DrawnFilterForm(_Filter):
    """The filter bar of the drawn inspections, as a list and on the map."""

    show = forms.ChoiceField(label=_("Which"), required=False, widget=PlainSelect)
    task = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, user)
        self._offer("show", SHOWN.items())

    def wanted(self) -> DrawnFilter:
        """The filter; what does not answer counts as not asked."""
        held = self._values()
        return DrawnFilter(
            year=held["year"],
            quarter=held["quarter"],
            squad=held["squad"],
            task=held.get("task"),
            show=held.get("show") or "",
        )


class ProgressForm(_Filter):
    """Year and quarter of the progress."""

    def __init__(self, data: QueryDict | None, user: User) -> None:
        held = data.copy() if data is not None else QueryDict(mutable=True)
        held.setdefault("year", str(timezone.localdate().year))
        super().__init__(held, user)
        self.fields.pop("squad", None)
        years: Any = self.fields["year"]
        years.choices = years_offered()

    def period(self) -> tuple[int, int | None]:
        """The year (this one unless said) and the quarter, if any."""
        held = self._values()
        return held["year"] or timezone.localdate().year, held["quarter"]
