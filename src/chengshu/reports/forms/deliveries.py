"""The form that sets up a delivery."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import User
from chengshu.kernel.indicators.declarations import all_declared
from chengshu.reports.boards import shipped
from chengshu.reports.forms.targets import PlacedForm
from chengshu.reports.models import Board, Delivery
from chengshu.reports.people import viewers
from chengshu.reports.services.deliveries import Wanted
from chengshu.ui.widgets import PlainSelect

BOARD, SHIPPED, FIGURES = "board", "shipped", "figures"
WEEKDAYS = (
    (1, _("Monday")), (2, _("Tuesday")), (3, _("Wednesday")), (4, _("Thursday")), (5, _("Friday")),
    (6, _("Saturday")), (7, _("Sunday")),
)  # fmt: skip


class DeliveryForm(PlacedForm):
    """What is sent to whom, when and how."""

    name = forms.CharField(label=pgettext_lazy("delivery", "Name"), max_length=80)
    what = forms.ChoiceField(label=_("What is sent"), widget=PlainSelect)
    figures = forms.MultipleChoiceField(
        label=_("Figures"), required=False, help_text=_("For a list of figures alone."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )  # fmt: skip
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)
    span = forms.ChoiceField(label=_("Period told about"), choices=Delivery.Span.choices, widget=PlainSelect)
    weekday = forms.TypedChoiceField(
        label=_("Day of the week (weekly)"), choices=WEEKDAYS, coerce=int, initial=1, widget=PlainSelect
    )
    day = forms.IntegerField(
        label=_("Day of the month (monthly, quarterly)"), min_value=1, max_value=28, initial=1
    )
    hour = forms.IntegerField(label=_("Hour of the day"), min_value=0, max_value=23, initial=8)
    form = forms.ChoiceField(
        label=pgettext_lazy("delivery", "Form"), choices=Delivery.Form.choices, widget=PlainSelect
    )
    recipients = forms.ModelMultipleChoiceField(
        label=_("Recipients"), queryset=User.objects.none(), widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("People who may see figures of the place."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.boards = {str(one.pk): one for one in Board.objects.visible_to(user)}
        self._choice("what").choices = [
            *((f"{SHIPPED}:{one.code}", one.name) for one in shipped().values()),
            *((f"{BOARD}:{pk}", one.name) for pk, one in self.boards.items()),
            (FIGURES, _("A list of figures")),
        ]
        self._choice("figures").choices = [(one.id, one.name) for one in all_declared()]
        people = self._choice("recipients")
        people.queryset = viewers(self.where.district)
        people.label_from_instance = lambda one: f"{one.full_name} · {one.unit.label}"

    def wanted(self) -> Wanted:
        """What the form states."""
        chosen = self.cleaned_data
        kind, _colon, key = chosen["what"].partition(":")
        names = ("name", "span", "form", "weekday", "day", "hour")
        return Wanted(
            **{name: chosen[name] for name in names},
            **self.place(),
            recipients=list(chosen["recipients"]),
            board=self.boards.get(key) if kind == BOARD else None,
            shipped=key if kind == SHIPPED else "",
            figures=chosen["figures"] if kind == FIGURES else (),
        )
