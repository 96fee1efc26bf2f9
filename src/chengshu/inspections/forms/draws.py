"""Forms of the draw: which public values are mixed in, what came of them, who is withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from chengshu.inspections.lifecycle import OBJECT_REASONS, OFFICER_REASONS, Withdrawal
from chengshu.inspections.models import Draw, Inspection, PartnerOfficer
from chengshu.inspections.planning_words import VALUE_KINDS
from chengshu.kernel import draw as lot
from chengshu.kernel.draw import beacons
from chengshu.kernel.draw.values import LARGEST_FILE

MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
SEVERAL_LINES = 12
"""With more observers than this their words are written one to a line."""
PARTNER = "partner-"
"""Before the number of another department's officer, who has no account here."""


def _moment(label: Any, help_text: Any = "") -> Any:
    return forms.DateTimeField(
        label=label, required=False, widget=MOMENT, input_formats=FORMATS, help_text=help_text
    )


class CommitForm(forms.Form):
    """The public values of a draw: one of each kind at most, one at least."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    lottery = forms.BooleanField(label=VALUE_KINDS["lottery"], required=False)
    game = forms.CharField(
        label=gettext_lazy("Lottery"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "games", "autocomplete": "off"}),
    )
    issue = forms.CharField(label=pgettext_lazy("lottery", "Issue"), required=False, max_length=200)
    lottery_due = _moment(gettext_lazy("Drawn at"), gettext_lazy("When the numbers are drawn in public."))
    beacon = forms.BooleanField(label=VALUE_KINDS["beacon"], required=False)
    source = forms.ChoiceField(label=gettext_lazy("Beacon"), required=False)
    beacon_due = _moment(
        gettext_lazy("Known at"),
        gettext_lazy("The round follows from this; of drand also this from the round."),
    )
    round = forms.IntegerField(
        label=pgettext_lazy("beacon", "Round"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Empty: from the time."),
    )
    words = forms.BooleanField(label=VALUE_KINDS["words"], required=False)
    place = forms.CharField(label=gettext_lazy("Place of the draw"), required=False, max_length=200)
    observers = forms.IntegerField(
        label=gettext_lazy("Observers"), required=False, min_value=1, max_value=1000
    )
    words_due = _moment(gettext_lazy("Collected at"), gettext_lazy("When the observers give their words."))
    understood = forms.BooleanField(
        label=gettext_lazy("I know that nothing can be chosen or changed after this.")
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it is drawn again"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Published. Empty: the reason for which the attempt before was set aside."),
    )

    def __init__(self, *args: Any, again: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source: Any = self.fields["source"]
        source.choices = [(one.code, one.label) for one in beacons().values()]
        if not again:
            del self.fields["reason"]

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """The kinds with their fields, as the page shows them."""
        parts = {
            "lottery": ("game", "issue", "lottery_due"),
            "beacon": ("source", "beacon_due", "round"),
            "words": ("place", "observers", "words_due"),
        }
        return [
            {"chosen": self[kind], "fields": [self[name] for name in names]} for kind, names in parts.items()
        ]

    def clean(self) -> dict[str, Any]:
        """What a chosen kind needs; every value must lie in the future."""
        held: dict[str, Any] = super().clean() or {}
        if not any(held.get(kind) for kind in VALUE_KINDS):
            raise forms.ValidationError(_("Choose one public value at least."))
        if held.get("beacon"):
            self._complete_beacon(held)
        needed = {"lottery": ("game", "issue"), "beacon": ("round",), "words": ("place", "observers")}
        for kind, names in needed.items():
            if not held.get(kind):
                continue
            for name in (*names, f"{kind}_due"):
                if not held.get(name) and name not in self.errors:
                    self.add_error(name, _("This is needed for the public value."))
            due = held.get(f"{kind}_due")
            if due and due <= timezone.now():
                self.add_error(f"{kind}_due", _("The value must become known after the announcement."))
        return held

    def _complete_beacon(self, held: dict[str, Any]) -> None:
        """Round and moment follow from each other; what is named by its moment has no number."""
        beacon = beacons().get(held.get("source", ""))
        if beacon is None:
            return
        try:
            if held.get("round") and not beacon.by_time:
                held["round"] = str(held["round"])
            elif held.get("beacon_due"):
                held["round"] = beacon.round_at(held["beacon_due"])
            if held.get("round"):
                held["beacon_due"] = timezone.localtime(beacon.moment_of(str(held["round"])))
        except (lot.DrawProblem, OverflowError, ValueError):
            self.add_error("round", _("No such round will come about in our time."))

    def public_values(self) -> list[dict[str, Any]]:
        """The descriptors, as `services.drawing.commit` wants them."""
        held, made = self.cleaned_data, []
        if held["lottery"]:
            made.append({"kind": "lottery", "game": held["game"], "issue": held["issue"]})
        if held["beacon"]:
            made.append({"kind": "beacon", "beacon": held["source"], "round": held["round"]})
        if held["words"]:
            made.append({"kind": "words", "place": held["place"], "observers": held["observers"]})
        return [{**one, "due_at": held[f"{one['kind']}_due"]} for one in made]


def value_shown(value: Mapping[str, Any]) -> dict[str, Any]:
    """A named public value in words: kind, what exactly, when due, and what came of it where known."""
    if value["kind"] == "lottery":
        what = _("%(game)s, issue %(issue)s") % {"game": value["game"], "issue": value["issue"]}
    elif value["kind"] == "beacon":
        known = beacons().get(value["beacon"])
        name = known.label if known else value["beacon"]
        what = _("%(beacon)s, round %(round)s") % {"beacon": name, "round": value["round"]}
    else:
        what = _("%(n)d observers at %(place)s") % {"n": value["observers"], "place": value["place"]}
    came = value.get("value", "")
    return {
        "kind": str(VALUE_KINDS[value["kind"]]),
        "what": what,
        "due": datetime.fromisoformat(value["due_at"]),
        "value": "、".join(came) if isinstance(came, list) else came,
    }


class DrawForm(forms.Form):
    """What came of each named public value, in their order."""

    def __init__(self, *args: Any, draw: Draw, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.named: Sequence[Mapping[str, Any]] = draw.commitment["public_values"]
        for place, value in enumerate(self.named):
            getattr(self, f"_add_{value['kind']}")(place, value)

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The named values with their fields."""
        return [
            {
                **value_shown(value),
                "fields": [self[name] for name in self.fields if name.startswith(f"v{place}_")],
            }
            for place, value in enumerate(self.named)
        ]

    def _add_lottery(self, place: int, _value: Mapping[str, Any]) -> None:
        self.fields[f"v{place}_numbers"] = forms.CharField(
            label=pgettext("lottery", "Numbers"),
            max_length=400,
            help_text=_("As published, divided by spaces."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def _add_beacon(self, place: int, _value: Mapping[str, Any]) -> None:
        self.fields[f"v{place}_file"] = forms.FileField(
            label=_("File of the round"),
            help_text=_("The JSON file as the beacon publishes it (drand or NIST 2.0)."),
        )

    def _add_words(self, place: int, value: Mapping[str, Any]) -> None:
        n = value["observers"]
        if n > SEVERAL_LINES:
            self.fields[f"v{place}_lines"] = forms.CharField(
                label=pgettext("observers", "Words"),
                widget=forms.Textarea(attrs={"rows": 8}),
                help_text=_("One to a line, in the order of the observers: %(n)d.") % {"n": n},
            )
            return
        for observer in range(n):
            self.fields[f"v{place}_word{observer}"] = forms.CharField(
                label=_("Word of observer %(n)d") % {"n": observer + 1},
                max_length=200,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def clean(self) -> dict[str, Any]:
        """Read the files of beacons."""
        held: dict[str, Any] = super().clean() or {}
        for place, value in enumerate(self.named):
            file = held.get(f"v{place}_file")
            if value["kind"] == "beacon" and file is not None:
                try:
                    held[f"v{place}_read"] = lot.read_beacon_file(file.read(LARGEST_FILE + 1))
                except lot.DrawProblem as problem:
                    self.add_error(f"v{place}_file", str(problem))
        return held

    def values(self) -> list[dict[str, Any]]:
        """As `services.drawing.perform` wants them."""
        return [
            self._value(place, value["kind"], value.get("observers", 0))
            for place, value in enumerate(self.named)
        ]

    def _value(self, place: int, kind: str, observers: int) -> dict[str, Any]:
        held = self.cleaned_data
        if kind == "lottery":
            return {"value": held[f"v{place}_numbers"]}
        if kind == "beacon":
            read: dict[str, Any] = held[f"v{place}_read"]
            return read
        if observers > SEVERAL_LINES:
            lines = held[f"v{place}_lines"].splitlines()
            return {"value": [line.strip() for line in lines if line.strip()]}
        return {"value": [held[f"v{place}_word{observer}"] for observer in range(observers)]}


class WithdrawForm(forms.Form):
    """The object, or an officer of its team, with a reason from the public list."""

    who = forms.ChoiceField(label=gettext_lazy("Withdrawn is"), widget=forms.RadioSelect)
    code = forms.ChoiceField(label=gettext_lazy("Reason (published)"))
    note = forms.CharField(
        label=gettext_lazy("Note of the withdrawal"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stays inside the bureau."),
    )

    def __init__(self, *args: Any, inspection: Inspection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = inspection.team.filter(replaced_at=None).select_related("user", "partner__department")
        self.officers = {
            str(one.user_id) if one.user else f"{PARTNER}{one.partner_id}": one.user or one.partner
            for one in team
        }
        who: Any = self.fields["who"]
        who.choices = [
            ("object", _("the object: %(name)s") % {"name": inspection.object.name}),
            *((key, _officer_named(officer)) for key, officer in self.officers.items()),
        ]
        code: Any = self.fields["code"]
        groups = ((_("Object"), OBJECT_REASONS), (pgettext("inspections", "Officer"), OFFICER_REASONS))
        code.choices = [
            (label, [(one.value, one.label) for one in Withdrawal if one in reasons])
            for label, reasons in groups
        ]

    def clean(self) -> dict[str, Any]:
        """The reason fits who is withdrawn."""
        held: dict[str, Any] = super().clean() or {}
        who, code = held.get("who"), held.get("code")
        if who and code and code not in (OBJECT_REASONS if who == "object" else OFFICER_REASONS):
            self.add_error("code", _("This reason does not fit who is withdrawn."))
        return held

    @property
    def officer(self) -> Any:
        """The officer who is withdrawn; None where it is the object."""
        return self.officers.get(self.cleaned_data["who"])


def _officer_named(officer: Any) -> str:
    if isinstance(officer, PartnerOfficer):
        return _("officer %(name)s of %(department)s") % {
            "name": officer.name,
            "department": officer.department.name,
        }
    return _("officer %(name)s") % {"name": officer}
