"""Forms of routing rules, classes of leads, what-if and capacities."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.leads.models import LeadClass, RoutingRule
from chengshu.leads.settings import sources
from chengshu.registry.models import ObjectClass, RegulatedObject

SEVERAL = forms.SelectMultiple(attrs={"size": 6})
CLOCK = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
SETS = ("classes", "kinds", "majors", "sources", "towns", "object_classes", "credits")
LONGEST_REPLAY = 366


def _several(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=SEVERAL)


class RuleForm(forms.Form):
    """One routing rule; a part left empty does not restrict. ``condition`` is read as `routing` wants it."""

    name = forms.CharField(label=gettext_lazy("Name of the rule"), max_length=80)
    kinds = _several(gettext_lazy("Types"))
    majors = _several(gettext_lazy("Major classes"))
    classes = _several(gettext_lazy("Classes of leads"))
    sources = _several(gettext_lazy("Sources of leads"))
    towns = _several(gettext_lazy("Streets and towns"))
    object_classes = _several(gettext_lazy("Classes of objects"))
    credits = _several(gettext_lazy("Credit classes"))
    with_object = forms.ChoiceField(
        label=gettext_lazy("At a regulated object"),
        required=False,
        choices=[("", "—"), ("yes", gettext_lazy("Only at one")), ("no", gettext_lazy("Only elsewhere"))],
    )
    severity_from = forms.ChoiceField(label=gettext_lazy("Severity from"), required=False)
    days = forms.ChoiceField(
        label=gettext_lazy("Kind of day"),
        required=False,
        choices=[
            ("", "—"),
            ("working_day", gettext_lazy("Working days")),
            ("day_of_rest", gettext_lazy("Days of rest")),
        ],
    )
    hour_from = forms.TimeField(label=gettext_lazy("From (time of day)"), required=False, widget=CLOCK)
    hour_to = forms.TimeField(
        label=gettext_lazy("Until (time of day)"),
        required=False,
        widget=CLOCK,
        help_text=gettext_lazy("An end before the beginning runs over midnight."),
    )
    target = forms.ChoiceField(label=gettext_lazy("Goes to"), choices=RoutingRule.Target.choices)
    unit = forms.ModelChoiceField(label=gettext_lazy("Squad"), required=False, queryset=Unit.objects.none())
    officer = forms.ModelChoiceField(
        label=gettext_lazy("Officer"), required=False, queryset=User.objects.none()
    )

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        classes = list(LeadClass.objects.filter(district=district))
        self._offer("kinds", LeadClass.Kind.choices)
        self._offer("majors", dict.fromkeys((c.major_zh, c.major) for c in classes))
        self._offer("classes", [(c.code, f"{c.major} · {c.label}") for c in classes])
        self._offer("sources", [(one.code, one.label) for one in sources().values()])
        self._offer("towns", [(t.code, t.label) for t in Town.objects.filter(district=district)])
        objects = ObjectClass.objects.filter(district=district)
        self._offer("object_classes", [(c.code, c.label) for c in objects])
        self._offer("credits", RegulatedObject.Credit.choices)
        self._offer("severity_from", [("", "—"), *LeadClass.Severity.choices])
        squads = Unit.objects.filter(
            district=district, active=True, kind__in=[Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD]
        )
        unit: Any = self.fields["unit"]
        unit.queryset = squads
        officer: Any = self.fields["officer"]
        officer.queryset = User.objects.filter(unit__in=squads, is_active=True).select_related("unit")
        officer.label_from_instance = lambda user: f"{user.unit.label} · {user.full_name}"

    def _offer(self, name: str, choices: Any) -> None:
        field: Any = self.fields[name]
        field.choices = list(choices)

    @staticmethod
    def initial_of(rule: Any) -> dict[str, Any]:
        """The fields as a rule or a draft has them; a part that cannot be read is left empty."""
        kept = rule.condition if isinstance(rule.condition, dict) else {}
        values: dict[str, Any] = {name: kept.get(name, []) for name in SETS}
        if "with_object" in kept:
            values["with_object"] = "yes" if kept["with_object"] else "no"
        return values | {
            "name": rule.name,
            "severity_from": kept.get("severity_from", ""),
            "days": kept.get("days", ""),
            "hour_from": kept.get("from", ""),
            "hour_to": kept.get("to", ""),
            "target": rule.target,
            "unit": rule.unit_id,
            "officer": rule.officer_id,
        }

    def condition(self) -> dict[str, Any]:
        """The parts that were filled in."""
        held = self.cleaned_data
        parts: dict[str, Any] = {name: held[name] for name in SETS if held[name]}
        if held["with_object"]:
            parts["with_object"] = held["with_object"] == "yes"
        if held["severity_from"]:
            parts["severity_from"] = int(held["severity_from"])
        if held["days"]:
            parts["days"] = held["days"]
        if held["hour_from"] is not None:
            parts["from"] = f"{held['hour_from']:%H:%M}"
        if held["hour_to"] is not None:
            parts["to"] = f"{held['hour_to']:%H:%M}"
        return parts

    def fill(self, rule: RoutingRule) -> RoutingRule:
        """Put what was entered into a rule; saves nothing."""
        held = self.cleaned_data
        rule.name, rule.condition, rule.target = held["name"], self.condition(), held["target"]
        rule.unit, rule.officer = held["unit"], held["officer"]
        if rule.target == RoutingRule.Target.OFFICER and rule.officer is not None and rule.unit is None:
            rule.unit = rule.officer.unit
        return rule


class LeadClassForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a bureau may change of a class."""

    class Meta:
        model = LeadClass
        fields = [
            "arrive_within", "arrive_unit", "handle_within", "handle_unit", "photos_filing",
            "photos_closing", "severity", "cause", "active", "source", "verified",
        ]  # fmt: skip
        labels = {
            "arrive_unit": gettext_lazy("Counted in"),
            "handle_unit": gettext_lazy("Counted in"),
            "source": gettext_lazy("Where the limits stand"),
            "verified": gettext_lazy("I have checked the limits against this text"),
        }
        help_texts = {
            "cause": gettext_lazy("Code of the cause of action a case from such a lead begins with."),
            "source": gettext_lazy("Name of the text, its number and date."),
        }

    def clean_cause(self) -> str:
        """A cause that the law's data has, or none."""
        from chengshu.law.catalogue import catalogue

        code = str(self.cleaned_data["cause"]).strip()
        if code and code not in {cause.code for cause in catalogue().causes}:
            raise forms.ValidationError(_("There is no cause of action with this code."))
        return code


class PeriodForm(forms.Form):
    """Which days are replayed."""

    first = forms.DateField(label=gettext_lazy("From (day)"), widget=DAY)
    last = forms.DateField(label=gettext_lazy("To (day)"), widget=DAY)

    @staticmethod
    def last_month(today: date) -> dict[str, date]:
        """The month before the day's."""
        last = today.replace(day=1) - timedelta(days=1)
        return {"first": last.replace(day=1), "last": last}

    def clean(self) -> dict[str, Any]:
        """In order, over, and not endless."""
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last:
            if first > last:
                self.add_error("last", _("The last day lies before the first."))
            elif last > timezone.localdate():
                self.add_error("last", _("This day lies in the future."))
            elif (last - first).days >= LONGEST_REPLAY:
                self.add_error("last", _("Replay at most a year at once."))
        return data


class CapacityForm(forms.Form):
    """How many duties a day; empty takes the number away."""

    per_day = forms.IntegerField(
        label=gettext_lazy("At most so many a day"), required=False, min_value=1, max_value=200
    )
