"""Forms of sensing: registering a flight, choosing two, filters of suspects, a list of permits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, User
from chengshu.registry.queries.reference import choices
from chengshu.sensing.lifecycle import FlightState, Kind, SecondState, SiteResult, SuspectState
from chengshu.sensing.models import Comparison, Flight
from chengshu.sensing.queries.lists import NOT_SENT, SENT, SuspectFilter
from chengshu.sensing.refusing import VIEW
from chengshu.ui.widgets import PlainSelect

ALL = [("", _("All"))]
DAY = {"type": "date"}
BIGGEST = 2**63 - 1


class FlightForm(forms.Form):
    """A flight whose mosaic lies in the folder of flights, on S3, or is uploaded here."""

    name = forms.CharField(label=_("Name of the flight"), max_length=80)
    flown_on = forms.DateField(label=_("Flown on"), widget=forms.DateInput(attrs=DAY))
    operator = forms.CharField(label=_("Operator"), max_length=80, required=False)
    height_m = forms.FloatField(label=_("Height of the flight, m"), required=False)
    upload = forms.FileField(label=_("Upload the mosaic"), required=False)
    mosaic = forms.CharField(
        label=_("Or where the mosaic lies"), max_length=500, required=False,
        help_text=_("Path within the folder of flights, or an s3:// address."),
    )  # fmt: skip
    dsm_upload = forms.FileField(label=_("Upload the surface model"), required=False)
    dsm = forms.CharField(
        label=_("Or where the surface model or point cloud lies"), max_length=500, required=False,
        help_text=_("Where both dates have one, heights decide; without, results are of low confidence."),
    )  # fmt: skip
    crs = forms.CharField(
        label=_("Coordinate system"), max_length=300, required=False,
        help_text=_("Only for files that name none, such as EPSG:4549."),
    )  # fmt: skip

    area = forms.CharField(
        label=_("Place of a picture without coordinates"), max_length=200, required=False,
        help_text=_("Only for PNG and JPEG: west, south, east, north in degrees; the same for both dates."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """One way or the other."""
        data = super().clean() or {}
        if not data.get("upload") and not data.get("mosaic") and "upload" not in self.errors:
            self.add_error("mosaic", _("Upload a mosaic or say where it lies."))
        return data


class PairForm(forms.Form):
    """The two flights of a comparison."""

    before = forms.ModelChoiceField(label=_("Earlier flight"), queryset=Flight.objects.none())
    after = forms.ModelChoiceField(label=_("Later flight"), queryset=Flight.objects.none())

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ready = Flight.objects.filter(district=district, state=FlightState.READY, width__gt=0).order_by(
            "-flown_on", "-id"
        )
        for name in ("before", "after"):
            field: Any = self.fields[name]
            field.queryset = ready
            field.label_from_instance = _flight_label


def _flight_label(flight: Flight) -> str:
    return f"{flight.flown_on:%Y-%m-%d} {flight.name}" + (" · DSM" if flight.dsm else "")


class PermitForm(forms.Form):
    """A list of permits."""

    file = forms.FileField(label=_("List of permits"))
    replace = forms.BooleanField(
        label=_("The list is complete: what it lacks goes out of use"), required=False
    )


class SuspectFilterForm(forms.Form):
    """Comparison, kind, town, state, what became of it."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[*ALL, *SuspectState.choices], widget=PlainSelect
    )
    kind = forms.ChoiceField(
        label=_("Kind of change"), required=False, choices=[*ALL, *Kind.choices], widget=PlainSelect
    )
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)
    sent = forms.ChoiceField(
        label=_("Lead"), required=False, widget=PlainSelect,
        choices=[*ALL, (NOT_SENT, _("Not sent yet")), (SENT, _("Sent"))],
    )  # fmt: skip
    second = forms.ChoiceField(
        label=_("Second reading"), required=False, widget=PlainSelect,
        choices=[*ALL, *[choice for choice in SecondState.choices if choice[0]]],
    )  # fmt: skip
    result = forms.ChoiceField(
        label=_("Found on site"), required=False, widget=PlainSelect,
        choices=[*ALL, *[choice for choice in SiteResult.choices if choice[0]]],
    )  # fmt: skip
    least = forms.FloatField(label=_("Area from, m²"), required=False, min_value=0)
    comparison = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, user: User, permission: str = VIEW) -> None:
        super().__init__(data, auto_id="filter_%s")
        towns: Any = self.fields["town"]
        known = choices(user, permission)["town"]
        towns.choices = [*ALL, *((str(pk), label) for pk, label in known)]

    def wanted(self) -> SuspectFilter:
        """The filter; what does not answer counts as not asked."""
        if not self.is_bound:
            return SuspectFilter()
        self.is_valid()
        value = self.cleaned_data.get
        town = value("town")
        return SuspectFilter(
            state=value("state") or "", kind=value("kind") or "", town=int(town) if town else None,
            sent=value("sent") or "", second=value("second") or "", result=value("result") or "",
            least_m2=value("least"), comparison=value("comparison"),
        )  # fmt: skip


def comparison_label(comparison: Comparison) -> str:
    """Both dates and names."""
    before, after = comparison.before, comparison.after
    return f"{before.flown_on:%Y-%m-%d} {before.name} → {after.flown_on:%Y-%m-%d} {after.name}"
