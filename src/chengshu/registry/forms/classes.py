"""Forms of classes and attributes."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chengshu.registry.models import AttributeDefinition, ObjectClass

_WORDS = re.compile(r"[\n,，、;；|]+")


class WordsField(forms.CharField):
    """Several words, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        """A list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """Lines as a list, each word once."""
        words = [word.strip() for word in _WORDS.split(super().clean(value) or "")]
        return list(dict.fromkeys(word[:60] for word in words if word))


class ClassForm(forms.ModelForm):  # type: ignore[type-arg]
    """A class of regulated objects."""

    class Meta:
        model = ObjectClass
        fields = ["label_zh", "label_en", "code", "colour", "order", "active"]
        widgets = {"colour": forms.TextInput(attrs={"type": "color"})}
        labels = {"code": _("Code")}
        help_texts = {
            "code": _("Lower-case letters, digits and underscores; stays for good, lists and API use it."),
            "active": _("Objects of a class out of use stay, but nothing new is added to it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["code"].disabled = True
        else:
            del self.fields["active"]

    def clean_code(self) -> str:
        """A word a program can use."""
        code = str(self.cleaned_data["code"])
        if not re.fullmatch(r"[a-z][a-z0-9_]*", code):
            raise forms.ValidationError(_("Use lower-case letters, digits and underscores, a letter first."))
        return code

    def clean_colour(self) -> str:
        """A colour as #rrggbb."""
        colour = str(self.cleaned_data["colour"]).lower()
        if not re.fullmatch(r"#[0-9a-f]{6}", colour):
            raise forms.ValidationError(_("A colour looks like #5b6b7f."))
        return colour


class AttributeForm(forms.ModelForm):  # type: ignore[type-arg]
    """An attribute of a class."""

    choices = WordsField(label=_("Choices"), required=False, help_text=_("One a line"))
    aliases = WordsField(
        label=_("Column names on import"),
        required=False,
        help_text=_("Other names of the column in lists, one a line"),
    )

    class Meta:
        model = AttributeDefinition
        fields = [
            "label_zh",
            "label_en",
            "key",
            "kind",
            "unit",
            "choices",
            "required",
            "personal",
            "aliases",
            "order",
            "active",
        ]
        labels = {"key": _("Attribute key"), "unit": _("Unit of measure")}
        help_texts = {"key": _("Lower-case letters, digits and underscores; cannot be changed once used.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["active"]

    def clean_key(self) -> str:
        """A word a program can use."""
        key = str(self.cleaned_data["key"])
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
            raise forms.ValidationError(_("Use lower-case letters, digits and underscores, a letter first."))
        return key

    def clean(self) -> dict[str, Any]:
        """A choice needs something to choose from."""
        data = super().clean() or {}
        kinds = AttributeDefinition.Kind
        if data.get("kind") in (kinds.CHOICE, kinds.CHOICES) and not data.get("choices"):
            self.add_error("choices", _("Give at least one choice."))
        return data
