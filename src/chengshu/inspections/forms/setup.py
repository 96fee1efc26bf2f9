"""Forms of recusal and of partner departments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import District, Town
from chengshu.registry.models import RegulatedObject

LIKE_IT = 6
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class HomeForm(forms.Form):
    """The street of one's home."""

    town = forms.ModelChoiceField(label=gettext_lazy("Street or town of home"), queryset=Town.objects.none())

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        town: Any = self.fields["town"]
        town.queryset = Town.objects.filter(district=district)


class InterestForm(forms.Form):
    """An interest in an object: found by its number, name or address."""

    target = forms.CharField(
        label=gettext_lazy("Object"),
        max_length=100,
        help_text=gettext_lazy("Its whole name, or the number in the address of its file."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Seen by you and by whoever plans the draws; never published."),
    )

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.district = district

    def clean_target(self) -> RegulatedObject:
        """The one object that is meant."""
        text = str(self.cleaned_data["target"]).strip()
        wanted = Q(name=text)
        if text.isascii() and text.isdigit() and len(text) < 19:
            wanted |= Q(pk=int(text))
        found = list(RegulatedObject.objects.live().filter(wanted, district=self.district)[: LIKE_IT + 1])
        if not found:
            raise forms.ValidationError(_("There is no object with this name or number."))
        if len(found) > 1:
            alike = ", ".join(f"{one.pk} ({one.address})" for one in found[:LIKE_IT])
            raise forms.ValidationError(
                _("Several objects have this name. Give a number: %(all)s") % {"all": alike}
            )
        return found[0]


class DepartmentForm(forms.Form):
    """A partner department."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=20)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


class PartnerOfficerForm(forms.Form):
    """An officer of a partner department."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    certificate = forms.CharField(label=gettext_lazy("Number of the certificate"), max_length=40)
    valid_to = forms.DateField(label=gettext_lazy("Valid until"), widget=DAY)
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)
