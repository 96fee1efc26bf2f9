"""The filter bar that list, map and export share; its state is the query string."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.registry.models import RegulatedObject
from chengshu.registry.queries.filters import UNRATED, ObjectFilter
from chengshu.registry.queries.reference import choices
from chengshu.ui.widgets import PlainSelect

PERMIT_DAYS = [("30", _("within 30 days")), ("60", _("within 60 days")), ("90", _("within 90 days"))]


class ObjectFilterForm(forms.Form):
    """Fields that do not answer are left out of the filter, so that an old address still opens."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, address, code")}),
    )
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)
    status = forms.ChoiceField(label=_("Status"), required=False, widget=PlainSelect)
    credit = forms.ChoiceField(label=_("Credit class"), required=False, widget=PlainSelect)
    permit = forms.ChoiceField(label=_("Permit ends"), required=False, widget=PlainSelect)
    before = forms.DateField(
        label=_("Not verified since"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, data: QueryDict | None, user: User, *, facets_only: bool = False) -> None:
        super().__init__(data, auto_id="filter_%s")
        options = choices(user)
        # `class` is what the address says; Python has the word for itself
        self.fields = {
            "q": self.fields["q"],
            "class": forms.ChoiceField(label=_("Class"), required=False, widget=PlainSelect),
            **self.fields,
        }
        for name in ("class", "town", "squad"):
            self._offer(name, options[name])
        if len(options["squad"]) < 2:
            del self.fields["squad"]
        self._offer("status", RegulatedObject.Status.choices)
        self._offer("credit", [*RegulatedObject.Credit.choices, (UNRATED, _("Not rated"))])
        self._offer("permit", PERMIT_DAYS)
        if facets_only:
            for name in ("q", "permit", "before"):
                del self.fields[name]

    def _offer(self, name: str, options: Any) -> None:
        field = self.fields[name]
        field.choices = [("", _("All")), *((str(value), label) for value, label in options)]  # type: ignore[attr-defined]

    def wanted(self) -> ObjectFilter:
        """The filter; what does not answer counts as not asked."""
        if not self.is_bound:
            return ObjectFilter()
        self.is_valid()
        value = self.cleaned_data.get
        return ObjectFilter(
            object_class=_id(value("class")),
            town=_id(value("town")),
            squad=_id(value("squad")),
            status=value("status") or "",
            credit=value("credit") or "",
            q=value("q") or "",
            permit_days=_id(value("permit")),
            not_verified_since=value("before"),
        )


def _id(text: Any) -> int | None:
    return int(text) if text else None
