"""The filter bar of the ledger; its state is the query string."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import User
from chengshu.registry.queries.reference import choices
from chengshu.structures.lifecycle import Built, Disposal, Status
from chengshu.structures.queries.lists import (
    ELIMINATED_CODE,
    KEY_ANY,
    KEY_TASK,
    KEY_TYPES,
    STANDING_CODE,
    TO_WRITE_OFF,
    WRITTEN_OFF,
    StructureFilter,
)
from chengshu.structures.settings import types
from chengshu.ui.widgets import PlainSelect

ALL = _("All")
YEARS: dict[str, Any] = {"min_value": 1990, "max_value": 2999}


class StructureFilterForm(forms.Form):
    """Town, type, state, built, key, clocks, words; the figures open the list with more."""

    q = forms.CharField(
        label=_("Number or address"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    status = forms.ChoiceField(label=_("State"), required=False, widget=PlainSelect)
    built = forms.ChoiceField(label=_("Stock or new"), required=False, widget=PlainSelect)
    type = forms.ChoiceField(label=_("Type of structure"), required=False, widget=PlainSelect)
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)
    key = forms.ChoiceField(label=_("Key types"), required=False, widget=PlainSelect)
    overdue = forms.BooleanField(label=_("Overdue"), required=False)
    waiting = forms.BooleanField(label=_("To be approved"), required=False)
    disposal = forms.ChoiceField(
        label=pgettext_lazy("structure", "Disposal"),
        required=False,
        choices=Disposal.choices,
        widget=forms.HiddenInput,
    )
    year = forms.IntegerField(label=_("Year"), required=False, widget=forms.HiddenInput, **YEARS)
    month = forms.IntegerField(
        label=_("Month"), required=False, min_value=1, max_value=12, widget=forms.HiddenInput
    )
    entered = forms.IntegerField(label=_("Entered in"), required=False, widget=forms.HiddenInput, **YEARS)
    relapsed = forms.BooleanField(label=_("Built again"), required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        self._offer(
            "status",
            [
                (STANDING_CODE, _("Standing")),
                *Status.choices,
                (TO_WRITE_OFF, _("Demolished, to be written off")),
                (WRITTEN_OFF, _("Written off")),
                (ELIMINATED_CODE, _("Eliminated")),
            ],
        )
        self._offer("built", Built.choices)
        self._offer("type", [(one.code, one.label) for one in types().values()])
        self._offer("town", choices(user, "structures.view")["town"])
        self._offer(
            "key",
            [
                (KEY_TYPES, _("Of a key type")),
                (KEY_TASK, _("On the task list")),
                (KEY_ANY, _("Key type or on the list")),
            ],
        )

    def _offer(self, name: str, options: Any) -> None:
        field: Any = self.fields[name]
        field.choices = [("", ALL), *((str(value), label) for value, label in options)]

    def wanted(self) -> StructureFilter:
        """The filter; what does not answer counts as not asked."""
        if not self.is_bound:
            return StructureFilter()
        self.is_valid()
        value = self.cleaned_data.get
        texts = ("type", "status", "built", "key", "disposal")
        asked: dict[str, Any] = {name: value(name) or "" for name in texts}
        asked |= {name: bool(value(name)) for name in ("overdue", "waiting", "relapsed")}
        asked |= {name: value(name) for name in ("year", "month", "entered")}
        town = value("town")
        return StructureFilter(
            q=(value("q") or "").replace("\x00", ""), town=int(town) if town else None, **asked
        )
