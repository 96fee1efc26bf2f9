"""The filter bar of the list of leads; its state is the query string."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import User
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import LeadClass
from chengshu.leads.queries.lists import (
    ANY_OPEN,
    LIGHTS,
    TO_DISPATCH,
    TO_SETTLE,
    WITH_SQUAD,
    Found,
    LeadFilter,
)
from chengshu.leads.settings import sources
from chengshu.leads.statistics.indicators import choices as choices_of_numbers
from chengshu.leads.words import LIGHT_WORDS
from chengshu.registry.models import RegulatedObject
from chengshu.registry.queries.reference import choices
from chengshu.ui.widgets import PlainSelect

STAGES = [
    (TO_DISPATCH, _("To register or dispatch")),
    (WITH_SQUAD, _("With the squads")),
    (TO_SETTLE, _("To verify or close")),
]
DAY = {"type": "date"}
LARGEST = 2**63 - 1


class LeadFilterForm(forms.Form):
    """Fields that do not answer are left out of the filter, so that an old address still opens.

    Classes and officers come with the rows in one query: `offer` fills them in afterwards.
    """

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Number, what, place, object")}),
    )
    stage = forms.ChoiceField(label=_("Stage"), required=False, widget=PlainSelect)
    light = forms.ChoiceField(label=_("Light"), required=False, widget=PlainSelect)
    kind = forms.ChoiceField(label=_("Class of the lead"), required=False, widget=PlainSelect)
    major = forms.ChoiceField(label=_("Major class"), required=False, widget=PlainSelect)
    source = forms.ChoiceField(label=_("Source of the lead"), required=False, widget=PlainSelect)
    outcome = forms.ChoiceField(label=pgettext_lazy("lead", "Outcome"), required=False, widget=PlainSelect)
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)
    officer = forms.ChoiceField(label=_("Officer"), required=False, widget=PlainSelect)
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)
    severity = forms.ChoiceField(label=_("Severity"), required=False, widget=PlainSelect)
    reported_from = forms.DateField(
        label=_("Reported from"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY)
    )
    reported_to = forms.DateField(
        label=_("Reported until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY)
    )
    alarm = forms.BooleanField(label=_("With an alarm"), required=False)
    object = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)
    counted = forms.MultipleChoiceField(
        label=_("Counted in the statistics"),
        required=False,
        choices=choices_of_numbers,
        widget=forms.MultipleHiddenInput,
    )
    near = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.user = user
        known = choices(user, "leads.view")
        self._offer("stage", [(ANY_OPEN, pgettext_lazy("lead", "Open")), *STAGES, *Stage.choices])
        self._offer("light", [(light, LIGHT_WORDS[light]) for light in LIGHTS])
        self._offer("source", [(source.code, source.label) for source in sources().values()])
        self._offer("outcome", [entry for entry in Outcome.choices if entry[0]])
        self._offer("squad", known["squad"])
        self._offer("town", known["town"])
        self._offer("severity", LeadClass.Severity.choices)
        if len(known["squad"]) < 2:
            del self.fields["squad"]

    def _offer(self, name: str, options: Any) -> None:
        field: Any = self.fields[name]
        field.choices = [("", _("All")), *((str(value), label) for value, label in options)]

    def offer(self, found: Found) -> None:
        """Fill in what came with the rows: classes by major class, officers (of the chosen squad)."""
        self._offer("kind", [(kind.pk, kind.label) for kind in found.classes])
        majors = {kind.major_zh: kind.major for kind in found.classes}
        self._offer("major", majors.items())
        squad = str(self.data.get("squad", ""))
        officers = [one for one in found.officers if not squad or str(one["unit"]) == squad]
        self._offer("officer", [(one["id"], one["name"]) for one in officers])
        if hasattr(self, "cleaned_data"):  # checked before these choices were known
            self.full_clean()

    def wanted(self) -> LeadFilter:
        """The filter; what does not answer counts as not asked."""
        if not self.is_bound:
            return LeadFilter()
        self.is_valid()
        value = self.cleaned_data.get
        near = value("near")
        place = RegulatedObject.objects.visible_to(self.user).filter(pk=near).first() if near else None
        texts: dict[str, Any] = {
            name: value(name) or "" for name in ("stage", "light", "source", "outcome", "q")
        }
        return LeadFilter(
            **texts,
            kind=_id(self.data.get("kind")),
            major=str(self.data.get("major", ""))[:40].replace("\x00", ""),
            officer=_id(self.data.get("officer")),
            squad=_id(value("squad")),
            town=_id(value("town")),
            severity=_id(value("severity")),
            reported_from=value("reported_from"),
            reported_to=value("reported_to"),
            object=value("object"),
            near=place.position if place else None,
            alarm=bool(value("alarm")),
            counted=tuple(value("counted") or ()),
        )


def _id(text: Any) -> int | None:
    return int(text) if text and str(text).isascii() and str(text).isdigit() and len(str(text)) < 19 else None
