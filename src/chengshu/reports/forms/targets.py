"""The form of a target."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import User
from chengshu.kernel.indicators.declarations import all_declared
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.models import Target
from chengshu.reports.people import viewers
from chengshu.reports.places import Where
from chengshu.reports.services.targets import Wanted
from chengshu.ui.widgets import PlainSelect


class PlacedForm(forms.Form):
    """A form about a place that the person may choose."""

    def __init__(self, *args: Any, where: Where, **more: Any) -> None:
        super().__init__(*args, **more)
        self.where = where
        squads, towns = self._choice("squad"), self._choice("town")
        first = [("", _("Whole district"))] if where.whole else []
        squads.choices = [*first, *((str(one.pk), one.label) for one in where.squads)]
        towns.choices = [("", _("All")), *((str(one.pk), one.label) for one in where.towns)]
        squads.required = not where.whole

    def _choice(self, name: str) -> Any:
        return self.fields[name]

    def place(self) -> dict[str, Any]:
        """The squad and town chosen."""
        chosen = self.cleaned_data
        squad = next((one for one in self.where.squads if str(one.pk) == chosen.get("squad")), None)
        town = next((one for one in self.where.towns if str(one.pk) == chosen.get("town")), None)
        return {"squad": squad, "town": town}


class TargetForm(PlacedForm):
    """What a figure is to reach."""

    figure = forms.ChoiceField(label=pgettext_lazy("report", "Figure"), widget=PlainSelect)
    comparison = forms.ChoiceField(label=_("Wanted"), choices=Target.Comparison.choices, widget=PlainSelect)
    value = forms.DecimalField(label=_("Value of the target"), max_digits=18, decimal_places=4)
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2999)
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)
    source = forms.CharField(
        label=_("Set by"), max_length=300, help_text=_("The document, with its number and date.")
    )
    owner = forms.ModelChoiceField(
        label=_("Who answers for it"), queryset=User.objects.none(), required=False,
        help_text=_("Is told when the light gets worse."),
    )  # fmt: skip
    unverified = forms.BooleanField(label=_("The source is yet to be verified"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._choice("figure").choices = [
            (one.id, f"{one.name} ({unit})" if (unit := unit_name(one.unit)) else one.name)
            for one in all_declared()
        ]
        owner = self._choice("owner")
        owner.queryset = viewers(self.where.district)
        owner.label_from_instance = lambda one: f"{one.full_name} · {one.unit.label}"

    def wanted(self) -> Wanted:
        """What the form states."""
        names = ("figure", "comparison", "value", "year", "source", "owner", "unverified")
        return Wanted(**{name: self.cleaned_data[name] for name in names}, **self.place())
