"""Forms of imports and of settling conflicts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, User
from chengshu.kernel.coordinates import CRS
from chengshu.registry.importing import columns, reasons
from chengshu.registry.models import Conflict, ImportBatch, ObjectClass
from chengshu.registry.queries.reference import reference

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class UploadForm(forms.Form):
    """A list, what it lists, who made it and when."""

    object_class = forms.ChoiceField(label=_("Class"))
    file = forms.FileField(
        label=_("List"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
        error_messages={"empty": _("The file is empty.")},
    )
    sheet = forms.CharField(
        label=_("Sheet"),
        required=False,
        max_length=100,
        help_text=_("Only for a workbook with several lists."),
    )
    source_label = forms.CharField(
        label=_("Source"),
        required=False,
        max_length=200,
        help_text=_("Who made the list. Lists of one source are compared with each other."),
    )
    observed_on = forms.DateField(
        label=_("As of"),
        widget=DAY,
        help_text=_("The day the list speaks of. Newer facts are never overwritten."),
    )

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.classes = {str(c.pk): c for c in reference().classes_in([district.pk])}
        choices = [(pk, object_class.label) for pk, object_class in self.classes.items()]
        self.fields["object_class"].choices = choices  # type: ignore[attr-defined]
        self.fields["observed_on"].initial = timezone.localdate()

    def clean_observed_on(self) -> date:
        """A list cannot speak of a day to come."""
        day: date = self.cleaned_data["observed_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day lies in the future."))
        return day

    @property
    def chosen_class(self) -> ObjectClass:
        """The class chosen."""
        return self.classes[self.cleaned_data["object_class"]]


READING_OTHER, READING_NONE = "other", "none"


class MappingForm(forms.Form):
    """Field ← column for one list; coordinates by one of the readings, or by hand."""

    def __init__(self, data: QueryDict | None, batch: ImportBatch, mapping: dict[str, str], crs: str) -> None:
        super().__init__(data, auto_id="map_%s")
        self.batch = batch
        self.targets = [
            field
            for field in columns.targets(batch.object_class, columns.known_schemes(batch.district))
            if field.name not in (columns.LNG, columns.LAT)
        ]
        offered = [("", "—"), *((column, column) for column in batch.columns)]
        for field in self.targets:
            self.fields[field.name] = forms.ChoiceField(
                label=field.label,
                choices=offered,
                required=field.required,
                initial=mapping.get(field.name, ""),
            )
        self._offer_coordinates(offered, mapping, crs)
        self.fields["save_as"] = forms.CharField(
            label=_("Save these columns as"),
            required=False,
            max_length=80,
            help_text=_("For the next list of this kind; a mapping of the same name is replaced."),
        )

    def _offer_coordinates(self, offered: list[tuple[str, str]], mapping: dict[str, str], crs: str) -> None:
        lng, lat = mapping.get(columns.LNG, ""), mapping.get(columns.LAT, "")
        keys = [self.reading_key(option) for option in self.batch.preview.get("options", [])]
        current = f"{lng}|{lat}|{crs}"
        initial = current if current in keys else READING_OTHER if lng else READING_NONE
        self.fields["reading"] = forms.ChoiceField(
            choices=[(key, key) for key in (*keys, READING_OTHER, READING_NONE)], initial=initial
        )
        for name, label, value in (
            (columns.LNG, _("Longitude / x"), lng),
            (columns.LAT, _("Latitude / y"), lat),
        ):
            self.fields[name] = forms.ChoiceField(label=label, choices=offered, required=False, initial=value)
        self.fields["crs"] = forms.ChoiceField(label=_("Coordinate system"), choices=CRS.choices, initial=crs)

    @staticmethod
    def reading_key(option: dict[str, Any]) -> str:
        """The value of a reading's radio button."""
        return f"{option['lng']}|{option['lat']}|{option['crs']}"

    def result(self) -> tuple[dict[str, str], str]:
        """The mapping and the coordinate system."""
        data = self.cleaned_data
        mapping = {field.name: data[field.name] for field in self.targets if data.get(field.name)}
        # keep numbers in systems that only this file has (columns named 编号:…)
        mapping |= {
            name: column
            for name, column in self.batch.mapping.items()
            if name.startswith("identifiers.") and name not in self.fields
        }
        reading, crs = data["reading"], data["crs"]
        if reading == READING_OTHER:
            mapping |= {name: data[name] for name in (columns.LNG, columns.LAT) if data.get(name)}
        elif reading != READING_NONE:
            for option in self.batch.preview["options"]:
                if self.reading_key(option) == reading:
                    mapping |= {columns.LNG: option["lng"], columns.LAT: option["lat"]}
                    crs = option["crs"]
        return mapping, crs


class ConflictFilterForm(forms.Form):
    """The queue's filters; their state is the query string."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        classes = reference().classes_in(user.scope_for("registry.import").districts)
        self.fields = {
            "q": self.fields["q"],
            "class": forms.ChoiceField(
                label=_("Class"),
                required=False,
                choices=[("", _("All")), *((str(c.pk), c.label) for c in classes)],
            ),
            **self.fields,
        }
        states = [("", Conflict.State.OPEN.label), ("settled", _("Settled")), ("all", _("All"))]
        self.fields["state"].choices = states  # type: ignore[attr-defined]
        codes = [("", _("All")), *((code, reasons.title(code)) for code in reasons.CONFLICT_ORDER)]
        self.fields["reason"].choices = codes  # type: ignore[attr-defined]


class AcceptForm(forms.Form):
    """A conflict's row as it shall be taken over."""

    name = forms.CharField(label=_("Name"), max_length=200)
    address = forms.CharField(label=_("Address"), required=False, max_length=300)
    lng = forms.FloatField(
        label=_("Longitude"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    lat = forms.FloatField(
        label=_("Latitude"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    outside = forms.BooleanField(
        label=_("Keep it although it lies outside the district (it will have no town)"), required=False
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def position(self) -> tuple[float, float] | None:
        """Longitude and latitude, both or none."""
        lng, lat = self.cleaned_data.get("lng"), self.cleaned_data.get("lat")
        return None if lng is None or lat is None else (round(lng, 7), round(lat, 7))

    def clean(self) -> dict[str, Any]:
        """Half a position is none, and a position lies on the globe."""
        data: dict[str, Any] = super().clean() or {}
        lng, lat = data.get("lng"), data.get("lat")
        if (lng is None) != (lat is None) and not self.errors:
            raise forms.ValidationError(_("Of longitude and latitude only one is given."))
        if lng is not None and lat is not None and not (-180 <= lng <= 180 and -90 <= lat <= 90):
            raise forms.ValidationError(_("Longitude or latitude is out of range."))
        return data


class DismissForm(forms.Form):
    """Why a row is not taken over."""

    note = forms.CharField(label=_("Reason"), max_length=300)
