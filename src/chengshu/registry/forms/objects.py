"""Forms of one object: its facts, by the attributes of its class; status, permits, identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chengshu.kernel.privacy_masks import mask_value
from chengshu.registry.models import AttributeDefinition, ObjectClass, Permit, RegulatedObject
from chengshu.registry.services.values import ATTRIBUTE, definitions_of

Kind = AttributeDefinition.Kind
PERSONAL = {"responsible_name": "name", "responsible_phone": "phone", "responsible_id": "resident_id"}
"""Fields with personal data and how each is masked."""
CLEAR = "-"
"""Typed into a masked field, it empties it."""


def personal_kind(definition: AttributeDefinition) -> str:
    """How a personal attribute is masked."""
    return "phone" if definition.kind == Kind.PHONE else "text_all"


class ObjectForm(forms.Form):
    """New or changed facts. Values are checked by `registry.services.values`, not here.

    Personal data that is already known is not put into the page: an empty field keeps it.
    """

    name = forms.CharField(label=_("Name"), max_length=200)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    lng = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    uscc = forms.CharField(label=_("USCC"), max_length=24, required=False)
    responsible_name = forms.CharField(label=_("Responsible person"), max_length=60, required=False)
    responsible_phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    responsible_id = forms.CharField(label=_("Resident ID"), max_length=24, required=False)
    status = forms.ChoiceField(label=_("Status"), choices=RegulatedObject.Status.choices)
    credit = forms.ChoiceField(
        label=_("Credit class"),
        choices=[("", _("Not rated")), *RegulatedObject.Credit.choices],
        required=False,
    )
    observed_on = forms.DateField(
        label=_("As of"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    MAIN: tuple[str, ...] = (
        "name", "address", "lng", "lat", "uscc", "responsible_name", "responsible_phone", "responsible_id",
        "status", "credit",
    )  # fmt: skip

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        object_class: ObjectClass,
        current: RegulatedObject | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(current))
        self.object_class, self.current = object_class, current
        self.definitions = definitions_of(object_class)
        masked = dict(PERSONAL)
        for key, definition in self.definitions.items():
            self.fields[ATTRIBUTE + key] = field_of(definition)
            if definition.personal:
                masked[ATTRIBUTE + key] = personal_kind(definition)
            elif current is not None:
                self.initial[ATTRIBUTE + key] = shown_in_form(definition, current.attributes.get(key))
        self.masked = masked
        if current is not None:
            for name, kind in masked.items():
                known = stored(current, name)
                if known:
                    self.fields[name].required = False
                    self.fields[name].help_text = gettext(
                        "Known: %(masked)s. Leave empty to keep it, type - to delete it."
                    ) % {"masked": mask_value(kind, str(known))}
        self.fields["version"].initial = current.version if current else None

    @property
    def main_fields(self) -> list[forms.BoundField]:
        """The fields every object has."""
        return [self[name] for name in self.MAIN]

    @property
    def attribute_fields(self) -> list[forms.BoundField]:
        """The fields of the class."""
        return [self[ATTRIBUTE + key] for key in self.definitions]

    def clean(self) -> dict[str, Any]:
        """Half a position is none."""
        data = super().clean() or {}
        if (data.get("lng") is None) != (data.get("lat") is None):
            self.add_error("lat", _("A position needs both longitude and latitude."))
        return data

    def stated(self) -> dict[str, Any]:
        """Values under the names the services use. Kept personal data is left out."""
        data = self.cleaned_data
        values: dict[str, Any] = {name: data[name] for name in self.MAIN if name not in ("lng", "lat")}
        values["position"] = (data["lng"], data["lat"]) if data.get("lng") is not None else None
        values |= {name: data[name] for name in self.fields if name.startswith(ATTRIBUTE)}
        if self.current is not None:
            for name in self.masked:
                if values[name] == CLEAR:
                    values[name] = ""
                elif not values[name] and stored(self.current, name):
                    del values[name]
            same = self.current.position
            if (
                same
                and values["position"]
                and all(abs(a - b) < 1e-7 for a, b in zip(same, values["position"], strict=True))
            ):
                del values["position"]
        return values

    def move_to(self, version: int) -> None:
        """Let the next attempt start from another version of the object."""
        data = cast(QueryDict, self.data).copy()
        data["version"] = str(version)
        self.data = data

    def add_problems(self, errors: Mapping[str, str]) -> None:
        """Put the sentences of the services beside their fields."""
        for name, text in errors.items():
            field = "lat" if name == "position" else name
            self.add_error(field if field in self.fields else None, text)


def stored(obj: RegulatedObject, name: str) -> Any:
    """An object's value under the name the services use."""
    if name.startswith(ATTRIBUTE):
        return obj.attributes.get(name.removeprefix(ATTRIBUTE))
    return getattr(obj, name)


def _initial(current: RegulatedObject | None) -> dict[str, Any]:
    today = timezone.localdate()
    if current is None:
        return {"observed_on": today, "status": RegulatedObject.Status.OPERATING.value}
    names = ("name", "address", "uscc", "status", "credit")
    values = {name: getattr(current, name) for name in names} | {"observed_on": today}
    if current.position:
        values["lng"], values["lat"] = current.position
    return values


def shown_in_form(definition: AttributeDefinition, value: Any) -> Any:
    """A stored value as its field wants it."""
    if definition.kind == Kind.BOOLEAN:
        return {True: "是", False: "否"}.get(value, "")
    return value


def field_of(definition: AttributeDefinition) -> forms.Field:
    """A form field for an attribute; the type is checked when the value is stored."""
    label = f"{definition.label} ({definition.unit})" if definition.unit else definition.label
    common: dict[str, Any] = {"label": label, "required": definition.required}
    if definition.kind == Kind.BOOLEAN:
        return forms.ChoiceField(choices=[("", "—"), ("是", _("Yes")), ("否", _("No"))], **common)
    if definition.kind == Kind.CHOICE:
        return forms.ChoiceField(choices=[("", "—"), *((c, c) for c in definition.choices)], **common)
    if definition.kind == Kind.CHOICES:
        return forms.MultipleChoiceField(
            choices=[(c, c) for c in definition.choices], widget=forms.CheckboxSelectMultiple, **common
        )
    if definition.kind == Kind.DATE:
        return forms.CharField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **common)
    if definition.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.YEAR):
        return forms.CharField(
            max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **common
        )
    return forms.CharField(max_length=500, **common)


class StatusForm(forms.Form):
    """Another status, as of a day."""

    status = forms.ChoiceField(label=_("Status"), choices=RegulatedObject.Status.choices)
    observed_on = forms.DateField(
        label=_("As of"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    note = forms.CharField(label=_("Reason"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class PermitForm(forms.ModelForm):  # type: ignore[type-arg]
    """A permit or filing."""

    KINDS = ("夜间施工许可", "外摆位备案", "渣土处置证")

    class Meta:
        model = Permit
        fields = ["kind", "number", "issuer", "valid_from", "valid_to"]
        widgets = {
            "kind": forms.TextInput(attrs={"list": "permit-kinds"}),
            "valid_from": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "valid_to": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }

    def clean(self) -> dict[str, Any]:
        """A permit does not end before it begins."""
        data = super().clean() or {}
        start, end = data.get("valid_from"), data.get("valid_to")
        if start and end and end < start:
            self.add_error("valid_to", _("It ends before it begins."))
        return data


class IdentifierForm(forms.Form):
    """The object's number in another system."""

    scheme = forms.CharField(label=_("System"), max_length=40)
    value = forms.CharField(label=_("Identifier"), max_length=80)
