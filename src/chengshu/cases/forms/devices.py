"""The particulars of an off-site device."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chengshu.cases.models import OffsiteDevice

DAYS = ("valid_to", "legal_reviewed_on", "technical_reviewed_on", "published_at")


class DeviceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A device of the register; what is not known yet stays empty."""

    lng = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    photo = forms.FileField(label=_("Photo of the sign at the place"), required=False)

    class Meta:
        model = OffsiteDevice
        fields = (
            "code", "name", "type_number", "certificate", "valid_to", "legal_review", "legal_reviewed_on",
            "technical_review", "technical_reviewed_on", "published_at", "place", "clock_offset", "active",
        )  # fmt: skip
        widgets = {name: forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}) for name in DAYS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.position:
            self.initial["lng"], self.initial["lat"] = self.instance.position

    def clean(self) -> dict[str, Any]:
        """A position has both coordinates."""
        data = super().clean() or {}
        lng, lat = data.get("lng"), data.get("lat")
        if (lng is None) != (lat is None) and not {"lng", "lat"} & set(self.errors):
            self.add_error("lat", _("Give both coordinates or none."))
        self.instance.position = (lng, lat) if lng is not None and lat is not None else None
        return data
