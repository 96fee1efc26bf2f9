"""Leasing a block of numbers (领用号段)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import Town
from chengshu.cases.services.blocks import limits


class BlockForm(forms.Form):
    """How many numbers, of whose series, for which device."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    town = forms.ChoiceField(
        label=_("Street or town"), help_text=_("Decides in whose name the decisions are made.")
    )
    n = forms.IntegerField(label=_("How many numbers"), min_value=1)
    device = forms.CharField(label=_("Device (number or name)"), max_length=80, required=False)

    def __init__(self, *args: Any, towns: Sequence[Town], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client_id"].initial = str(uuid.uuid4())
        self.towns = {town.code: town for town in towns}
        offered = [(town.code, town.name) for town in towns]
        field: Any = self.fields["town"]
        field.choices = offered if len(offered) == 1 else [("", "—"), *offered]
        self.fields["n"].help_text = _("At most %(most)d.") % {"most": limits()["most"]}

    @property
    def chosen_town(self) -> Town:
        """The town whose authority gives the numbers."""
        return self.towns[self.cleaned_data["town"]]
