"""New cases: a lead in a few lines, and the simple procedure (简易程序) as one form for a phone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.cases.forms.causes import CauseField
from chengshu.cases.models import Case
from chengshu.cases.services import SimpleCase
from chengshu.registry.models import RegulatedObject
from chengshu.ui.widgets import PhotosField

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
LONG = {"rows": 3}


class PlaceForm(forms.Form):
    """What both forms ask: where, and a name under which a repeated request counts once."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    object = forms.IntegerField(required=False, widget=forms.HiddenInput)
    lead = forms.IntegerField(required=False, widget=forms.HiddenInput)
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)

    @property
    def position(self) -> tuple[float, float] | None:
        """Where the device was, or nothing."""
        lng, lat = self.cleaned_data.get("lng"), self.cleaned_data.get("lat")
        return (lng, lat) if lng is not None and lat is not None else None


class LeadForm(PlaceForm):
    """A lead (线索)."""

    source = forms.ChoiceField(label=_("Source of the case"), choices=Case.Source.choices)
    summary = forms.CharField(
        label=_("What was found"), max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )
    cause = CauseField(label=_("Presumed cause of action"), required=False)
    address = forms.CharField(label=_("Place"), max_length=300)
    found_on = forms.DateField(label=_("Found on"), widget=DAY)

    def clean_found_on(self) -> Any:
        """Nothing is found tomorrow."""
        return not_later(self.cleaned_data["found_on"])

    def data_of(self) -> dict[str, Any]:
        """Particulars of the first step."""
        held = self.cleaned_data
        return {"cause": held["cause"], "found_on": held["found_on"].isoformat()}


def not_later(day: Any) -> Any:
    """The day, unless it lies in the future."""
    if day and day > timezone.localdate():
        raise forms.ValidationError(_("This day lies in the future."))
    return day


class SimpleForm(PlaceForm):
    """当场处罚: what happens at the scene, in the order in which it happens."""

    cause = CauseField(label=_("Cause of action"))
    act_on = forms.DateField(label=_("Day of the act"), widget=DAY)
    address = forms.CharField(label=_("Place of the act"), max_length=300)
    facts = forms.CharField(label=_("Facts found"), max_length=500, widget=forms.Textarea(attrs=LONG))
    id_shown = forms.BooleanField(label=_("The officers showed their certificates"), required=False)
    told = forms.BooleanField(label=_("The party was told facts, ground and rights"), required=False)
    heard = forms.BooleanField(label=_("The party was heard, or waived it"), required=False)
    statement = forms.CharField(label=_("What the party said"), max_length=500, required=False)
    another_act = forms.CharField(
        label=_("If fined before at this place: why this is another act"), max_length=500, required=False
    )
    second_officer = forms.ChoiceField(label=_("Second officer"), required=False)
    photos = PhotosField(label=_("Photos of the scene"), required=False)
    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    fine = forms.IntegerField(
        label=_("Fine (yuan)"),
        min_value=0,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    warning = forms.BooleanField(label=_("Warning"), required=False)
    cash = forms.BooleanField(label=_("Paid in cash on the spot"), required=False)
    receiver = forms.CharField(
        label=_("Received by"),
        max_length=60,
        required=False,
        help_text=_("Leave empty if it was the party itself."),
    )
    refused_to_sign = forms.BooleanField(label=_("Refused to sign; the decision was left"), required=False)
    witness = forms.CharField(label=_("Witness"), max_length=60, required=False)
    number = forms.CharField(
        label=_("Number of the paper"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"list": "number-list", "autocomplete": "off"}),
        help_text=_("A number of your own open block. Leave empty for the next number."),
    )
    decided_at = forms.DateTimeField(
        label=_("Time of the decision on paper"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text=_("When the paper was written; empty for now."),
    )

    SCENE = ("id_shown", "told", "heard")
    PAPER = ("number", "decided_at")
    SERVICE = ("receiver", "refused_to_sign", "witness", "cash")

    def __init__(
        self, *args: Any, officers: Sequence[User] = (), photographed: bool = False, **kwargs: Any
    ) -> None:
        """``photographed``: photos of the scene are there already, with the lead."""
        super().__init__(*args, **kwargs)
        self.photographed = photographed
        offered = [(str(user.pk), user.full_name) for user in officers]
        field: Any = self.fields["second_officer"]
        field.choices = offered if len(offered) == 1 else [("", "—"), *offered]

    def clean_act_on(self) -> Any:
        """Nothing is done tomorrow."""
        return not_later(self.cleaned_data["act_on"])

    def clean_decided_at(self) -> Any:
        """Nothing was decided later than now."""
        moment = self.cleaned_data["decided_at"]
        if moment and moment > timezone.now():
            raise forms.ValidationError(_("This time lies in the future."))
        return moment

    def clean(self) -> dict[str, Any]:
        """Something must be decided, and shown by a photo; an earlier time is that of a paper."""
        data = super().clean() or {}
        if data.get("decided_at") and not data.get("number"):
            self.add_error("number", _("A decision that was made earlier on paper bears its number."))
        if not data.get("fine") and not data.get("warning"):
            self.add_error("fine", _("Enter the fine, or choose a warning."))
        if not data.get("photos") and not data.get("kept") and not self.photographed:
            self.add_error("photos", _("A photo of the scene is needed as evidence."))
        return data

    def group(self, names: Sequence[str]) -> list[forms.BoundField]:
        """Some of the fields."""
        return [self[name] for name in names]

    @property
    def scene(self) -> list[forms.BoundField]:
        """What must have happened at the scene."""
        return self.group(self.SCENE)

    @property
    def service(self) -> list[forms.BoundField]:
        """How the decision was handed over."""
        return self.group(self.SERVICE)

    @property
    def paper(self) -> list[forms.BoundField]:
        """What a decision written without a network brings."""
        return self.group(self.PAPER)

    def entered(
        self,
        party: Mapping[str, Any],
        evidence: Sequence[Mapping[str, Any]],
        obj: RegulatedObject | None,
    ) -> SimpleCase:
        """What the service takes."""
        held = self.cleaned_data
        return SimpleCase(
            cause=held["cause"],
            party=party,
            act_on=held["act_on"],
            facts=held["facts"],
            fine=held["fine"] or 0,
            warning=held["warning"],
            address=held["address"],
            position=self.position,
            obj=obj,
            statement=held["statement"],
            another_act=held["another_act"].strip(),
            told=held["told"],
            heard=held["heard"],
            id_shown=held["id_shown"],
            evidence=evidence,
            receiver=held["receiver"],
            refused_to_sign=held["refused_to_sign"],
            witness=held["witness"],
            cash=held["cash"],
            number=held["number"].strip(),
        )


def new_token() -> str:
    """A name for one submission."""
    return str(uuid.uuid4())
