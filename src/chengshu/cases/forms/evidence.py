"""Taking a file into the evidence of a case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.cases.models import EvidenceItem, OffsiteDevice
from chengshu.cases.services.evidence import Circumstances


class EvidenceForm(forms.Form):
    """The file and how it came about."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(label=_("File"), required=False)
    type = forms.ChoiceField(label=_("Kind of evidence"), choices=EvidenceItem.Type.choices)
    title = forms.CharField(label=_("Title"), max_length=120)
    captured_at = forms.DateTimeField(
        label=_("Recorded at"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    device = forms.CharField(label=_("Device"), max_length=120, required=False)
    operator = forms.CharField(label=_("Recorded by"), max_length=60, required=False)
    clock_offset = forms.FloatField(label=_("Seconds the device's clock is ahead"), required=False)
    offsite = forms.ChoiceField(label=_("Recorded by an off-site device"), required=False)
    original = forms.ChoiceField(label=_("Copy of"), required=False)
    second_officer = forms.ChoiceField(label=_("Second officer"), required=False)

    MAIN = ("type", "title", "captured_at", "place", "second_officer")
    RARE = ("offsite", "device", "operator", "clock_offset", "original")

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        items: Iterable[EvidenceItem] = (),
        officers: Iterable[User] = (),
        devices: Iterable[OffsiteDevice] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(data, files, auto_id="evidence_%s", **kwargs)
        self._offer("original", [(str(item.seq), f"{item.seq} · {item.title}") for item in items])
        self._offer("offsite", [(str(device.pk), str(device)) for device in devices])
        self._offer("second_officer", [(str(user.pk), user.full_name) for user in officers])

    def _offer(self, name: str, options: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", "—"), *options]

    def clean(self) -> dict[str, Any]:
        """A file must be there, chosen now or before a refusal; nothing is recorded in the future."""
        data = super().clean() or {}
        if not data.get("file") and not data.get("kept"):
            self.add_error("file", _("Choose the file."))
        if (moment := data.get("captured_at")) and moment > timezone.now():
            self.add_error("captured_at", _("This moment lies in the future."))
        return data

    def circumstances(self) -> Circumstances:
        """When, where and with what it was recorded."""
        data = self.cleaned_data
        return Circumstances(
            captured_at=data["captured_at"],
            place=data["place"],
            device=data["device"],
            operator=data["operator"],
            clock_offset=data["clock_offset"],
        )

    @property
    def main(self) -> list[forms.BoundField]:
        """What every item needs."""
        return [self[name] for name in self.MAIN]

    @property
    def rare(self) -> list[forms.BoundField]:
        """What few items need."""
        return [self[name] for name in self.RARE]
