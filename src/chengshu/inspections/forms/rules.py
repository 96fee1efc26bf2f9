"""The rules of a plan or task as a form: every field says what it means for the draw."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chengshu.bureau.models import District
from chengshu.inspections import drawing_rules
from chengshu.inspections.drawing_rules import CREDITS
from chengshu.inspections.models import PartnerDepartment

NUMBER, SHARE = "number", "share"
FLAGS = ("same_squad", "rotate")
PLAIN = ("at_least", "per_year", "recent_days", "area_cap", "officers")


def _whole(label: Any, most: int, help_text: Any = "", least: int = 0, required: bool = True) -> Any:
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, help_text=help_text, required=required
    )


class RulesForm(forms.Form):
    """抽取规则. Shares are entered in per cent and kept per mille; a field left empty does not restrict."""

    strata = forms.MultipleChoiceField(
        label=gettext_lazy("Divided by"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("class", gettext_lazy("Class of objects")),
            ("town", gettext_lazy("Street or town")),
            ("credit", gettext_lazy("Credit class")),
        ],
        help_text=gettext_lazy("Within each part everyone has the same chance."),
    )
    way = forms.ChoiceField(
        label=gettext_lazy("How many are drawn"),
        widget=forms.RadioSelect,
        choices=[
            (NUMBER, gettext_lazy("A fixed number in all")),
            (SHARE, gettext_lazy("A share of each credit class")),
        ],
    )
    number = _whole(gettext_lazy("Objects in all"), 1_000_000, least=1, required=False)
    at_least = _whole(
        gettext_lazy("At least so many of each part"), 1000, gettext_lazy("Counts with shares only.")
    )
    per_year = _whole(
        gettext_lazy("Most often in a year"),
        100,
        gettext_lazy("An object is drawn so often at most; 0: any."),
    )
    recent_days = _whole(
        gettext_lazy("Not within so many days after a random inspection"),
        3660,
        gettext_lazy("0: no such rule."),
    )
    complaints = forms.ChoiceField(
        label=gettext_lazy("Objects with an open complaint"),
        choices=[
            ("exclude", gettext_lazy("are left out: inspected anyway")),
            ("ignore", gettext_lazy("are drawn like others")),
            ("only", gettext_lazy("only these are drawn")),
        ],
    )
    area_cap = _whole(gettext_lazy("At most of one street or town"), 100_000, gettext_lazy("0: no limit."))
    officers = _whole(gettext_lazy("Officers to an object"), 6, least=2)
    same_squad = forms.BooleanField(label=gettext_lazy("All officers of one squad"), required=False)
    rotate = forms.BooleanField(
        label=gettext_lazy("Whoever inspected an object last time does not come again"), required=False
    )

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.district = district
        for credit in CREDITS:
            name = credit or pgettext_lazy("credit", "not rated")
            share: Any = forms.DecimalField(
                label=name, min_value=Decimal(0), max_value=Decimal(100), decimal_places=1, required=False
            )
            self.fields[f"share_{credit}"] = share
            self.fields[f"weight_{credit}"] = _whole(name, 10_000, required=False)
        self.departments = list(PartnerDepartment.objects.filter(district=district, active=True))
        for one in self.departments:
            self.fields[f"partner_{one.pk}"] = _whole(one.name, 5, required=False)

    @property
    def shares(self) -> list[Any]:
        """The fields of the shares, in per cent."""
        return [self[f"share_{credit}"] for credit in CREDITS]

    @property
    def weights(self) -> list[Any]:
        """The fields of the weights, in per cent."""
        return [self[f"weight_{credit}"] for credit in CREDITS]

    @property
    def partners(self) -> list[Any]:
        """A field for each partner department: its officers in every team."""
        return [self[f"partner_{one.pk}"] for one in self.departments]

    @staticmethod
    def initial_of(rules: Mapping[str, Any]) -> dict[str, Any]:
        """The fields as rules have them; without rules the usual ones."""
        kept = drawing_rules.Rules.model_validate(rules or {"number": 1})
        values: dict[str, Any] = {name: getattr(kept, name) for name in (*PLAIN, *FLAGS)}
        values |= {"strata": kept.strata, "complaints": kept.complaints}
        values |= {"way": SHARE if kept.number is None else NUMBER, "number": kept.number if rules else None}
        per_mille: Mapping[str, int] = kept.per_mille  # type: ignore[assignment]
        weights: Mapping[str, int] = kept.weights  # type: ignore[assignment]
        values |= {f"share_{credit}": Decimal(share) / 10 for credit, share in per_mille.items()}
        values |= {f"weight_{credit}": weight for credit, weight in weights.items()}
        return values | {f"partner_{one.department}": one.officers for one in kept.partners}

    def clean(self) -> dict[str, Any]:
        """One way to say how many, and the division that it needs."""
        held: dict[str, Any] = super().clean() or {}
        by_credit = "credit" in held.get("strata", [])
        if held.get("way") == NUMBER:
            if held.get("number") is None and "number" not in self.errors:
                self.add_error("number", _("Say how many objects are drawn in all."))
            if not by_credit and any(held.get(f"weight_{credit}") is not None for credit in CREDITS):
                self.add_error("strata", _("Weights by credit class need the division by credit class."))
        elif held.get("way") == SHARE:
            if not any(held.get(f"share_{credit}") for credit in CREDITS):
                self.add_error("way", _("Give a share for one credit class at least."))
            if not by_credit and any(held.get(f"share_{credit}") for credit in CREDITS if credit):
                self.add_error("strata", _("Shares by credit class need the division by credit class."))
        return held

    def rules(self) -> dict[str, Any]:
        """What was entered, as `drawing_rules.Rules` wants it."""
        held = self.cleaned_data
        rules: dict[str, Any] = {name: held[name] for name in (*PLAIN, *FLAGS, "strata", "complaints")}
        if held["way"] == NUMBER:
            rules["number"] = held["number"]
            weights = {credit: held[f"weight_{credit}"] for credit in CREDITS}
            rules["weights"] = {credit: weight for credit, weight in weights.items() if weight is not None}
        else:
            shares = {credit: held[f"share_{credit}"] for credit in CREDITS}
            rules["per_mille"] = {credit: int(share * 10) for credit, share in shares.items() if share}
        partners = {one.pk: held[f"partner_{one.pk}"] for one in self.departments}
        rules["partners"] = [{"department": pk, "officers": n} for pk, n in partners.items() if n]
        return rules


class PlanForm(forms.Form):
    """Year and note of a plan; its rules are a form of their own."""

    year = _whole(gettext_lazy("Year"), 2100, least=2000)
    note = forms.CharField(
        label=gettext_lazy("Note to the plan"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
