"""Forms of the exchange with the city's system."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import Certificate, User
from chengshu.inspections.models import CityTaskObject
from chengshu.ui.widgets import PlainSelect


class FileForm(forms.Form):
    """A file of tasks."""

    file = forms.FileField(
        label=_("File of tasks"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.json"}),
        error_messages={"empty": _("The file is empty.")},
    )


class ResultsForm(forms.Form):
    """Which results are taken away."""

    since = forms.DateField(
        label=_("Changed since"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    which = forms.ChoiceField(
        label=_("Which tasks"),
        choices=[("city", _("Of the city's system")), ("all", _("All tasks, our own too"))],
        widget=PlainSelect,
    )
    form = forms.ChoiceField(
        label=_("Format"), choices=[("xlsx", "xlsx"), ("json", "JSON")], widget=PlainSelect
    )


class TeamForm(forms.Form):
    """Two officers for an object that the city drew."""

    first = forms.ModelChoiceField(User.objects.none(), label=_("One officer"))
    second = forms.ModelChoiceField(User.objects.none(), label=_("Another officer"))

    def __init__(self, *args: Any, waiting: CityTaskObject, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        due_on = waiting.city_task.due_on
        valid = Certificate.objects.filter(valid_from__lte=due_on, valid_to__gte=due_on)
        officers = User.objects.filter(
            is_active=True,
            pk__in=valid.values("user"),
            unit__district=waiting.city_task.district_id,
        ).order_by("full_name")
        if waiting.object.squad_id:
            officers = officers.filter(unit=waiting.object.squad_id)
        for name in ("first", "second"):
            field: Any = self.fields[name]
            field.queryset = officers
            field.label_from_instance = lambda person: person.full_name

    def team(self) -> list[User]:
        """The officers chosen."""
        return [self.cleaned_data["first"], self.cleaned_data["second"]]
