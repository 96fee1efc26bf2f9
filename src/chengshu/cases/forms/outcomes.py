"""What is proposed or decided on one party (处理意见): fine, other penalties, or none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chengshu.law.catalogue import catalogue
from chengshu.law.model import CauseRule, PartyKind
from chengshu.law.words import PENALTIES, name_of

TYPES = (("penalty", _("Penalty")), ("no_penalty", _("No penalty")))
OTHERS = {
    **PENALTIES,
    "demolish_completed": _("Order to demolish a completed building"),
}
COUNTED = {"per_m2", "per_m2_day", "per_tonne", "per_tree", "per_item"}
BASED = {"times_value", "percent"}
_MONEY = {"inputmode": "decimal"}


def _money(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        required=False,
        widget=forms.TextInput(attrs=_MONEY),
    )


class OutcomeForm(forms.Form):
    """The outcome for one party; only what the applicable provision knows is asked for."""

    type = forms.ChoiceField(label=_("What is decided"), choices=TYPES, initial="penalty")
    fine = _money(_("Fine (yuan)"))
    tier = forms.ChoiceField(label=_("Tier of discretion"), required=False)
    quantity = _money(_("Number or area the fine is counted from"))
    base_value = _money(_("Amount the fine is counted from (yuan)"))
    others = forms.MultipleChoiceField(
        label=_("Other penalties"), required=False, widget=forms.CheckboxSelectMultiple
    )
    confiscated = _money(_("Gains confiscated (yuan)"))
    grave = forms.BooleanField(label=_("A serious case under the provision"), required=False)
    lighter = forms.BooleanField(label=_("Lighter, within the range"), required=False)
    mitigated = forms.BooleanField(label=_("Below the range"), required=False)
    mitigation_ground = forms.CharField(label=_("Ground for going below"), max_length=300, required=False)
    reason = forms.ChoiceField(label=_("Reason for no penalty"), required=False)
    education = forms.CharField(label=_("Education given"), max_length=300, required=False)
    would_be = _money(_("Fine that would have applied (yuan)"))

    MAIN = ("type", "fine", "tier", "quantity", "base_value", "others")
    NONE = ("reason", "education", "would_be")
    RARE = ("confiscated", "grave", "lighter", "mitigated", "mitigation_ground")

    def __init__(
        self,
        data: Any,
        *,
        rule: CauseRule | None,
        kind: PartyKind,
        today: date,
        on_the_spot: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        fine = rule.fine_for(kind) if rule else None
        self._offer("tier", [(t.code, name_of(t)) for t in fine.tiers] if fine else [])
        others = [code for code in OTHERS if rule and code in rule.other_penalties]
        self._offer("others", [(code, OTHERS[code]) for code in others], blank=False)
        reasons = [
            (entry.code, name_of(entry))
            for versions in catalogue().exemption_reasons.values()
            for entry in versions
            if entry.applies(today)
        ]
        self._offer("reason", reasons)
        unit = fine.unit if fine else ""
        if unit not in COUNTED:
            del self.fields["quantity"]
        if unit not in BASED:
            del self.fields["base_value"]
        if fine is not None and fine.grave_max is None:
            del self.fields["grave"]
        if on_the_spot:
            self._only_on_the_spot()

    def _only_on_the_spot(self) -> None:
        """The simple procedure knows fines and warnings, nothing else (行政处罚法 2021 art. 51)."""
        self.fields["type"].widget = forms.HiddenInput()
        if others := self.fields.get("others"):
            left: Any = [(code, label) for code, label in others.choices if code == "warning"]  # type: ignore[attr-defined]
            self._offer("others", left, blank=False)
        for name in (*self.NONE, *self.RARE):
            self.fields.pop(name, None)

    def _offer(self, name: str, options: list[tuple[str, Any]], *, blank: bool = True) -> None:
        if not options:
            del self.fields[name]
            return
        field: Any = self.fields[name]
        field.choices = [("", "—"), *options] if blank else options

    def group(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        """The bound fields of a group that this provision has."""
        return [self[name] for name in names if name in self.fields]

    @property
    def main(self) -> list[forms.BoundField]:
        """What every outcome has."""
        return self.group(self.MAIN)

    @property
    def none(self) -> list[forms.BoundField]:
        """What no penalty needs."""
        return self.group(self.NONE)

    @property
    def rare(self) -> list[forms.BoundField]:
        """What few outcomes need."""
        return self.group(self.RARE)

    def outcome(self, key: str) -> dict[str, Any]:
        """The outcome as a step keeps it."""
        found: dict[str, Any] = {"party": key}
        for name, value in self.cleaned_data.items():
            if value in (None, "", [], False) or (name == "reason" and self._punished):
                continue
            found[name] = value if not hasattr(value, "quantize") else plain_amount(value)
        if found.get("type") == "no_penalty":
            found.pop("fine", None)
        return found

    @property
    def _punished(self) -> bool:
        return bool(self.cleaned_data.get("type") == "penalty")


def plain_amount(value: Any) -> str | int:
    """An amount as the steps keep it: whole yuan as a number, others as text."""
    return int(value) if value == value.to_integral_value() else str(value)


def start_of(known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Starting values from an outcome that was proposed or announced before."""
    return {name: value for name, value in (known or {}).items() if name in OutcomeForm.base_fields}
