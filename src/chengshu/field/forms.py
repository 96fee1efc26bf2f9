"""Filters of the lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chengshu.field.models import FieldDevice, FieldRecord
from chengshu.field.words import KINDS

Outcome = FieldRecord.Outcome


class DeviceFilter(forms.Form):
    """Of the list of devices."""

    q = forms.CharField(
        label=_("Name"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(label=_("Status"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            ("", gettext("In use")),
            ("gone", gettext("Out of use")),
            ("all", gettext("All")),
        ]

    def apply(self, rows: QuerySet[FieldDevice]) -> QuerySet[FieldDevice]:
        """The devices asked for; those in use unless said."""
        said = self.cleaned_data if self.is_valid() else {}
        used = Q(revoked_at=None, wiped_at=None)
        if said.get("state") == "gone":
            rows = rows.exclude(used)
        elif said.get("state") != "all":
            rows = rows.filter(used)
        if q := said.get("q"):
            rows = rows.filter(Q(user__full_name__icontains=q) | Q(name__icontains=q))
        return rows


class RecordFilter(forms.Form):
    """Of the list of records."""

    q = forms.CharField(
        label=_("Officer"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )
    outcome = forms.ChoiceField(label=pgettext_lazy("record", "Outcome"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", gettext("All"))]
        self.fields["outcome"].choices = [*every, *Outcome.choices]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [*every, *KINDS.items()]  # type: ignore[attr-defined]

    def apply(self, rows: QuerySet[FieldRecord]) -> QuerySet[FieldRecord]:
        """The records asked for."""
        said = self.cleaned_data if self.is_valid() else {}
        if q := said.get("q"):
            rows = rows.filter(user__full_name__icontains=q)
        named = {name: said[name] for name in ("outcome", "kind") if said.get(name)}
        return rows.filter(**named)
