"""The small forms on the page of a lead: what each action asks for, and how it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from chengshu.bureau.models import Unit, User
from chengshu.leads import services
from chengshu.leads.forms.fields import officer_choices, squad_choices
from chengshu.leads.lifecycle import Action, Outcome
from chengshu.leads.models import Lead
from chengshu.leads.services import LeadProblem, NewLead, dispatching
from chengshu.leads.settings import clocks
from chengshu.ui.widgets import PhotosField

A = Action
LABELS: dict[Action, Any] = {
    A.REGISTER: gettext_lazy("Register the lead"),
    A.DISMISS: gettext_lazy("Close without handling"),
    A.DISPATCH: gettext_lazy("Dispatch"),
    A.ACCEPT: gettext_lazy("Accept"),
    A.ARRIVE: gettext_lazy("On site"),
    A.ASSIGN: gettext_lazy("Give to an officer"),
    A.TRANSFER: gettext_lazy("Transfer"),
    A.RETURN: gettext_lazy("Return"),
    A.HANDLE: gettext_lazy("Report the handling"),
    A.ORDER: gettext_lazy("Order to rectify"),
    A.RECHECK: gettext_lazy("Re-check"),
    A.PASS_ON: gettext_lazy("Pass on"),
    A.ANSWER: gettext_lazy("Record their answer"),
    A.VERIFY: gettext_lazy("Verify"),
    A.REJECT: gettext_lazy("Not accepted, back to the handler"),
    A.CLOSE: gettext_lazy("Close the lead"),
    A.EVALUATE: gettext_lazy("Evaluate"),
    A.REOPEN: gettext_lazy("Reopen"),
    A.URGE: gettext_lazy("Urge"),
    A.ASK_EXTENSION: gettext_lazy("Ask for more time"),
    A.GRANT_EXTENSION: gettext_lazy("Grant more time"),
    A.REFUSE_EXTENSION: gettext_lazy("Refuse more time"),
    A.HOLD: pgettext_lazy("lead", "Put on hold"),
    A.RESUME: gettext_lazy("Take up again"),
    A.MERGE: gettext_lazy("Join to another lead"),
    A.SPLIT: pgettext_lazy("lead", "Split into parts"),
    A.REMARK: gettext_lazy("Add a remark"),
}
"""What the button says."""
ONE_TAP = frozenset({A.ACCEPT, A.ARRIVE, A.RESUME, A.VERIFY, A.CLOSE, A.GRANT_EXTENSION})
"""Nothing has to be typed for these."""
REASONED = frozenset(
    {A.DISMISS, A.TRANSFER, A.RETURN, A.HANDLE, A.ORDER, A.RECHECK, A.PASS_ON, A.REJECT, A.REOPEN,
     A.ASK_EXTENSION, A.REFUSE_EXTENSION, A.HOLD, A.SPLIT, A.REMARK}
)  # fmt: skip
WITHOUT_NOTE = frozenset({A.REGISTER, A.ACCEPT, A.ARRIVE, A.ANSWER})
NOTES = {
    A.HANDLE: gettext_lazy("What was done"),
    A.ORDER: gettext_lazy("What has to be put right"),
    A.RECHECK: gettext_lazy("What was found at the re-check"),
    A.REMARK: pgettext_lazy("lead", "Remark"),
}
MOST_PARTS = 20


@dataclass(frozen=True)
class Around:
    """What the forms of one lead offer."""

    squads: Sequence[Unit] = ()
    officers: Sequence[User] = ()
    doubt: Sequence[int] = ()
    """Squads between which the place is in doubt; then none is proposed."""
    near: Sequence[tuple[str, str]] = field(default=())
    """Numbers and words of open leads near by."""


class ActionForm(forms.Form):
    """The particulars of one action; `take` carries it out."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, action: Action, lead: Lead, around: Around, data: Any = None, files: Any = None
    ) -> None:
        super().__init__(data, files, auto_id=f"{action}_%s", initial={"version": lead.version})
        self.action, self.lead, self.around = action, lead, around
        if make := _FIELDS.get(action):
            self.fields.update(make(lead, around))
        if action not in WITHOUT_NOTE:
            required = action in REASONED
            label = NOTES.get(action) or (gettext_lazy("Reason") if required else gettext_lazy("Note"))
            rows = 3 if action in NOTES else 2
            self.fields["note"] = forms.CharField(
                label=label, required=required, max_length=1000, widget=forms.Textarea(attrs={"rows": rows})
            )

    @property
    def label(self) -> Any:
        """What the button says."""
        return LABELS[self.action]

    @property
    def one_tap(self) -> bool:
        """Nothing has to be typed."""
        return self.action in ONE_TAP

    @property
    def multipart(self) -> bool:
        """It takes photos."""
        return self.is_multipart()

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields that are not hidden."""
        return self.visible_fields()

    @property
    def photos(self) -> list[Any]:
        """The photos that were sent."""
        return self.cleaned_data.get("photos") or []

    @property
    def grave(self) -> bool:
        """It ends or undoes something."""
        return self.action in {A.DISMISS, A.REJECT, A.REOPEN, A.MERGE, A.RETURN, A.REFUSE_EXTENSION}

    def take(self, lead: Lead, by: User) -> None:
        """Carry the action out on the locked lead. Raises `LeadProblem` and PermissionDenied."""
        _TAKE[self.action](lead, by, self.cleaned_data, self.around)


# --- what is asked ----------------------------------------------------------------------------------
Fields = dict[str, forms.Field]
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


def _register(_lead: Lead, _around: Around) -> Fields:
    return {"route": forms.BooleanField(label=_("Send where the rules say"), required=False, initial=True)}


def _outcomes(*wanted: Outcome) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=pgettext("lead", "Outcome"),
        choices=[(one.value, one.label) for one in wanted],
        widget=forms.RadioSelect,
    )


def _dismiss(_lead: Lead, _around: Around) -> Fields:
    return {"outcome": _outcomes(Outcome.UNFOUNDED, Outcome.NOT_OURS)}


def _dispatch(lead: Lead, around: Around) -> Fields:
    proposed = str(lead.squad_id) if lead.squad_id and len(around.doubt) < 2 else ""
    squad = forms.ChoiceField(
        label=_("Squad"), required=False, choices=squad_choices(around.squads), initial=proposed
    )
    return {"squad": squad, "officer": _officer(around, required=False)}


def _transfer(_lead: Lead, around: Around) -> Fields:
    squad = forms.ChoiceField(label=_("Squad"), required=False, choices=squad_choices(around.squads))
    return {"squad": squad, "officer": _officer(around, required=False)}


def _officer(around: Around, *, required: bool) -> forms.ChoiceField:
    choices = officer_choices(around.squads, around.officers)
    return forms.ChoiceField(label=_("Officer"), required=required, choices=choices)


def _assign(lead: Lead, around: Around) -> Fields:
    people = [(str(one.pk), one.full_name) for one in around.officers if one.unit_id == lead.squad_id]
    return {"officer": forms.ChoiceField(label=_("Officer"), choices=[("", "—"), *people])}


def _photos(label: Any) -> PhotosField:
    return PhotosField(label=label, required=False)


def _handle(lead: Lead, _around: Around) -> Fields:
    text = _("Photos after handling (%(n)d asked for)") % {"n": lead.lead_class.photos_closing}
    outcome = _outcomes(Outcome.ADVISED, Outcome.UNFOUNDED, Outcome.LEGAL, Outcome.NOT_OURS)
    outcome.initial = Outcome.ADVISED.value
    outcome.help_text = _("Found to be lawful: name the permit, or say why it is lawful.")
    return {"outcome": outcome, "photos": _photos(text)}


def _order(_lead: Lead, _around: Around) -> Fields:
    return {"recheck_on": forms.DateField(label=_("Re-check on"), widget=DAY)}


def _recheck(lead: Lead, _around: Around) -> Fields:
    text = _("Photos after handling (%(n)d asked for)") % {"n": lead.lead_class.photos_closing}
    ways = [("yes", _("It was followed")), ("no", _("It was not followed"))]
    complied = forms.ChoiceField(label=_("Was the order followed?"), choices=ways, widget=forms.RadioSelect)
    return {"complied": complied, "photos": _photos(text)}


def _pass_on(_lead: Lead, _around: Around) -> Fields:
    return {"body": forms.CharField(label=_("Body it is passed on to"), max_length=100)}


def _answer(_lead: Lead, _around: Around) -> Fields:
    area = forms.Textarea(attrs={"rows": 3})
    return {"answer": forms.CharField(label=_("Their answer"), max_length=500, widget=area)}


def _evaluate(_lead: Lead, _around: Around) -> Fields:
    limits = clocks()
    marks = range(limits.rating_to, limits.rating_from - 1, -1)
    return {"rating": forms.ChoiceField(label=_("Rating"), choices=[(str(n), str(n)) for n in marks])}


def _ask_extension(_lead: Lead, _around: Around) -> Fields:
    return {"until": forms.DateTimeField(label=_("New time"), widget=MOMENT)}


def _merge(_lead: Lead, around: Around) -> Fields:
    near = around.near[0][0] if len(around.near) == 1 else ""
    box = forms.TextInput(attrs={"list": "near-leads", "autocomplete": "off"})
    return {
        "into": forms.CharField(label=_("Number of the other lead"), max_length=20, initial=near, widget=box)
    }


def _split(_lead: Lead, _around: Around) -> Fields:
    area = forms.Textarea(attrs={"rows": 3})
    help_text = _("One part on each line; class and place are those of this lead.")
    return {"parts": forms.CharField(label=_("Parts"), max_length=4000, widget=area, help_text=help_text)}


_FIELDS: dict[Action, Callable[[Lead, Around], Fields]] = {
    A.REGISTER: _register, A.DISMISS: _dismiss, A.DISPATCH: _dispatch, A.TRANSFER: _transfer,
    A.ASSIGN: _assign, A.HANDLE: _handle, A.ORDER: _order, A.RECHECK: _recheck, A.PASS_ON: _pass_on,
    A.ANSWER: _answer, A.EVALUATE: _evaluate, A.ASK_EXTENSION: _ask_extension, A.MERGE: _merge,
    A.SPLIT: _split,
}  # fmt: skip


# --- how it is done ---------------------------------------------------------------------------------
Data = dict[str, Any]


def _target(data: Data, around: Around) -> tuple[Unit, User | None]:
    """The squad and the officer chosen; an officer alone names the squad too."""
    officer = next((one for one in around.officers if str(one.pk) == data["officer"]), None)
    wanted = data["squad"] or (str(officer.unit_id) if officer else "")
    squad = next((one for one in around.squads if str(one.pk) == wanted), None)
    if squad is None:
        raise LeadProblem(_("Choose a squad or an officer."), "squad")
    return squad, officer


def _take_register(lead: Lead, by: User, data: Data, _around: Around) -> None:
    if data["route"]:
        dispatching.register_and_route(lead, by=by)
    else:
        dispatching.register(lead, by=by)


def _take_dispatch(lead: Lead, by: User, data: Data, around: Around) -> None:
    squad, officer = _target(data, around)
    services.dispatch(lead, squad, officer=officer, by=by, note=data["note"])


def _take_transfer(lead: Lead, by: User, data: Data, around: Around) -> None:
    squad, officer = _target(data, around)
    services.transfer(lead, squad, officer=officer, by=by, note=data["note"])


def _take_assign(lead: Lead, by: User, data: Data, around: Around) -> None:
    officer = next(one for one in around.officers if str(one.pk) == data["officer"])
    services.assign(lead, officer, by=by, note=data["note"])


def _take_merge(lead: Lead, by: User, data: Data, _around: Around) -> None:
    into = Lead.objects.visible_to(by).filter(number=data["into"].strip()).first()
    if into is None:
        raise LeadProblem(_("There is no lead with this number."), "into")
    services.merge(lead, into, by=by, note=data["note"])


def _take_split(lead: Lead, by: User, data: Data, _around: Around) -> None:
    lines = [line.strip() for line in data["parts"].splitlines() if line.strip()]
    if len(lines) > MOST_PARTS:
        raise LeadProblem(_("At most %(n)d parts.") % {"n": MOST_PARTS}, "parts")
    parts = [
        NewLead(
            source=lead.source,
            lead_class=lead.lead_class.code,
            description=line,
            address=lead.address,
            position=lead.position,
            object_id=lead.object_id,
            severity=lead.severity,
            reported_at=lead.reported_at,
        )
        for line in lines
    ]
    services.split(lead, parts, by=by, note=data["note"])


Take = Callable[[Lead, User, Data, Around], Any]
_TAKE: dict[Action, Take] = {
    A.REGISTER: _take_register,
    A.DISMISS: lambda lead, by, data, _: services.dismiss(lead, data["outcome"], by=by, note=data["note"]),
    A.DISPATCH: _take_dispatch,
    A.TRANSFER: _take_transfer,
    A.ASSIGN: _take_assign,
    A.ACCEPT: lambda lead, by, data, _: services.accept(lead, by=by),
    A.ARRIVE: lambda lead, by, data, _: services.arrive(lead, by=by),
    A.RETURN: lambda lead, by, data, _: services.give_back(lead, by=by, note=data["note"]),
    A.HANDLE: lambda lead, by, data, _: services.handle(lead, data["outcome"], by=by, note=data["note"]),
    A.ORDER: lambda lead, by, data, _: services.order(lead, data["recheck_on"], by=by, note=data["note"]),
    A.RECHECK: lambda lead, by, data, _: services.recheck(
        lead, complied=data["complied"] == "yes", by=by, note=data["note"]
    ),
    A.PASS_ON: lambda lead, by, data, _: services.pass_on(lead, data["body"], by=by, note=data["note"]),
    A.ANSWER: lambda lead, by, data, _: services.receive_answer(lead, data["answer"], by=by),
    A.VERIFY: lambda lead, by, data, _: services.verify(lead, by=by, note=data["note"]),
    A.REJECT: lambda lead, by, data, _: services.reject(lead, by=by, note=data["note"]),
    A.CLOSE: lambda lead, by, data, _: services.close(lead, by=by, note=data["note"]),
    A.EVALUATE: lambda lead, by, data, _: services.evaluate(
        lead, int(data["rating"]), by=by, note=data["note"]
    ),
    A.REOPEN: lambda lead, by, data, _: services.reopen(lead, by=by, note=data["note"]),
    A.URGE: lambda lead, by, data, _: services.urge(lead, by=by, note=data["note"]),
    A.ASK_EXTENSION: lambda lead, by, data, _: services.ask_extension(
        lead, data["until"], by=by, note=data["note"]
    ),
    A.GRANT_EXTENSION: lambda lead, by, data, _: services.grant_extension(lead, by=by, note=data["note"]),
    A.REFUSE_EXTENSION: lambda lead, by, data, _: services.refuse_extension(lead, by=by, note=data["note"]),
    A.HOLD: lambda lead, by, data, _: services.hold(lead, by=by, note=data["note"]),
    A.RESUME: lambda lead, by, data, _: services.resume(lead, by=by, note=data["note"]),
    A.MERGE: _take_merge,
    A.SPLIT: _take_split,
    A.REMARK: lambda lead, by, data, _: services.remark(lead, data["note"], by=by),
}
