"""Forms of the pages for API keys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.forms import unit_choices
from chengshu.bureau.models import ApiKey, Unit, User
from chengshu.bureau.roles import key_permissions, permissions


def permission_choices() -> list[tuple[str, str]]:
    """What a key may carry, in the order and words of the role file."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    allowed = key_permissions()
    return [(code, label[language]) for code, label in permissions().items() if code in allowed]


class RightsForm(forms.Form):
    """权限与频次."""

    permissions = forms.MultipleChoiceField(label=_("Permissions"), widget=forms.CheckboxSelectMultiple)
    rate_per_minute = forms.IntegerField(
        label=_("Requests a minute"),
        min_value=1,
        initial=600,
        help_text=_("More than these are answered with “too many requests” until the minute is over."),
    )

    def __init__(self, *args: Any, key: ApiKey | None = None, **kwargs: Any) -> None:
        if key is not None:
            kwargs["initial"] = {"permissions": key.permissions, "rate_per_minute": key.rate_per_minute}
        super().__init__(*args, **kwargs)
        self.fields["permissions"].choices = permission_choices()  # type: ignore[attr-defined]
        self.fields["rate_per_minute"].max_value = settings.API_KEY_RATE_MOST  # type: ignore[attr-defined]


class KeyForm(RightsForm):
    """新建接口密钥."""

    name = forms.CharField(label=_("Name of the system"), max_length=60)
    owner = forms.CharField(
        label=_("Answers for it"), max_length=120, help_text=_("Body, person and telephone.")
    )
    unit = forms.ChoiceField(
        label=_("Unit"), help_text=_("A squad: only its own area. Any other unit: the whole district.")
    )
    days = forms.IntegerField(label=_("Valid for, days"), min_value=1, initial=365)
    field_order = ("name", "owner", "unit", "permissions", "rate_per_minute", "days")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = unit_choices(user, "bureau.apikeys.manage")  # type: ignore[attr-defined]

    def clean_unit(self) -> Unit:
        """The unit itself."""
        return Unit.objects.get(pk=int(self.cleaned_data["unit"]))


class RotateForm(forms.Form):
    """更换密钥."""

    keep_hours = forms.IntegerField(
        label=_("The former key works on for, hours"),
        min_value=0,
        initial=24,
        help_text=_("0 where it may have come into wrong hands."),
    )


class RevokeForm(forms.Form):
    """吊销密钥."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
