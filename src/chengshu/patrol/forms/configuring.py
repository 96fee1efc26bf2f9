"""Forms for beats, points, tags, keys and required frequencies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Unit
from chengshu.patrol.models import Beat, BeatPoint, Requirement, Tag, TagKeySet
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services.beats import SQUADS, read_boundary

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
LARGEST = 2_000_000  # bytes of a boundary file; a street has some kilobytes


class BeatForm(forms.Form):
    """巡区; the boundary is drawn on the map or comes as a file, the file counts where both are given."""

    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=80)
    squad = forms.ModelChoiceField(label=_("Squad"), queryset=Unit.objects.none())
    street_class = forms.ChoiceField(label=_("Class of street"), choices=Beat.StreetClass.choices)
    boundary = forms.CharField(
        label=_("Boundary"), required=False, max_length=LARGEST, widget=forms.HiddenInput
    )
    file = forms.FileField(
        label=_("GeoJSON file"),
        required=False,
        help_text=_("Instead of drawing: polygons in WGS 84 degrees."),
    )
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        squads: Any = self.fields["squad"]
        squads.queryset = Unit.objects.filter(district=district, kind__in=SQUADS, active=True)

    def clean(self) -> dict[str, Any]:
        """The boundary as a geometry, from the file where there is one."""
        values: dict[str, Any] = super().clean() or {}
        upload = values.pop("file", None)
        if upload is not None and upload.size > LARGEST:
            self.add_error("file", _("The file is too large."))
            return values
        try:
            text = upload.read().decode() if upload is not None else values.get("boundary", "")
            values["boundary"] = read_boundary(text)
        except UnicodeDecodeError:
            self.add_error("file", _("The boundary is not GeoJSON."))
        except PatrolProblem as problem:
            self.add_error("file" if upload is not None else None, str(problem))
        return values


class PointForm(forms.Form):
    """巡查点位."""

    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=80)
    lng = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude"), min_value=-85, max_value=85)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @staticmethod
    def initial_of(point: BeatPoint) -> dict[str, Any]:
        """The values of a point."""
        lng, lat = point.position
        return {"code": point.code, "name": point.name, "lng": lng, "lat": lat, "active": point.active}


class MountForm(forms.Form):
    """A tag at a point."""

    kind = forms.ChoiceField(label=_("Kind of tag"), choices=Tag.Kind.choices)
    uid = forms.CharField(
        label=_("UID"),
        required=False,
        max_length=30,
        help_text=_("14 hex digits, shown by any phone with NFC; empty for a QR code."),
    )
    keys = forms.ModelChoiceField(label=_("Key set"), queryset=TagKeySet.objects.none(), required=False)
    code = forms.CharField(
        label=_("Code"), required=False, max_length=24, help_text=_("Left empty, one is made.")
    )

    def __init__(self, *args: Any, district_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys: Any = self.fields["keys"]
        keys.queryset = TagKeySet.objects.filter(district=district_id, retired_at=None).order_by("name")


class RewriteForm(forms.Form):
    """The same chip with other keys."""

    keys = forms.ModelChoiceField(label=_("Key set"), queryset=TagKeySet.objects.none())
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, district_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys: Any = self.fields["keys"]
        keys.queryset = TagKeySet.objects.filter(district=district_id, retired_at=None).order_by("name")


class OutForm(forms.Form):
    """Why a tag no longer counts."""

    state = forms.ChoiceField(
        label=_("What became of the tag"),
        choices=[(state.value, state.label) for state in (Tag.State.LOST, Tag.State.RETIRED)],
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ReasonForm(forms.Form):
    """Why something is shown."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class KeysForm(forms.Form):
    """A key set: both keys entered, or none, then they are made here."""

    name = forms.CharField(label=_("Name"), max_length=40)
    meta_key = forms.CharField(
        label=_("SDM meta read key"),
        required=False,
        max_length=60,
        help_text=_("32 hex digits from the maker of the tags; leave both empty to have keys made here."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    file_key = forms.CharField(
        label=_("SDM file read key"),
        required=False,
        max_length=60,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    diversified = forms.BooleanField(
        label=_("Another file key for each tag"),
        required=False,
        initial=True,
        help_text=_(
            "Derived from the key above and the tag's UID (NXP AN10922): one opened tag betrays no other."
        ),
    )


class RequirementForm(forms.Form):
    """频次要求."""

    street_class = forms.ChoiceField(label=_("Class of street"), choices=Beat.StreetClass.choices)
    first_hour = forms.IntegerField(label=_("From, o'clock"), min_value=0, max_value=23)
    end_hour = forms.IntegerField(label=_("Until, o'clock"), min_value=1, max_value=24)
    visits = forms.IntegerField(label=_("Visits to each point"), min_value=1, max_value=99)
    workdays_only = forms.BooleanField(label=_("Working days only"), required=False)
    valid_from = forms.DateField(label=_("Valid from"), widget=DAY)
    valid_to = forms.DateField(label=_("Valid until"), required=False, widget=DAY)
    source = forms.CharField(label=_("Source"), required=False, max_length=200)
    verified = forms.BooleanField(label=_("Compared with the source"), required=False)

    @staticmethod
    def initial_of(row: Requirement) -> dict[str, Any]:
        """The values of a requirement."""
        return {name: getattr(row, name) for name in RequirementForm.base_fields}
