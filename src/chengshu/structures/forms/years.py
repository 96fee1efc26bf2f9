"""Forms of quotas, samples and key plots."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import District, Town
from chengshu.structures.forms.acts import DAY, PolygonField
from chengshu.structures.models import KeyPlot, SampleCheck
from chengshu.structures.settings import types
from chengshu.ui.widgets import PlainSelect

MOST = 100_000


class _TownForm(forms.Form):
    """A form about one town of the district."""

    town = forms.ModelChoiceField(label=_("Street or town"), queryset=Town.objects.none())
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2999)

    def __init__(self, *args: Any, district: District, **more: Any) -> None:
        super().__init__(*args, **more)
        towns: Any = self.fields["town"]
        towns.queryset = Town.objects.filter(district=district).defer("boundary").order_by("code")


class QuotaForm(_TownForm):
    """A town's task of a year."""

    type = forms.ChoiceField(label=_("Type of structure"), required=False, widget=PlainSelect)
    quota = forms.IntegerField(label=_("Structures to eliminate"), min_value=0, max_value=MOST)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds: Any = self.fields["type"]
        kinds.choices = [("", _("Key types altogether")), *((t.code, t.label) for t in types().values())]


class AnnounceForm(_TownForm):
    """A sample to be drawn: its size, and whose words decide it."""

    sample = forms.IntegerField(label=_("Size of the sample"), min_value=1, max_value=MOST)
    place = forms.CharField(label=_("Place of the draw"), max_length=100)
    observers = forms.IntegerField(label=_("Number of observers"), min_value=1, max_value=20, initial=3)


class WordsForm(forms.Form):
    """The observers' words, one a line."""

    words = forms.CharField(
        label=_("Words of the observers"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One line for each observer, in the order in which they spoke."),
    )

    def lines(self) -> list[str]:
        """The words without empty lines."""
        return [line.strip() for line in self.cleaned_data["words"].splitlines() if line.strip()]


class CheckForm(forms.Form):
    """What was found at a drawn entry."""

    result = forms.ChoiceField(label=_("Result"), choices=SampleCheck.Result.choices, widget=PlainSelect)
    note = forms.CharField(label=_("Remarks"), required=False, max_length=300)


class PlotForm(_TownForm):
    """A key plot."""

    name = forms.CharField(label=pgettext_lazy("structure", "Name of the plot"), max_length=100)
    boundary = PolygonField(label=_("Boundary"))
    note = forms.CharField(
        label=_("Remarks"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class MilestoneForm(forms.Form):
    """A milestone of a plot."""

    title = forms.CharField(label=_("Milestone"), max_length=100)
    due_on = forms.DateField(label=_("To be reached by"), widget=forms.DateInput(attrs=DAY))


class OutcomeForm(forms.Form):
    """The outcome of a plot."""

    outcome = forms.ChoiceField(
        label=_("Outcome of the plot"),
        choices=[choice for choice in KeyPlot.Outcome.choices if choice[0]],
        widget=PlainSelect,
    )
    on = forms.DateField(
        label=pgettext_lazy("structure", "On"), required=False, widget=forms.DateInput(attrs=DAY)
    )
