"""From the declaration of a step to its form, and from the form to what the step records."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.cases.forms.catalogue import SPECS
from chengshu.cases.forms.causes import CauseField
from chengshu.cases.forms.fields import F, Kind, Officers, Spec
from chengshu.cases.forms.outcomes import OutcomeForm, plain_amount, start_of
from chengshu.cases.forms.parties import PartyForm, party_parts
from chengshu.cases.forms.start import Situation, proposed, start
from chengshu.cases.procedure import law
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STEP_LABELS
from chengshu.cases.queries import people
from chengshu.cases.words import masked_party
from chengshu.law.model import CauseRule

DATE = {"type": "date"}
MOMENT = {"type": "datetime-local"}
HIDDEN = (Kind.ME, Kind.CONST)


@dataclass
class Choices:
    """Who and what can be chosen in the forms of one case; each list is read once, when first asked for."""

    at: Situation
    _kept: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @cached_property
    def certified(self) -> list[User]:
        """Officers who may act today."""
        return people.certified(self.at.case.district_id, self.at.case.squad_id, self.at.today)

    def of(self, kind: Kind) -> list[tuple[str, str]]:
        """The options of a field, read at most once."""
        if kind not in self._kept:
            self._kept[kind] = self._read(kind)
        return self._kept[kind]

    def _read(self, kind: Kind) -> list[tuple[str, str]]:
        case, file = self.at.case, self.at.file
        if kind is Kind.PARTY:
            return [(p.key, masked_party(p.kind, p.name)) for p in file.parties.values()]
        if kind is Kind.OFFICER:
            return [(officer.id, officer.name) for officer in file.officers]
        if kind is Kind.STEP:
            return [
                (str(n), f"{n} · {STEP_LABELS[step.kind]} {step.day:%Y-%m-%d}")
                for n, step in enumerate(file.steps, 1)
            ]
        found = (
            people.leaders(case.district_id)
            if kind is Kind.LEADER
            else people.outsiders(case.district_id, {officer.id for officer in file.officers})
        )
        return [(user.username, user.full_name) for user in found]


class StepForm(forms.Form):
    """The form of one step. Bound with what was typed, it keeps it when the step is refused.

    ``typed``: what was typed so far in a form that gets one more party; it is not judged yet.
    """

    client_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        kind: StepKind,
        choices: Choices,
        data: QueryDict | None = None,
        *,
        quick: bool = False,
        typed: QueryDict | None = None,
    ) -> None:
        auto_id = f"quick_{kind}_%s" if quick else f"{kind}_%s"
        super().__init__(data, auto_id=auto_id, initial=typed.dict() if typed else None)
        self.kind, self.choices, self.spec = kind, choices, SPECS[kind]
        self.fields["client_id"].initial = str(uuid.uuid4())
        for declared in self.spec.fields:
            if declared.kind not in HIDDEN:
                self.fields[declared.name] = self._field(declared)
        self._add_officers()
        self.fields["at"] = forms.DateTimeField(
            label=_("When, if not now"),
            required=False,
            widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs=MOMENT),
        )
        self.parts = self._parts(data, typed)
        self.refused: list[Mapping[str, Any]] = []

    # --- building -------------------------------------------------------------------------------------
    def _field(self, declared: F) -> forms.Field:
        common: dict[str, Any] = {
            "label": declared.label,
            "required": declared.required,
            "help_text": declared.help,
        }
        if isinstance(declared.start, str):
            common["initial"] = start(declared.start, self.choices.at)
        if declared.kind is Kind.PARTY and (party := self.choices.at.party):
            common["initial"] = party.key
        made = _SIMPLE.get(declared.kind)
        if made is not None:
            field = made(common)
            if declared.hint:
                field.widget.attrs["placeholder"] = start(declared.hint, self.choices.at)
            return field
        if declared.kind is Kind.CHOICE:
            options = list(declared.choices)
            return forms.ChoiceField(choices=options, initial=common.pop("initial", options[0][0]), **common)
        options = self.choices.of(declared.kind)
        blank = [] if declared.required and len(options) == 1 else [("", "—")]
        return forms.ChoiceField(choices=[*blank, *options], **common)

    def _add_officers(self) -> None:
        if self.spec.officers is Officers.NONE:
            return
        me, case = self.choices.at.me, self.choices.at.case
        offered = [(str(user.pk), user.full_name) for user in self.choices.certified]
        if self.spec.officers is Officers.CHANGE:
            for name, label in (
                ("first_officer", _("First officer")),
                ("second_officer", _("Second officer")),
            ):
                self.fields[name] = forms.ChoiceField(label=label, choices=[("", "—"), *offered])
            return
        offered = [(pk, name) for pk, name in offered if pk != str(me.pk)]
        other = case.officer_id if case.second_officer_id == me.pk else case.second_officer_id
        first = str(other or "") or (offered[0][0] if len(offered) == 1 else "")
        self.fields["second_officer"] = forms.ChoiceField(
            label=_("Second officer"), choices=[("", "—"), *offered], initial=first, required=False
        )

    def _parts(self, data: QueryDict | None, typed: QueryDict | None) -> list[tuple[Any, Any]]:
        """Forms inside this one: one a party, with the party's name as its heading."""
        if self.spec.parties:
            several, stay = self.spec.parties == "parties", self.spec.parties_stay
            return party_parts(data, typed, f"{self.kind}_%s", several=several, optional=stay)
        if not (self.spec.outcomes or self.spec.outcome):
            return []
        file, parts = self.choices.at.file, []
        chosen = self.choices.at.party
        wanted = list(file.parties.values()) if self.spec.outcomes else [chosen] if chosen else []
        for party in wanted:
            made = OutcomeForm(
                data,
                rule=self.rule(party.kind),
                kind=party.kind,
                today=self.choices.at.today,
                on_the_spot=self.kind is StepKind.SIMPLE_DECISION,
                prefix=f"o{party.key if self.spec.outcomes else ''}",
                initial=start_of(proposed(file, party.key)),
                auto_id=f"{self.kind}_%s",
            )
            parts.append((masked_party(party.kind, party.name), made))
        return parts

    def rule(self, party: Any) -> CauseRule | None:
        """The rule that applies to a kind of party, None where the law has no answer."""
        file = self.choices.at.file
        if file.act_end is None:
            return None
        try:
            return law.rule_for(
                file.cause, act_on=file.act_end, decided_on=self.choices.at.today, party=party
            ).rule
        except law.LawProblem:
            return None

    # --- showing --------------------------------------------------------------------------------------
    @property
    def label(self) -> Any:
        """What the step is called."""
        return STEP_LABELS[self.kind]

    @property
    def spec_of(self) -> Spec:
        """The declaration."""
        return self.spec

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields that are asked for, the time apart."""
        return [self[name] for name in self.fields if name not in ("client_id", "at")]

    @property
    def problem_count(self) -> int:
        """How many fields need attention, those of the parts too."""
        return len(self.errors) + sum(len(part.errors) for _label, part in self.parts)

    # --- reading --------------------------------------------------------------------------------------
    def is_valid(self) -> bool:
        """Whether the form and all its parts can be read."""
        parts = [part.is_valid() for _label, part in self.parts if not _empty(part)]
        return super().is_valid() and all(parts)

    def values(self) -> dict[str, Any]:
        """What the step records."""
        at, cleaned = self.choices.at, self.cleaned_data
        found: dict[str, Any] = {}
        for declared in self.spec.fields:
            if declared.kind is Kind.ME:
                found[declared.name] = at.me.username
            elif declared.kind is Kind.CONST:
                begun = declared.start
                found[declared.name] = start(begun, at) if isinstance(begun, str) else begun
            else:
                value = kept(declared.kind, cleaned.get(declared.name))
                if value not in (None, "", []) and not (declared.kind is Kind.CHECK and value is False):
                    found[declared.name] = value
        found |= self._from_parts(found)
        if self.kind is StepKind.SERVE and found.get("mode") == "direct" and not found.get("receiver"):
            party = at.file.parties.get(str(found.get("party", "")))
            found["receiver"] = party.name if party else ""
        return found

    def _from_parts(self, found: Mapping[str, Any]) -> dict[str, Any]:
        if self.spec.parties:
            filled = [part for _label, part in self.parts if not _empty(part)]
            read = [part.party(str(n)) for n, part in enumerate(filled, 1)]
            return {self.spec.parties: read if self.spec.parties == "parties" else read[0]}
        if self.spec.outcomes:
            keys = list(self.choices.at.file.parties)
            made = [part.outcome(key) for key, (_label, part) in zip(keys, self.parts, strict=True)]
            return {self.spec.outcomes: made}
        if self.spec.outcome and self.parts:
            return {self.spec.outcome: self.parts[0][1].outcome(str(found.get("party", "1")))}
        return {}

    def officers(self) -> list[User]:
        """Who acts: whoever records and the second one, or the two that were chosen."""
        if self.spec.officers is Officers.NONE:
            return []
        by_key = {str(user.pk): user for user in self.choices.certified}
        chosen = [self.cleaned_data.get(name) for name in ("first_officer", "second_officer")]
        found = [by_key[key] for key in chosen if key in by_key]
        return found if self.spec.officers is Officers.CHANGE else [self.choices.at.me, *found]

    def moment(self) -> datetime | None:
        """When it happened, None for now."""
        found: datetime | None = self.cleaned_data.get("at")
        return found


def _empty(part: Any) -> bool:
    """An optional party that nobody filled in."""
    return isinstance(part, PartyForm) and part.optional and not (part["name"].value() or "")


def kept(kind: Kind, value: Any) -> Any:
    """A cleaned value as a step keeps it."""
    if kind in (Kind.LINES, Kind.ITEMS):
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        return lines if kind is Kind.LINES else [{"name": line} for line in lines]
    if kind is Kind.YES_NO:
        return {"yes": True, "no": False}.get(str(value))
    if kind is Kind.MONEY and value is not None:
        return plain_amount(value)
    if kind is Kind.STEP:
        return int(value) if value else None
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _long(common: dict[str, Any]) -> forms.Field:
    return forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 3}), **common)


def _yes_no(common: dict[str, Any]) -> forms.Field:
    options = [("", "—"), ("yes", _("Yes")), ("no", _("No"))]
    return forms.ChoiceField(choices=options, **common)


_SIMPLE: dict[Kind, Callable[[dict[str, Any]], forms.Field]] = {
    Kind.TEXT: lambda common: forms.CharField(max_length=300, **common),
    Kind.LONG: _long,
    Kind.LINES: _long,
    Kind.ITEMS: _long,
    Kind.DAY: lambda common: forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs=DATE), **common),
    Kind.MOMENT: lambda common: forms.DateTimeField(
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs=MOMENT), **common
    ),
    Kind.MONEY: lambda common: forms.DecimalField(
        min_value=0,
        max_digits=14,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        **common,
    ),
    Kind.NUMBER: lambda common: forms.IntegerField(min_value=1, **common),
    Kind.YES_NO: _yes_no,
    Kind.CHECK: lambda common: forms.BooleanField(**{**common, "required": False}),
    Kind.CAUSE: lambda common: CauseField(**common),
}
