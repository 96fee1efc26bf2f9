"""The head of a document as a form: kind, period, squad, title, number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import District, Unit
from chengshu.kernel.indicators.periods import Period, PeriodProblem
from chengshu.reports.documents.base import kinds
from chengshu.reports.documents.texts import CONTROL
from chengshu.reports.documents.writing import Number
from chengshu.reports.models import Document
from chengshu.reports.places import squads_of


class HeadForm(forms.Form):
    """Title, number (发文字号) and red head (版头)."""

    title = forms.CharField(label=_("Title"), max_length=200)
    word = forms.CharField(
        label=_("Word of the number"), max_length=20, required=False, help_text=_("Such as 普城管.")
    )
    year = forms.IntegerField(label=_("Year of the number"), min_value=1949, max_value=2999, required=False)
    seq = forms.IntegerField(label=_("Running number"), min_value=1, max_value=999_999, required=False)
    red_head = forms.BooleanField(
        label=_("With a red head"),
        required=False,
        help_text=_("The bureau's name in red, number and rule above; copies and printing below."),
    )

    def number(self) -> Number:
        """The number as entered."""
        held = self.cleaned_data
        return Number(held["word"], held["year"], held["seq"], held["red_head"])

    def clean_title(self) -> str:
        """Without control characters, which no document can carry."""
        return CONTROL.sub("", self.cleaned_data["title"])

    @staticmethod
    def initial_of(document: Document) -> dict[str, Any]:
        """What the form begins with."""
        return {
            "title": document.title,
            "word": document.number_word,
            "year": document.number_year,
            "seq": document.number_seq,
            "red_head": document.red_head,
        }


class NewForm(HeadForm):
    """A new document: its kind, period and place besides."""

    kind = forms.ChoiceField(label=_("Kind of document"))
    period = forms.CharField(
        label=_("Period"), max_length=30, help_text=_("2020, 2020-Q3, 2020-03 or 2020-03-01..2020-12-31.")
    )
    squad = forms.ModelChoiceField(
        label=_("Counted for"), queryset=Unit.objects.none(), required=False, empty_label=_("Whole district")
    )
    field_order = ("kind", "period", "squad", "title", "word", "year", "seq", "red_head")

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(one.code, one.name) for one in kinds().values()]  # type: ignore[attr-defined]
        squads = squads_of(district.pk)
        self.fields["squad"].queryset = squads  # type: ignore[attr-defined]
        self.fields["squad"].label_from_instance = lambda unit: unit.label  # type: ignore[attr-defined]
        self.fields["title"].required = False
        self.fields["title"].help_text = _("Left empty, the title of the kind of document.")
        self.fields["period"].initial = str(timezone.localdate().year - 1)

    def clean_period(self) -> Period:
        """The period that the text names."""
        try:
            return Period.parse(self.cleaned_data["period"].strip())
        except PeriodProblem as problem:
            raise forms.ValidationError(str(problem)) from problem


class PartForm(forms.Form):
    """The wording of a part. kind: what is added, for a new one."""

    kind = forms.ChoiceField(
        label=_("What is added"),
        required=False,
        choices=[
            ("p", pgettext_lazy("document", "Paragraph")),
            ("h1", _("Heading, first level")),
            ("h2", _("Heading, second level")),
            ("h3", _("Heading, third level")),
            ("table", pgettext_lazy("document", "Table of figures")),
        ],
    )
    text = forms.CharField(label=_("Wording"), required=False, widget=forms.Textarea(attrs={"rows": 6}))
    caption = forms.CharField(label=_("Caption of the table"), required=False, max_length=100)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
