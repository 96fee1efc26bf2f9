"""One form for each thing that can be recorded of an entry."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import District, Town
from chengshu.registry.queries.reference import area_label
from chengshu.structures.lifecycle import Built, Disposal, Finding, Method, Moment, Note, Way
from chengshu.structures.models import Structure
from chengshu.structures.settings import types
from chengshu.ui.widgets import PhotosField, PlainSelect

DAY = {"type": "date"}
MOMENT = {"type": "datetime-local"}
POLYGON_MOST = 200_000


class PolygonField(forms.CharField):
    """A GeoJSON polygon, drawn on the map; ``None`` where nothing was drawn."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, max_length=POLYGON_MOST, widget=forms.HiddenInput, **more)

    def to_python(self, value: Any) -> Any:
        """The geometry; a feature around it is taken off."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            found = json.loads(text)
        except ValueError as error:
            raise ValidationError(_now("The outline is no simple polygon in degrees.")) from error
        if isinstance(found, dict) and found.get("type") == "Feature":
            found = found.get("geometry")
        if isinstance(found, dict) and found.get("type") == "MultiPolygon" and len(found["coordinates"]) == 1:
            found = {"type": "Polygon", "coordinates": found["coordinates"][0]}
        return found

    def validate(self, value: Any) -> None:
        """A polygon is no text; the services check it."""

    def run_validators(self, value: Any) -> None:
        """See `validate`."""


class At(forms.Form):
    """When it happened; empty means now."""

    at = forms.DateTimeField(
        label=pgettext_lazy("structure", "When"),
        required=False,
        widget=forms.DateTimeInput(attrs=MOMENT),
        help_text=_("Empty: now."),
    )


class FactsForm(forms.Form):
    """What is stated of a structure and may be put right later."""

    address = forms.CharField(label=_("Address"), max_length=300)
    types = forms.MultipleChoiceField(
        label=_("Types of structure"), choices=[], widget=forms.CheckboxSelectMultiple
    )
    built = forms.ChoiceField(label=_("Stock or new"), choices=Built.choices, widget=PlainSelect)
    built_year = forms.IntegerField(label=_("Year built"), required=False, min_value=1900, max_value=2999)
    material = forms.CharField(label=_("Material"), required=False, max_length=60)
    use = forms.CharField(label=pgettext_lazy("structure", "Use"), required=False, max_length=60)
    owner_name = forms.CharField(label=_("Owner"), required=False, max_length=80)
    owner_phone = forms.CharField(label=_("Owner's phone"), required=False, max_length=40)
    occupant_name = forms.CharField(label=_("Occupant"), required=False, max_length=80)
    occupant_phone = forms.CharField(label=_("Occupant's phone"), required=False, max_length=40)
    description = forms.CharField(
        label=pgettext_lazy("structure", "Description"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds: Any = self.fields["types"]
        kinds.choices = [(one.code, one.label) for one in types().values()]


class EntryForm(FactsForm):
    """A new entry, with its place and the area as it is known."""

    lng = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    polygon = PolygonField(label=_("Outline"))
    town = forms.ChoiceField(label=_("Street or town"), required=False, widget=PlainSelect)
    storeys = forms.IntegerField(label=_("Storeys"), required=False, min_value=0, max_value=200)
    height_m = forms.DecimalField(
        label=_("Height (m)"), required=False, min_value=0, max_value=999, decimal_places=2
    )
    area_m2 = forms.DecimalField(
        label=_("Area (m²)"), required=False, min_value=0, max_digits=10, decimal_places=2
    )
    method = forms.ChoiceField(
        label=_("How measured"), choices=Method.choices, initial=Method.STATED, widget=PlainSelect
    )
    found_at = forms.DateTimeField(
        label=pgettext_lazy("structure", "Found at"), required=False, widget=forms.DateTimeInput(attrs=MOMENT)
    )
    key_task = forms.BooleanField(label=_("On the year's task list"), required=False)

    def __init__(self, *args: Any, district: District, **more: Any) -> None:
        super().__init__(*args, **more)
        towns: Any = self.fields["town"]
        towns.choices = [
            ("", "—"),
            *((t.pk, area_label(t)) for t in Town.objects.filter(district=district).defer("boundary")),
        ]

    def stated(self) -> dict[str, Any]:
        """The values as the service takes them."""
        values = dict(self.cleaned_data)
        lng, lat, town = values.pop("lng"), values.pop("lat"), values.pop("town")
        values["position"] = None if lng is None or lat is None else (lng, lat)
        values["town_id"] = int(town) if town else None
        values["built_year"] = values["built_year"] or None
        return values


class ChangeForm(FactsForm):
    """Facts put right, with the reason."""

    note = forms.CharField(label=pgettext_lazy("structure", "Reason"), max_length=500)

    @staticmethod
    def initial_of(structure: Structure) -> dict[str, Any]:
        """The facts as they stand."""
        return {name: getattr(structure, name) for name in FactsForm.base_fields}


class SurveyForm(At):
    """A survey."""

    area_m2 = forms.DecimalField(label=_("Area (m²)"), min_value=0, max_digits=10, decimal_places=2)
    method = forms.ChoiceField(label=_("How measured"), choices=Method.choices, widget=PlainSelect)
    storeys = forms.IntegerField(label=_("Storeys"), required=False, min_value=0, max_value=200)
    height_m = forms.DecimalField(
        label=_("Height (m)"), required=False, min_value=0, max_value=999, decimal_places=2
    )
    polygon = PolygonField(label=_("Outline"))
    note = forms.CharField(label=_("Remarks"), required=False, max_length=300)


class FindForm(At):
    """A finding."""

    result = forms.ChoiceField(
        label=pgettext_lazy("structure", "Result"), choices=Finding.choices, widget=PlainSelect
    )
    number = forms.CharField(label=_("Number of the document"), required=False, max_length=80)
    note = forms.CharField(label=_("Grounds"), required=False, max_length=500)


class StepForm(At):
    """A statutory step; which fields it needs follows from the data."""

    number = forms.CharField(label=_("Number of the document"), required=False, max_length=80)
    deadline = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs=DAY))
    note = forms.CharField(label=_("Remarks"), required=False, max_length=500)


class NoteForm(At):
    """注记."""

    state = forms.ChoiceField(
        label=_("Note in the land register"),
        choices=[(Note.RECORDED, Note.RECORDED.label), (Note.RELEASED, Note.RELEASED.label)],
        widget=PlainSelect,
    )
    number = forms.CharField(label=_("Number of the document"), max_length=80)


class DemolishForm(At):
    """A demolition."""

    way = forms.ChoiceField(label=_("Way of demolition"), choices=Way.choices, widget=PlainSelect)
    urgent = forms.BooleanField(label=_("Urgent (by force at night or on a public holiday)"), required=False)
    note = forms.CharField(label=_("Remarks"), required=False, max_length=500)


class ProposeForm(forms.Form):
    """A disposal for another to approve."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("structure", "Disposal"), choices=Disposal.choices, widget=PlainSelect
    )
    reason = forms.CharField(
        label=pgettext_lazy("structure", "Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    permit_number = forms.CharField(
        label=_("Number of the permit"), required=False, max_length=80, help_text=_("If turned legal.")
    )
    review_on = forms.DateField(
        label=_("Day of review"),
        required=False,
        widget=forms.DateInput(attrs=DAY),
        help_text=_("If deferred."),
    )


class RelapseForm(At):
    """Built again."""

    note = forms.CharField(label=_("What was found"), max_length=500)
    building = forms.BooleanField(label=_("Being built now"), required=False)


class ComeBackForm(forms.Form):
    """A deferral ended early."""

    note = forms.CharField(label=pgettext_lazy("structure", "Reason"), max_length=500)


class PhotosForm(forms.Form):
    """Photos of one moment; where they say nothing of the place, the device's counts for photos of today."""

    moment = forms.ChoiceField(label=_("Moment of the photos"), choices=Moment.choices, widget=PlainSelect)
    photos = PhotosField(label=_("Photos"))
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)


class CaseForm(forms.Form):
    """The penalty case about it."""

    number = forms.CharField(label=_("Case number"), max_length=60)
