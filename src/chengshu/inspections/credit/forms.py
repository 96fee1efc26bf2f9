"""Forms of the credit pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.cases.models import Case, Party
from chengshu.inspections.models import DishonestyEntry
from chengshu.registry.models import RegulatedObject
from chengshu.registry.queries.reference import choices
from chengshu.ui.widgets import PlainSelect

from .lifecycle import EntryState, ProposalState, RepairState
from .queries import ListFilter
from .settings import credit_data

CLASSES = RegulatedObject.Credit.choices


def text(
    label: Any, *, rows: int = 3, required: bool = True, limit: int = 1000, **more: Any
) -> forms.CharField:
    """Several lines of words."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, widget=widget, required=required, max_length=limit, **more)


def day(label: Any, *, required: bool = True) -> forms.DateField:
    """A day, today unless said."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    initial = timezone.localdate if required else None
    return forms.DateField(label=label, widget=widget, initial=initial, required=required)


class ListForm(forms.Form):
    """Filters of the three lists; a list takes the fields it knows."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(label=_("State"), required=False, widget=PlainSelect)
    credit = forms.ChoiceField(label=_("Proposed class"), required=False, widget=PlainSelect)
    level = forms.ChoiceField(label=_("Level"), required=False, widget=PlainSelect)
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)

    def __init__(self, data: QueryDict, user: User, *, states: Any, fields: tuple[str, ...]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self._offer("state", states)
        self._offer("credit", CLASSES)
        self._offer("level", DishonestyEntry.Level.choices)
        self._offer("squad", [(str(pk), label) for pk, label in choices(user, "credit.view")["squad"]])
        self.fields = {name: field for name, field in self.fields.items() if name in fields}

    def _offer(self, name: str, options: Any) -> None:
        self.fields[name].choices = [("", _("All")), *options]  # type: ignore[attr-defined]

    def wanted(self) -> ListFilter:
        """The filter; what does not answer counts as not asked."""
        self.is_valid()
        value = self.cleaned_data.get
        return ListFilter(
            state=value("state") or "",
            credit=value("credit") or "",
            level=value("level") or "",
            squad=int(value("squad") or 0) or None,
            q=value("q") or "",
        )


PROPOSAL_STATES, ENTRY_STATES, REPAIR_STATES = (
    ProposalState.choices, EntryState.choices, RepairState.choices,
)  # fmt: skip


class DecideClassForm(forms.Form):
    """What is decided on a proposed class."""

    answer = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("accept", _("Accept the proposed class")),
            ("change", _("Decide another class")),
            ("refuse", _("Refuse the proposal")),
        ],
        widget=forms.RadioSelect,
        initial="accept",
    )
    credit = forms.ChoiceField(label=_("Other class"), choices=[("", "—"), *CLASSES], required=False)
    reason = text(_("Reason"), required=False, limit=500)


class ProposeClassForm(forms.Form):
    """A class proposed by a person."""

    credit = forms.ChoiceField(label=_("Proposed class"), choices=CLASSES)
    note = text(_("Why"), limit=500)


class ObjectionForm(forms.Form):
    """What the party says against a decision."""

    on = day(_("Received on"))
    said = text(_("What the party says"), limit=2000)


class AnswerForm(forms.Form):
    """The answer to an objection."""

    upheld = forms.ChoiceField(
        label=_("Answer"),
        choices=[("no", _("Reject the objection")), ("yes", _("Uphold the objection"))],
        widget=forms.RadioSelect,
    )
    credit = forms.ChoiceField(label=_("Class instead"), choices=[("", "—"), *CLASSES], required=False)
    text = text(_("Reason"))


class AnswerEntryForm(AnswerForm):
    """The answer to an objection to an entry; upheld it is revoked."""

    credit = None  # type: ignore[assignment]


class NothingForm(forms.Form):
    """A step that needs nothing but the button."""


class OnForm(forms.Form):
    """A step that happened on a day."""

    on = day(_("Day"))


class StatementForm(OnForm):
    """What the party states."""

    text = text(_("What the party says"), limit=2000)


class ReasonForm(forms.Form):
    """A step that needs its reason."""

    reason = text(_("Reason"))


class EnterForm(forms.Form):
    """Whether the party is entered."""

    enter = forms.ChoiceField(
        label=_("Decision"),
        choices=[("yes", _("Enter the party")), ("no", _("Do not enter"))],
        widget=forms.RadioSelect,
    )
    reason = text(_("Reason, also how the statement was weighed"))


class GrantForm(forms.Form):
    """Whether a repair is granted."""

    grant = forms.ChoiceField(
        label=_("Decision"),
        choices=[("yes", _("Grant")), ("no", _("Do not grant"))],
        widget=forms.RadioSelect,
    )
    reason = text(_("Reason"))


class CommitmentForm(forms.Form):
    """The signed commitment."""

    commitment = forms.FileField(label=_("Signed commitment"))


class RepairForm(forms.Form):
    """An application for repair."""

    applied_on = day(_("Received on"))
    statement = text(_("What was put right"), limit=2000)
    performed_on = day(_("Performed on"), required=False)
    commitment = forms.FileField(label=_("Signed commitment"), required=False)


class EntryForm(forms.Form):
    """A proposed entry: from a case, or with the party typed."""

    case = forms.CharField(label=_("Case number"), max_length=60, required=False)
    party_key = forms.CharField(label=_("Party of the case (number)"), max_length=8, required=False)
    party_kind = forms.ChoiceField(label=_("Kind of party"), choices=Party.Kind.choices, required=False)
    party_name = forms.CharField(label=_("Name of the party"), max_length=200, required=False)
    id_number = forms.CharField(label=_("Resident ID or USCC"), max_length=40, required=False)
    ground = forms.ChoiceField(label=_("Ground of the entry"))
    facts = text(_("What happened"))
    measures = forms.MultipleChoiceField(label=_("Measures"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        known = credit_data()
        levels = dict(DishonestyEntry.Level.choices)
        self.fields["ground"].choices = [  # type: ignore[attr-defined]
            (one.code, f"{levels[one.levels[0]]} · {one.label} {one.cited}") for one in known.grounds.values()
        ]
        self.fields["measures"].choices = [  # type: ignore[attr-defined]
            (one.code, f"{one.label} {one.cited}") for one in known.measures.values()
        ]

    def clean_case(self) -> Case | None:
        """The case of that number that the person may see."""
        number = self.cleaned_data["case"].strip()
        if not number:
            return None
        rows = Case.objects.visible_to(self.user).select_related("object", "district")
        found: Case | None = rows.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("There is no case with this number."))
        return found


class UnmaskForm(forms.Form):
    """Why somebody takes the file with names away."""

    reason = forms.CharField(label=_("Reason for taking the file"), min_length=4, max_length=300)
