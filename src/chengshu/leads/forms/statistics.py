"""What the pages of statistics and map ask for; the state is the query string."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import User
from chengshu.leads.models import LeadClass
from chengshu.leads.queries.maps import MapChoice
from chengshu.leads.settings import sources
from chengshu.leads.statistics.asked import Choice
from chengshu.leads.statistics.periods import DAY, MONTH, RANGE, WEEK, Period, period_of
from chengshu.registry.queries.reference import choices
from chengshu.ui.widgets import PlainSelect

PERIODS = [
    (MONTH, _("Month")),  # first: what is shown while nothing is chosen
    (DAY, pgettext_lazy("period", "Day")),
    (WEEK, _("Week")),
    (RANGE, _("From–to")),
]
_DATE = {"type": "date"}


def _date(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=_DATE)
    )


class _ChoiceForm(forms.Form):
    """The filters that statistics and map share. Fields that do not answer are left out."""

    source = forms.ChoiceField(label=_("Source of the lead"), required=False, widget=PlainSelect)
    major = forms.ChoiceField(label=_("Major class"), required=False, widget=PlainSelect)
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)

    def __init__(self, data: QueryDict, user: User, classes: list[LeadClass]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.classes = classes
        known = choices(user, "leads.view")
        self._offer("source", [(one.code, one.label) for one in sources().values()])
        self._offer("major", list(dict.fromkeys((kind.major_zh, kind.major) for kind in classes)))
        self._offer("squad", known["squad"])
        self._offer("town", known["town"])
        if len(known["squad"]) < 2:
            del self.fields["squad"]
        self.is_valid()

    def _offer(self, name: str, options: Any) -> None:
        field: Any = self.fields[name]
        field.choices = [("", _("All")), *((str(value), label) for value, label in options)]

    def choice(self) -> Choice:
        """The filter; what does not answer counts as not asked."""
        value = self.cleaned_data.get
        major = value("major")
        return Choice(
            source=value("source") or "",
            kinds=tuple(kind.pk for kind in self.classes if major and kind.major_zh == major),
            squad=_id(value("squad")),
            town=_id(value("town")),
        )


class StatisticsForm(_ChoiceForm):
    """Period and filters of the statistics."""

    period = forms.ChoiceField(label=_("Period"), required=False, choices=PERIODS, widget=PlainSelect)
    day = _date(_("Day in it"))
    reported_from = _date(_("Reported from"))
    reported_to = _date(_("Reported until"))
    field_order = ("period", "day", "reported_from", "reported_to")

    def wanted_period(self) -> Period:
        """The period asked for; this month where nothing is."""
        value = self.cleaned_data.get
        begin, end = value("reported_from"), value("reported_to")
        kind = value("period") or (RANGE if begin or end else MONTH)
        return period_of(kind, value("day") or timezone.localdate(), begin, end)


class LeadMapForm(_ChoiceForm):
    """What the map shows: open leads unless all are asked for."""

    stage = forms.ChoiceField(
        label=_("Stage"),
        required=False,
        choices=[("open", pgettext_lazy("lead", "Open")), ("all", _("All"))],
        widget=PlainSelect,
    )
    kind = forms.ChoiceField(label=_("Class of the lead"), required=False, widget=PlainSelect)
    reported_from = _date(_("Reported from"))
    reported_to = _date(_("Reported until"))
    field_order = ("stage", "reported_from", "reported_to", "kind")

    def __init__(self, data: QueryDict, user: User, classes: list[LeadClass]) -> None:
        super().__init__(data, user, classes)
        self._offer("kind", [(kind.pk, kind.label) for kind in classes])
        self.full_clean()

    def wanted(self) -> MapChoice:
        """Days and filters; without a stage and without days the open leads are meant."""
        value = self.cleaned_data.get
        begin, end = value("reported_from"), value("reported_to")
        only_open = value("stage") == "open" or (not value("stage") and not begin and not end)
        choice = self.choice()
        if kind := _id(value("kind")):
            choice = Choice(choice.source, (kind,), choice.squad, choice.town)
        return MapChoice(choice, begin, end, ("open",) if only_open else ())


def _id(text: Any) -> int | None:
    return int(text) if text else None
