"""The forms an officer fills in on site: report and correction, re-check. Made for one thumb."""

from __future__ import annotations

import base64
import binascii
import io
import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chengshu.inspections.lifecycle import Result
from chengshu.inspections.models import InspectionReport
from chengshu.inspections.proposing import proposed, result_of
from chengshu.inspections.queries.one import Entry
from chengshu.inspections.services.inspecting import FOUND, Answer, Report
from chengshu.ui.widgets import PhotosField

Signing = InspectionReport.Signing
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
DRAWN_MOST = 700_000
"""Characters of a drawn signature; one of a phone has a tenth of it."""
DRAWN_PREFIX = "data:image/png;base64,"
ANSWERS = [
    ("no", gettext_lazy("No problem")),
    ("yes", gettext_lazy("Problem found")),
    ("not_applicable", gettext_lazy("Does not apply")),
]


class CameraField(PhotosField):
    """Photos that the phone's camera takes at once."""

    widget = type(PhotosField.widget)(attrs={"accept": "image/*", "multiple": True, "capture": "environment"})


class OnSiteForm(forms.Form):
    """What every form on site carries: its name for retries, where the device is, files sent before."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    kept = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, files, initial={"client_id": uuid.uuid4(), **(initial or {})})

    @property
    def position(self) -> tuple[float, float] | None:
        """Where the device was, or nothing."""
        cleaned = getattr(self, "cleaned_data", {})
        lng, lat = cleaned.get("lng"), cleaned.get("lat")
        return (lng, lat) if lng is not None and lat is not None else None


class ReportForm(OnSiteForm):
    """检查记录: every entry of the checklist, the result, who signed. ``correcting`` asks for the reason."""

    result = forms.ChoiceField(label=gettext_lazy("Result of the inspection"), required=False)
    corrected = forms.BooleanField(label=gettext_lazy("Put right on the spot"), required=False)
    rectify_by = forms.DateField(label=gettext_lazy("To be put right by"), required=False, widget=DAY)
    note = forms.CharField(
        label=gettext_lazy("Remarks"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    photos = PhotosField(label=gettext_lazy("Photos of the whole"), required=False)
    signing = forms.ChoiceField(
        label=gettext_lazy("Signature of the party"), choices=Signing.choices, widget=forms.RadioSelect
    )
    party_name = forms.CharField(
        label=gettext_lazy("Name of who signed"), required=False, max_length=60, widget=forms.TextInput
    )
    drawn = forms.CharField(required=False, max_length=DRAWN_MOST, widget=forms.HiddenInput)
    signature = forms.FileField(
        label=gettext_lazy("Photo of the signed sheet"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    unsigned_because = forms.CharField(
        label=gettext_lazy("Why it was not signed"), required=False, max_length=120
    )
    witness = forms.CharField(label=pgettext_lazy("signature", "Witness"), required=False, max_length=60)
    correction_reason = forms.CharField(
        label=gettext_lazy("Why the result is corrected"), required=False, max_length=300
    )

    def __init__(
        self,
        entries: Sequence[Entry],
        data: Any = None,
        files: Any = None,
        *,
        initial: dict[str, Any] | None = None,
        correcting: bool = False,
    ) -> None:
        super().__init__(data, files, initial)
        self.entries, self.correcting = list(entries), correcting
        self._offer_results()
        if not correcting:
            del self.fields["correction_reason"]
        for place, entry in enumerate(self.entries):
            self.fields[f"found-{place}"] = forms.ChoiceField(
                label=entry.text,
                required=False,
                choices=ANSWERS,
                widget=forms.RadioSelect(attrs={"data-result": int(result_of(entry.raw))}),
            )
            self.fields[f"note-{place}"] = forms.CharField(
                label=_("Note"), required=False, max_length=500, widget=forms.TextInput
            )
            self.fields[f"photos-{place}"] = CameraField(label=_("Photos"), required=False)

    def _offer_results(self) -> None:
        field: Any = self.fields["result"]
        listed = [(str(code), f"{code} {label}") for code, label in Result.choices]
        field.choices = [("", _("As the answers say")), *listed]

    def blocks(self) -> list[dict[str, Any]]:
        """The entries with their fields, for the page."""
        return [
            {
                "entry": entry,
                "found": self[f"found-{place}"],
                "note": self[f"note-{place}"],
                "photos": self[f"photos-{place}"],
            }
            for place, entry in enumerate(self.entries)
        ]

    def found(self) -> dict[str, str]:
        """The answers by code; an entry nobody answered is missing."""
        given = {entry.code: self.cleaned_data.get(f"found-{n}") for n, entry in enumerate(self.entries)}
        return {code: str(found) for code, found in given.items() if found in FOUND}

    def uploads(self) -> list[tuple[str, Any]]:
        """Photos sent with the form, each with the code of its entry ("" for the whole)."""
        listed = [(entry.code, f"photos-{n}") for n, entry in enumerate(self.entries)]
        return [
            (code, upload)
            for code, name in [*listed, ("", "photos")]
            for upload in self.cleaned_data.get(name) or []
        ]

    def clean_drawn(self) -> io.BytesIO | None:
        """The picture that the finger drew, None where nothing was drawn."""
        text = self.cleaned_data["drawn"]
        if not text:
            return None
        try:
            if not text.startswith(DRAWN_PREFIX):
                raise ValueError(text[:30])
            return io.BytesIO(base64.b64decode(text.removeprefix(DRAWN_PREFIX), validate=True))
        except (ValueError, binascii.Error) as error:
            raise forms.ValidationError(_("The drawn signature cannot be read. Sign again.")) from error

    def chosen_result(self) -> int | None:
        """The result chosen, else the one that the answers lead to."""
        if stated := self.cleaned_data.get("result"):
            return int(stated)
        way = proposed([entry.raw for entry in self.entries], self.found())
        return None if way is None else int(way)

    def stated(self, signature: Any) -> Report:
        """What the service takes; ``signature``: an opened picture. Dates that do not apply are left out."""
        held = self.cleaned_data
        result = self.chosen_result() or 0
        dated = result == Result.ORDERED and not held["corrected"]
        found = self.found()
        return Report(
            result=result,
            answers=[
                Answer(entry.code, found[entry.code], held[f"note-{n}"])
                for n, entry in enumerate(self.entries)
                if entry.code in found
            ],
            signing=held["signing"],
            client_id=held["client_id"],
            note=held["note"],
            corrected=held["corrected"],
            rectify_by=held["rectify_by"] if dated else None,
            position=self.position,
            party_name=held["party_name"],
            signature=signature,
            unsigned_because=self._why_not_signed(),
            correction_reason=held.get("correction_reason", ""),
        )

    def _why_not_signed(self) -> str:
        why, witness = self.cleaned_data["unsigned_because"].strip(), self.cleaned_data["witness"].strip()
        if not why or not witness:
            return ""  # both are needed; the service says so
        return _("%(why)s; witness: %(witness)s") % {"why": why, "witness": witness}


class RecheckForm(OnSiteForm):
    """复查: whether the order was followed; if not, a later day or the lead that follows."""

    complied = forms.ChoiceField(
        label=gettext_lazy("Was the order followed?"),
        choices=[("yes", gettext_lazy("Followed")), ("no", gettext_lazy("Not followed"))],
        widget=forms.RadioSelect,
    )
    rectify_by = forms.DateField(
        label=gettext_lazy("New last day"),
        required=False,
        widget=DAY,
        help_text=gettext_lazy("If the order was not followed: empty hands a lead over at once."),
    )
    note = forms.CharField(
        label=gettext_lazy("What the re-check showed"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    photos = CameraField(label=gettext_lazy("Photos"), required=False)

    def uploads(self) -> list[tuple[str, Any]]:
        """Photos sent with the form."""
        return [("", upload) for upload in self.cleaned_data.get("photos") or []]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        held = self.cleaned_data
        complied = held["complied"] == "yes"
        later: date | None = None if complied else held["rectify_by"]
        return {
            "complied": complied,
            "rectify_by": later,
            "note": held["note"],
            "client_id": held["client_id"],
        }
