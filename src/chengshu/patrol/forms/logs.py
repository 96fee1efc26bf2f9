"""The forms of duty logs and equipment, and the filter bar of logs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import Unit, User
from chengshu.patrol.models import DutyLog, Equipment
from chengshu.patrol.queries.logs import LogFilter, Month
from chengshu.patrol.services.beats import SQUADS
from chengshu.ui.widgets import PlainSelect

from .filters import ALL, DAY, _number, _SquadFilter

COUNTED = [
    ("due", pgettext_lazy("duty logs", "Due")),
    ("valid", pgettext_lazy("duty logs", "Valid")),
    ("invalid", pgettext_lazy("duty logs", "Not valid")),
]


class LogFilterForm(_SquadFilter):
    """Day or month, squad, state, what counts, words."""

    q = forms.CharField(label=_("Officer"), required=False, max_length=60)
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs=DAY))
    month = forms.CharField(
        label=pgettext_lazy("calendar", "Month"),
        required=False,
        max_length=7,
        widget=forms.TextInput(attrs={"type": "month"}),
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[*ALL, *DutyLog.State.choices], widget=PlainSelect
    )
    counted = forms.ChoiceField(
        label=_("Counted as"), required=False, choices=[*ALL, *COUNTED], widget=PlainSelect
    )
    officer = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    field_order = ["q", "day", "month", "squad", "state", "counted"]

    def wanted(self) -> LogFilter:
        """The filter; what does not answer counts as not asked."""
        if not self.is_bound:
            return LogFilter()
        self.is_valid()
        value = self.cleaned_data.get
        month = value("month") or ""
        return LogFilter(
            day=value("day"),
            month=Month.of(month, timezone.localdate()) if month else None,
            squad=_number(value("squad")),
            officer=value("officer"),
            state=value("state") or "",
            counted=value("counted") or "",
            q=value("q") or "",
        )


class EquipmentForm(forms.Form):
    """装备、车辆."""

    squad = forms.ModelChoiceField(label=_("Squad"), queryset=Unit.objects.none())
    kind = forms.ChoiceField(label=_("Kind of equipment"), choices=Equipment.Kind.choices)
    code = forms.CharField(label=_("Plate or inventory number"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=80)
    terminal = forms.CharField(
        label=_("Number of the terminal"),
        max_length=20,
        required=False,
        help_text=_("Under which it reports positions (JT/T 808); empty if it reports none."),
    )
    identity = forms.CharField(
        label=_("Identity of the terminal"),
        max_length=30,
        required=False,
        help_text=_("Filled in by its first registration; any other is refused. Empty it on exchange."),
    )
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, data: QueryDict | None = None, *, user: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        scope = user.scope_for("patrol.configure")
        squads: Any = self.fields["squad"]
        squads.queryset = Unit.objects.filter(scope.q(squad="pk"), kind__in=SQUADS, active=True)
