"""Choosing a cause of action (案由) by typing part of its name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from chengshu.law.catalogue import catalogue
from chengshu.law.model import Cause

LIST_ID = "cause-list"


class CauseField(forms.CharField):
    """Takes a name, a number of the catalogue, a code or a part of the name that only one cause has."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"list": LIST_ID, "autocomplete": "off", "data-pick": ""}
        super().__init__(max_length=120, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        """The code. Raises ValidationError with the candidates where several fit."""
        text = str(super().clean(value) or "").strip()
        return find_cause(text).code if text else ""


def find_cause(text: str) -> Cause:
    """The cause that somebody means. Raises ValidationError with one sentence."""
    causes = catalogue().causes
    wanted = text.casefold()
    for cause in causes:
        if wanted in (cause.code, cause.name.casefold(), cause.name_en.casefold(), str(cause.number)):
            return cause
    near = [c for c in causes if wanted in c.name.casefold() or wanted in c.name_en.casefold()]
    if len(near) == 1:
        return near[0]
    if not near:
        raise forms.ValidationError(_("No cause of action is called “%(text)s”.") % {"text": text})
    some = "、".join(cause.name for cause in near[:3])
    raise forms.ValidationError(
        _("%(n)d causes of action fit “%(text)s”, such as %(some)s. Choose one.")
        % {"n": len(near), "text": text, "some": some}
    )
