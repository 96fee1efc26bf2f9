"""Forms of the builder."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.kernel.indicators.asking import dimensions_of
from chengshu.kernel.indicators.declarations import all_declared
from chengshu.reports.boards import KINDS, MOST, ORDERS, ROWS_MOST, TARGETS, TILE, WIDTHS
from chengshu.reports.models import Board
from chengshu.ui.widgets import PlainSelect

ONLY_DIVIDED = _("For parts and rankings.")


class BoardForm(forms.Form):
    """Name of a dashboard, and who sees it."""

    name = forms.CharField(label=_("Name of the dashboard"), max_length=80)
    shared = forms.ChoiceField(
        label=_("Who sees it"), choices=Board.Shared.choices, required=False, widget=PlainSelect
    )


class NameForm(forms.Form):
    """Name of a new dashboard."""

    name = forms.CharField(label=_("Name of the dashboard"), max_length=80)


class ItemForm(forms.Form):
    """One thing to be put on a dashboard."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("board", "Kind"), choices=list(KINDS.items()), initial=TILE, widget=PlainSelect
    )
    figure = forms.ChoiceField(label=pgettext_lazy("report", "Figure"), required=False, widget=PlainSelect)
    by = forms.ChoiceField(
        label=pgettext_lazy("board", "Divided by"), required=False, widget=PlainSelect, help_text=ONLY_DIVIDED
    )
    order = forms.ChoiceField(
        label=_("Order"), choices=list(ORDERS.items()), required=False, initial=MOST, widget=PlainSelect
    )
    rows = forms.IntegerField(label=_("Lines"), min_value=1, max_value=ROWS_MOST, required=False, initial=10)
    width = forms.ChoiceField(
        label=pgettext_lazy("board", "Width"), choices=list(WIDTHS.items()), widget=PlainSelect
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        dimensions: dict[str, Any] = {}
        for one in all_declared():
            for code, dimension in dimensions_of(one.id).items():
                dimensions.setdefault(code, dimension.label)
        figure: Any = self.fields["figure"]
        by: Any = self.fields["by"]
        figure.choices = [(one.id, one.name) for one in all_declared()]
        by.choices = [("", "—"), *dimensions.items()]

    def raw(self) -> dict[str, Any]:
        """The thing as the schema of dashboards reads it."""
        chosen = self.cleaned_data
        if chosen["kind"] == TARGETS:
            return {"kind": TARGETS, "width": chosen["width"]}
        kept = {name: chosen[name] for name in ("kind", "figure", "by", "width")}
        return {**kept, "order": chosen["order"] or MOST, "rows": chosen["rows"] or 10}
