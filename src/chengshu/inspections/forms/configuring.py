"""Forms of items and checklists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District
from chengshu.inspections.models import Checklist, InspectionItem
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.configuring import ENTRIES_MOST, basis_text, read_basis
from chengshu.leads.models import LeadClass
from chengshu.registry.models import ObjectClass
from chengshu.ui.widgets import PlainSelect

BLANK_ROWS = 3


def class_choices(district: District) -> list[tuple[str, str]]:
    """The classes of objects of the district."""
    return [(row.code, row.label) for row in ObjectClass.objects.filter(district=district)]


class BasisField(forms.CharField):
    """Provisions in words, as a list of citations."""

    def __init__(self, *, known: Iterable[Mapping[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = list(known)

    def prepare_value(self, value: Any) -> Any:
        """Citations as words."""
        return basis_text(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Words as citations."""
        text = super().clean(value) or ""
        try:
            return read_basis(text, self.known)
        except InspectionProblem as problem:
            raise forms.ValidationError(str(problem)) from problem


class ItemForm(forms.Form):
    """An item of the list of what may be inspected at random."""

    code = forms.CharField(label=_("Code"), max_length=20, help_text=_("Stays for good; tasks refer to it."))
    title = forms.CharField(label=_("Title in Chinese"), max_length=120)
    title_en = forms.CharField(label=_("Title in English"), max_length=160, required=False)
    object_classes = forms.MultipleChoiceField(
        label=_("Classes of objects"), widget=forms.CheckboxSelectMultiple
    )
    basis = BasisField(
        label=_("Legal basis"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("As 《title》 and article, several separated by semicolons"),
    )
    method = forms.CharField(label=_("How it is inspected"), max_length=120, required=False)
    verified = forms.BooleanField(label=_("Compared with the list the bureau has published"), required=False)
    active = forms.BooleanField(
        label=_("In use"),
        required=False,
        initial=True,
        help_text=_("Tasks can be made of items in use only."),
    )

    def __init__(
        self, *args: Any, district: District, item: InspectionItem | None = None, **kwargs: Any
    ) -> None:
        if item is not None:
            names = (
                "code", "title", "title_en", "object_classes", "basis", "method", "verified", "active",
            )  # fmt: skip
            kwargs["initial"] = {name: getattr(item, name) for name in names}
        super().__init__(*args, **kwargs)
        self.fields["object_classes"].choices = class_choices(district)  # type: ignore[attr-defined]
        if item is not None:
            self.fields["code"].disabled = True
            self.fields["basis"].known = item.basis  # type: ignore[attr-defined]


class VersionForm(forms.Form):
    """The head of a new version."""

    title = forms.CharField(label=_("Title in Chinese"), max_length=120)
    title_en = forms.CharField(label=_("Title in English"), max_length=160, required=False)
    valid_from = forms.DateField(
        label=_("In force from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    note = forms.CharField(label=_("Why it is changed"), max_length=300, required=False)

    def __init__(self, *args: Any, last: Checklist | None = None, **kwargs: Any) -> None:
        start = timezone.localdate()
        if last is not None:
            start = max(start, last.valid_from)
            kwargs["initial"] = {"title": last.title, "title_en": last.title_en, "valid_from": start}
        super().__init__(*args, **kwargs)


class NewChecklistForm(VersionForm):
    """The head of the first version of a class."""

    object_class = forms.ChoiceField(label=_("Class of objects"), widget=PlainSelect)
    field_order = ("object_class", "title", "title_en", "valid_from", "note")

    def __init__(self, *args: Any, classes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["object_class"].choices = classes  # type: ignore[attr-defined]


class EntryForm(forms.Form):
    """One entry; a row whose question is empty is left out."""

    code = forms.CharField(label=_("Code"), max_length=40, required=False)
    zh = forms.CharField(
        label=_("What is asked"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    en = forms.CharField(
        label=_("In English"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    basis = BasisField(label=_("Legal basis"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    cause = forms.CharField(
        label=_("Cause of action"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"list": "causes"}),
    )
    lead_class = forms.ChoiceField(label=_("Class of the lead"), required=False, widget=PlainSelect)
    photo = forms.BooleanField(label=_("Photo needed"), required=False)
    rectify_days = forms.IntegerField(label=_("Days to rectify"), min_value=1, max_value=365, required=False)

    def __init__(
        self, *args: Any, lead_classes: list[tuple[str, str]], known: Mapping[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lead_class"].choices = lead_classes  # type: ignore[attr-defined]
        self.known = known

    def clean(self) -> dict[str, Any]:
        """A row with a question needs a code, a class of leads and days."""
        data = super().clean() or {}
        checked = [(one["instrument"], one["article"]) for one in self._checked(data.get("code"))]
        for one in data.get("basis") or []:
            one["verified"] = (one["instrument"], one["article"]) in checked
        if data.get("zh"):
            for name in ("code", "lead_class", "rectify_days"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Fill this in."))
        return data

    def _checked(self, code: str | None) -> list[Mapping[str, Any]]:
        """Provisions of the entry in the last version that were checked against their text."""
        return [one for one in self.known.get(code or "", ()) if one.get("verified")]


class _EntrySet(forms.BaseFormSet):  # type: ignore[type-arg]
    def entries(self) -> list[dict[str, Any]]:
        """The rows that ask something, in order."""
        return [form.cleaned_data for form in self.forms if form.cleaned_data.get("zh")]


EntrySet = forms.formset_factory(
    EntryForm, formset=_EntrySet, extra=BLANK_ROWS, max_num=ENTRIES_MOST, validate_max=True
)


def entry_set(
    district: District, entries: Iterable[Mapping[str, Any]], data: Any = None, known: Any = ()
) -> Any:
    """The rows of a version: the entries given, and some blank ones."""
    leads = LeadClass.objects.filter(district=district, active=True)
    choices = [("", "—"), *((row.code, f"{row.code} {row.label}") for row in leads)]
    basis_of = {entry["code"]: entry["basis"] for entry in known}
    return EntrySet(
        data,
        initial=[dict(entry) for entry in entries],
        prefix="entry",
        form_kwargs={"lead_classes": choices, "known": basis_of},
    )
