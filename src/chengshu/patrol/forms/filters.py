"""The filter bars of check-ins, invalid attempts and tags; their state is the query string."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.patrol.models import CheckIn, Tag, TagAttempt
from chengshu.patrol.queries.lists import ANY_LIGHT, CheckInFilter
from chengshu.patrol.services.lights import Light
from chengshu.registry.queries.reference import choices
from chengshu.ui.widgets import PlainSelect

ALL = [("", _("All"))]
DAY = {"type": "date"}


def _number(text: str | None) -> int | None:
    return int(text) if text else None


class _SquadFilter(forms.Form):
    """A filter bar with the squads one may see, unless that is one's own only."""

    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        known = choices(user, "patrol.view")["squad"]
        squads: Any = self.fields["squad"]
        squads.choices = [*ALL, *((str(pk), label) for pk, label in known)]
        if len(known) < 2:
            del self.fields["squad"]


class CheckInFilterForm(_SquadFilter):
    """Days, way, light, squad, words."""

    q = forms.CharField(label=_("Officer or point"), required=False, max_length=60)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs=DAY))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs=DAY))
    way = forms.ChoiceField(
        label=_("Way"), required=False, choices=[*ALL, *CheckIn.Way.choices], widget=PlainSelect
    )
    light = forms.ChoiceField(
        label=_("Lights"),
        required=False,
        choices=[*ALL, (ANY_LIGHT, _("With any light")), *Light.choices],
        widget=PlainSelect,
    )
    mine = forms.BooleanField(label=_("My own only"), required=False)
    beat = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    field_order = ["q", "first", "last", "squad", "way", "light", "mine"]

    def wanted(self) -> CheckInFilter:
        """The filter; what does not answer counts as not asked."""
        if not self.is_bound:
            return CheckInFilter()
        self.is_valid()
        value = self.cleaned_data.get
        return CheckInFilter(
            first=value("first"),
            last=value("last"),
            squad=_number(value("squad")),
            beat=value("beat"),
            way=value("way") or "",
            light=value("light") or "",
            mine=bool(value("mine")),
            q=value("q") or "",
        )


class AttemptFilterForm(_SquadFilter):
    """Fault and squad."""

    fault = forms.ChoiceField(
        label=_("What was wrong"),
        required=False,
        choices=[*ALL, *TagAttempt.Fault.choices],
        widget=PlainSelect,
    )

    def wanted(self) -> dict[str, Any]:
        """The filter's values; what does not answer counts as not asked."""
        self.is_valid()
        values = self.cleaned_data if self.is_bound else {}
        return {"fault": values.get("fault") or "", "squad": _number(values.get("squad"))}


class TagFilterForm(forms.Form):
    """State, kind, words."""

    q = forms.CharField(label=_("Code, UID or point"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=_("Kind of tag"), required=False, choices=[*ALL, *Tag.Kind.choices], widget=PlainSelect
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[*ALL, *Tag.State.choices], widget=PlainSelect
    )

    def wanted(self) -> dict[str, str]:
        """The filter's values; what does not answer counts as not asked."""
        self.is_valid()
        values = self.cleaned_data if self.is_bound else {}
        return {name: values.get(name) or "" for name in self.fields}
