"""The filter bar of the list of inspections; its state is the query string."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Result, State
from chengshu.inspections.queries.work import ALL, ANY_DONE, ANY_OPEN, DRAWN, MINE, OUTSIDE, TABS, WorkFilter
from chengshu.inspections.words import OUTSIDE as OUTSIDE_KINDS
from chengshu.leads.words import LIGHT_WORDS
from chengshu.registry.queries.reference import choices
from chengshu.ui.widgets import PlainSelect

LIGHTS = ("red", "amber", "green")
EVERYTHING = "any"
ALL_LABEL = _("All")


class WorkFilterForm(forms.Form):
    """Words, kind, state, light, result, squad and town; lists and tabs are addresses of their own."""

    q = forms.CharField(
        label=_("Number, name or address"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=pgettext_lazy("inspection", "Kind"), required=False, widget=PlainSelect)
    state = forms.ChoiceField(label=_("State"), required=False, widget=PlainSelect)
    light = forms.ChoiceField(label=_("Light"), required=False, widget=PlainSelect)
    result = forms.ChoiceField(label=_("Result"), required=False, widget=PlainSelect)
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)
    whose = forms.CharField(required=False, widget=forms.HiddenInput)
    tab = forms.CharField(required=False, widget=forms.HiddenInput)
    near = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        known = choices(user, "inspections.view")
        states = [(ANY_DONE, _("Inspected")), *State.choices, (EVERYTHING, _("All"))]
        self._offer("state", states, first=pgettext_lazy("inspection", "Open"))
        self._offer("kind", [(kind.value, kind.label) for kind in OUTSIDE_KINDS])
        self._offer("light", [(light, LIGHT_WORDS[light]) for light in LIGHTS])
        self._offer("result", Result.choices)
        self._offer("squad", known["squad"])
        self._offer("town", known["town"])
        if self.tab_asked == DRAWN:
            del self.fields["kind"]
        if self.whose_asked == MINE or len(known["squad"]) < 2:
            del self.fields["squad"]

    @property
    def tab_asked(self) -> str:
        """Drawn ones, or those outside the draw."""
        asked = str(self.data.get("tab", ""))
        return asked if asked in TABS else DRAWN

    @property
    def whose_asked(self) -> str:
        """One's own, or all one may see."""
        return ALL if self.data.get("whose") == ALL else MINE

    def _offer(self, name: str, options: Any, first: Any = ALL_LABEL) -> None:
        field: Any = self.fields[name]
        field.choices = [("", first), *((str(value), label) for value, label in options)]

    def wanted(self) -> WorkFilter:
        """The filter; what does not answer counts as not asked."""
        if not self.is_bound:
            return WorkFilter()
        self.is_valid()
        value = self.cleaned_data.get
        state = value("state") or ANY_OPEN
        return WorkFilter(
            whose=self.whose_asked,
            tab=self.tab_asked,
            kind=(value("kind") or "") if self.tab_asked == OUTSIDE else "",
            state="" if state == EVERYTHING else state,
            light=value("light") or "",
            result=_number(value("result")),
            squad=_number(value("squad")),
            town=_number(value("town")),
            q=(value("q") or "").replace("\x00", ""),
            near=_position(value("near")),
        )


def _number(text: str | None) -> int | None:
    """A chosen option as a number, None where nothing was chosen."""
    return int(text) if text else None


def _position(text: str | None) -> tuple[float, float] | None:
    """``lng,lat`` in degrees, None for anything else."""
    try:
        lng, lat = (float(part) for part in (text or "").split(","))
    except ValueError:
        return None
    return (lng, lat) if -180 <= lng <= 180 and -85 <= lat <= 85 else None
