"""A new lead, in as few touches as a phone allows."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import User
from chengshu.leads.models import LeadClass
from chengshu.leads.services import NewLead, Reporter
from chengshu.leads.settings import desk, sources
from chengshu.ui.widgets import PhotosField

LONG = forms.Textarea(attrs={"rows": 3})
MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
LARGEST = 2**63 - 1


def proposed_source(user: User) -> str:
    """The source that fits the person's role."""
    known = desk()
    roles = known["source_of"]
    return str(next((roles[role] for role in roles if role in user.role_codes), known["source_otherwise"]))


def class_choices(kinds: Sequence[LeadClass]) -> list[Any]:
    """Classes under their type and major class, an empty entry first."""
    groups = itertools.groupby(kinds, key=lambda kind: (kind.get_kind_display(), kind.major))
    return [
        ("", "—"),
        *((f"{kind} · {major}", [(one.code, one.label) for one in ones]) for (kind, major), ones in groups),
    ]


class NewLeadForm(forms.Form):
    """What whoever found it can say; the rest follows from the place and the class."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-85, max_value=85, widget=forms.HiddenInput)
    object = forms.IntegerField(required=False, min_value=1, max_value=LARGEST)
    lead_class = forms.ChoiceField(label=gettext_lazy("Class of the lead"))
    description = forms.CharField(label=gettext_lazy("What was found"), max_length=1000, widget=LONG)
    address = forms.CharField(
        label=gettext_lazy("Place"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("An address, or a pin on the map."),
    )
    photos = PhotosField(label=gettext_lazy("Photos"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("Source of the lead"))
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), required=False)
    source_ref = forms.CharField(label=gettext_lazy("Number at the source"), required=False, max_length=100)
    reported_at = forms.DateTimeField(label=gettext_lazy("Reported at"), required=False, widget=MOMENT)
    reporter_name = forms.CharField(label=gettext_lazy("Reporter"), required=False, max_length=60)
    reporter_phone = forms.CharField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    reporter_email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    wants_answer = forms.BooleanField(label=gettext_lazy("Wants an answer"), required=False, initial=True)
    squad = forms.CharField(required=False, max_length=20)

    def __init__(
        self, user: User, kinds: Sequence[LeadClass], data: Any = None, files: Any = None, **start: Any
    ) -> None:
        initial = {"client_id": uuid.uuid4(), "source": proposed_source(user), "wants_answer": True, **start}
        super().__init__(data, files, initial=initial)
        hidden = desk()["not_by_hand"]
        self._offer("lead_class", class_choices(kinds))
        self._offer("source", [(one.code, one.label) for one in sources().values() if one.code not in hidden])
        self._offer("severity", [("", _("As the class says")), *LeadClass.Severity.choices])

    def _offer(self, name: str, choices: Any) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean_reported_at(self) -> Any:
        """Nothing is found tomorrow."""
        at = self.cleaned_data["reported_at"]
        if at and at > timezone.now():
            raise forms.ValidationError(_("A lead cannot be found in the future."))
        return at

    @property
    def position(self) -> tuple[float, float] | None:
        """The pin, or nothing."""
        lng, lat = self.cleaned_data.get("lng"), self.cleaned_data.get("lat")
        return (lng, lat) if lng is not None and lat is not None else None

    @property
    def more(self) -> list[forms.BoundField]:
        """What is seldom filled in."""
        return [self[name] for name in ("source_ref", "severity", "reported_at")]

    @property
    def about_reporter(self) -> list[forms.BoundField]:
        """The reporter's fields."""
        return [self[name] for name in ("reporter_name", "reporter_phone", "reporter_email", "wants_answer")]

    def stated(self) -> NewLead:
        """What the service takes."""
        held = self.cleaned_data
        reporter = Reporter(
            held["reporter_name"].strip(),
            held["reporter_phone"].strip(),
            held["reporter_email"],
            held["wants_answer"],
        )
        named = reporter.name or reporter.phone or reporter.email
        return NewLead(
            source=held["source"],
            lead_class=held["lead_class"],
            description=held["description"],
            address=held["address"],
            position=self.position,
            object_id=held["object"],
            source_ref=held["source_ref"].strip(),
            severity=int(held["severity"]) if held["severity"] else None,
            reported_at=held["reported_at"],
            reporter=reporter if named else None,
        )
