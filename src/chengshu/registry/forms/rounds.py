"""Forms of re-verification rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.registry.forms.objects import ObjectForm
from chengshu.registry.models import ObjectClass, RegulatedObject, RoundItem
from chengshu.registry.queries.reference import choices, reference
from chengshu.registry.queries.rounds import ME, NOBODY, OPEN, ItemFilter

PHOTO = forms.ClearableFileInput(attrs={"accept": "image/*", "capture": "environment"})
OUTCOMES: list[tuple[str, Any]] = [
    ("", _("All")),
    (OPEN, _("Not checked yet")),
    ("checked", _("Checked")),
    *RoundItem.Outcome.choices,
]


class RoundForm(forms.Form):
    """A new round: what, where, until when."""

    name = forms.CharField(label=_("Name"), max_length=80)
    classes = forms.MultipleChoiceField(label=_("Classes"), widget=forms.CheckboxSelectMultiple)
    towns = forms.MultipleChoiceField(
        label=_("Area"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None chosen: the whole district, with objects that have no position."),
    )
    due_on = forms.DateField(
        label=_("Due"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, data: Mapping[str, Any] | None, user: User) -> None:
        super().__init__(data)
        options = choices(user, "registry.round.manage")
        self.fields["classes"].choices = [(str(pk), label) for pk, label in options["class"]]  # type: ignore[attr-defined]
        self.fields["towns"].choices = [(str(pk), label) for pk, label in options["town"]]  # type: ignore[attr-defined]


class ItemFilterForm(forms.Form):
    """The filter bar over a round's items; its state is the query string."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, address")}),
    )
    squad = forms.ChoiceField(label=_("Squad"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False, choices=OUTCOMES)
    assignee = forms.CharField(label=_("Assigned to"), required=False)

    def __init__(self, data: Mapping[str, Any] | None, user: User, squads: Sequence[tuple[int, str]]) -> None:
        super().__init__(data, auto_id="filter_%s")
        named = (data or {}).get("assignee", "")
        people: list[tuple[str, Any]] = [("", _("All")), (ME, _("Me")), (NOBODY, _("Nobody"))]
        if named.isdecimal() and len(named) < 10:
            people.append((named, _("The officer chosen")))
        self.fields["assignee"] = forms.ChoiceField(label=_("Assigned to"), required=False, choices=people)
        self.fields["squad"].choices = [("", _("All")), *((str(pk), label) for pk, label in squads)]  # type: ignore[attr-defined]
        if len(squads) < 2:
            del self.fields["squad"]

    def wanted(self) -> ItemFilter:
        """The filter; what does not answer counts as not asked."""
        if not self.is_bound:
            return ItemFilter()
        self.is_valid()
        value = self.cleaned_data.get
        return ItemFilter(
            squad=int(self.cleaned_data["squad"]) if value("squad") else None,
            outcome=value("outcome") or "",
            assignee=value("assignee") or "",
            q=(value("q") or "").strip(),
        )


class ReportForm(forms.Form):
    """What was found: outcome by button, a note, a photo, where the officer stood."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=[choice for choice in RoundItem.Outcome.choices if choice[0] != RoundItem.Outcome.ADDED],
        required=True,
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)
    photo = forms.FileField(label=_("Photo"), required=False, widget=PHOTO)


class CorrectionForm(ObjectForm):
    """The facts an officer corrects on the spot; what is empty and known is kept."""

    MAIN: tuple[str, ...] = (
        "name",
        "address",
        "responsible_name",
        "responsible_phone",
        "lng",
        "lat",
        "status",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        object_class: ObjectClass,
        current: RegulatedObject | None = None,
        files: Any = None,
    ) -> None:
        super().__init__(data, object_class, current)
        self.files = files or MultiValueDict()
        for name in ("uscc", "responsible_id", "credit", "observed_on", "version"):
            del self.fields[name]
            self.masked.pop(name, None)
        if current is None:
            del self.fields["status"]
            self.MAIN = tuple(name for name in self.MAIN if name != "status")
        self.fields["client_id"] = forms.UUIDField(widget=forms.HiddenInput)
        self.fields["note"] = forms.CharField(label=_("Note"), max_length=500, required=False)
        self.fields["photo"] = forms.FileField(label=_("Photo"), required=False, widget=PHOTO)

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """The fields every object has, without the pin that the map sets."""
        return [self[name] for name in self.MAIN if name not in ("lng", "lat")]


class NewObjectForm(CorrectionForm):
    """An object found on the spot that the registry lacks."""

    def __init__(self, data: Mapping[str, Any] | None, object_class: ObjectClass, files: Any = None) -> None:
        super().__init__(data, object_class, None, files)
        self.fields["object_class"] = forms.IntegerField(widget=forms.HiddenInput, initial=object_class.pk)
        self.fields["kept_photo"] = forms.CharField(widget=forms.HiddenInput, required=False)
        self.fields["confirmed_new"] = forms.BooleanField(
            label=_("None of them: it is new"), required=False, widget=forms.HiddenInput
        )


class AssignForm(forms.Form):
    """Who goes and looks."""

    officer = forms.ChoiceField(label=_("Officer"), required=False)
    everything = forms.BooleanField(label=_("All open items of this list, on every page"), required=False)

    def __init__(self, data: Mapping[str, Any] | None, officers: Sequence[User]) -> None:
        super().__init__(data)
        squads = reference().squads
        self.fields["officer"].choices = [  # type: ignore[attr-defined]
            ("", _("Nobody")),
            *(
                (
                    str(user.pk),
                    f"{user.full_name} · {squads[user.unit_id].name}"
                    if user.unit_id in squads
                    else user.full_name,
                )
                for user in officers
            ),
        ]
