"""The form of an inspection outside the draw."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import Unit, User
from chengshu.inspections.words import OUTSIDE

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class ArrangeForm(forms.Form):
    """Kind, officers, dates and reason; the object is chosen before."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=pgettext_lazy("inspection", "Kind"),
        choices=[(kind.value, kind.label) for kind in OUTSIDE],
        widget=forms.RadioSelect,
    )
    officers = forms.MultipleChoiceField(
        label=_("Inspecting officers"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Two at least, each with a valid certificate."),
    )
    reason = forms.CharField(label=_("Why it is inspected"), max_length=300)
    starts_on = forms.DateField(label=_("Begins on"), widget=DAY)
    due_on = forms.DateField(label=_("Inspect by"), widget=DAY)

    def __init__(
        self, people: Sequence[User], data: Any = None, *, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial={"client_id": uuid.uuid4(), **(initial or {})})
        self.people = {str(person.pk): person for person in people}
        field: Any = self.fields["officers"]
        field.choices = [(key, _named(person)) for key, person in self.people.items()]

    def chosen(self) -> list[User]:
        """The officers chosen."""
        return [self.people[key] for key in self.cleaned_data["officers"]]


class CancelForm(forms.Form):
    """Why an inspection is taken back."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why it is cancelled"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


def _named(person: User) -> str:
    """The name, with the squad where it is not plain from the place."""
    unit: Unit = person.unit
    return f"{person.full_name} · {unit.label}"
