"""The filter bar of the list of cases; its state is the query string."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.cases.models import Case
from chengshu.cases.procedure.transitions import STATE_LABELS, State
from chengshu.cases.queries.lists import OPEN, OVERDUE, SOON, CaseFilter
from chengshu.law.catalogue import catalogue
from chengshu.law.words import name_of
from chengshu.registry.queries.reference import choices
from chengshu.ui.widgets import PlainSelect

DAY = {"type": "date"}


class CaseFilterForm(forms.Form):
    """Fields that do not answer are left out of the filter, so that an old address still opens."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Number, party, cause, place")}),
    )
    state = forms.ChoiceField(label=_("Case state"), required=False, widget=PlainSelect)
    due = forms.ChoiceField(label=_("Deadline"), required=False, widget=PlainSelect)
    procedure = forms.ChoiceField(label=_("Procedure"), required=False, widget=PlainSelect)
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)
    field = forms.ChoiceField(label=_("Field of enforcement"), required=False, widget=PlainSelect)
    cause = forms.ChoiceField(label=_("Cause of action"), required=False, widget=PlainSelect)
    source = forms.ChoiceField(label=_("Source of the case"), required=False, widget=PlainSelect)
    decided_from = forms.DateField(
        label=_("Decided from"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY)
    )
    decided_to = forms.DateField(
        label=_("Decided until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY)
    )
    key = forms.BooleanField(label=_("Key cases only"), required=False)
    to_correct = forms.BooleanField(label=_("Only those to put right"), required=False)

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        known = choices(user, "cases.view")
        law = catalogue()
        self._offer("state", [(OPEN, _("Not ended")), *_states()])
        self._offer("due", [(OVERDUE, _("Overdue")), (SOON, _("Due soon"))])
        self._offer("procedure", [c for c in Case.Procedure.choices if c[0]])
        self._offer("squad", known["squad"])
        self._offer("town", known["town"])
        self._offer("field", [(entry.code, name_of(entry)) for entry in law.fields])
        self._offer("cause", [(entry.code, name_of(entry)) for entry in law.causes])
        self._offer("source", Case.Source.choices)
        if len(known["squad"]) < 2:
            del self.fields["squad"]

    def _offer(self, name: str, options: Any) -> None:
        field: Any = self.fields[name]
        field.choices = [("", _("All")), *((str(value), label) for value, label in options)]

    def wanted(self) -> CaseFilter:
        """The filter; what does not answer counts as not asked."""
        if not self.is_bound:
            return CaseFilter()
        self.is_valid()
        value = self.cleaned_data.get
        texts: dict[str, Any] = {
            name: value(name) or "" for name in ("state", "due", "procedure", "field", "cause", "source", "q")
        }
        return CaseFilter(
            **texts,
            squad=_id(value("squad")),
            town=_id(value("town")),
            key=bool(value("key")),
            to_correct=bool(value("to_correct")),
            decided_from=value("decided_from"),
            decided_to=value("decided_to"),
        )


def _states() -> list[tuple[str, Any]]:
    return [(state, label) for state, label in STATE_LABELS.items() if state is not State.NEW]


def _id(text: Any) -> int | None:
    return int(text) if text else None
