"""Filters of the lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chengshu.law.catalogue import catalogue
from chengshu.law.words import name_of


class CauseFilter(forms.Form):
    """案由列表的筛选."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=60, widget=forms.TextInput({"type": "search"})
    )
    field = forms.ChoiceField(label=_("Field of enforcement"), required=False)
    confidence = forms.ChoiceField(
        label=_("Confidence"),
        required=False,
        choices=[
            ("", _("All")),
            ("verified", _("Read in the full text")),
            ("unverified", _("Not verified")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = [(entry.code, name_of(entry)) for entry in catalogue().fields]
        self.fields["field"].choices = [("", _("All")), *fields]  # type: ignore[attr-defined]
