"""The filter bar over the queue of possible duplicates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.registry.models import DuplicatePair
from chengshu.registry.queries.reference import choices

SCORES: dict[str, tuple[float, float]] = {"high": (0.9, 1.01), "middle": (0.7, 0.9), "low": (0.0, 0.7)}


class DoublesFilterForm(forms.Form):
    """Class, town, likelihood, state."""

    town = forms.ChoiceField(label=_("Street or town"), required=False)
    score = forms.ChoiceField(
        label=_("Likelihood"),
        required=False,
        choices=[
            ("", _("All")),
            ("high", _("90 % and more")),
            ("middle", _("70 to 90 %")),
            ("low", _("below 70 %")),
        ],
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("To be settled")), *DuplicatePair.State.choices[1:]]
    )

    def __init__(self, data: Mapping[str, Any] | None, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        options = choices(user, "registry.merge")
        self.fields = {"class": forms.ChoiceField(label=_("Class"), required=False), **self.fields}
        for name in ("class", "town"):
            listed = [("", _("All")), *((str(pk), label) for pk, label in options[name])]
            self.fields[name].choices = listed  # type: ignore[attr-defined]

    def narrow(self, pairs: QuerySet[DuplicatePair]) -> QuerySet[DuplicatePair]:
        """Pairs that answer; what is not an answer counts as not asked."""
        self.is_valid()
        given: dict[str, Any] = dict(self.cleaned_data)
        value = given.get
        pairs = pairs.filter(state=value("state") or DuplicatePair.State.OPEN)
        if value("class"):
            pairs = pairs.filter(first__object_class=int(given["class"]))
        if town := value("town"):
            pairs = pairs.filter(Q(first__town=int(town)) | Q(second__town=int(town)))
        if value("score"):
            low, high = SCORES[given["score"]]
            pairs = pairs.filter(score__gte=low, score__lt=high)
        return pairs
