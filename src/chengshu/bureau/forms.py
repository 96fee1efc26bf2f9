"""Forms of the bureau's pages. What is lawful is decided by the services; these only read the request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import RosterEntry, Town, Unit, User
from chengshu.bureau.queries import units_within
from chengshu.bureau.roles import roles

SEARCH = forms.TextInput(attrs={"type": "search"})
DATE = {"type": "date"}


def unit_choices(user: User, permission: str) -> list[tuple[str, str]]:
    """Units that a permission reaches, as choices."""
    return [(str(unit.pk), unit.label) for unit in units_within(user, permission)]


def role_choices() -> list[tuple[str, str]]:
    """All roles, as choices."""
    return [(code, role.label) for code, role in roles().items()]


class PeopleFilter(forms.Form):
    """人员列表的筛选."""

    q = forms.CharField(label=_("Search"), required=False, max_length=60, widget=SEARCH)
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    role = forms.ChoiceField(label=_("Role"), required=False)
    state = forms.ChoiceField(
        label=_("Account"),
        required=False,
        choices=[("", _("Active")), ("inactive", _("Closed")), ("all", _("All"))],
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("All"))]
        self.fields["unit"].choices = everything + unit_choices(user, "bureau.view")  # type: ignore[attr-defined]
        self.fields["role"].choices = everything + role_choices()  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    """人员信息."""

    full_name = forms.CharField(label=_("Full name"), max_length=60)
    username = forms.CharField(
        label=_("Account"),
        max_length=30,
        help_text=_("3 to 30 small letters, digits, dots, hyphens; it cannot be changed later."),
    )
    unit = forms.ChoiceField(label=_("Unit"))
    phone = forms.CharField(label=_("Telephone"), max_length=20, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)

    def __init__(self, *args: Any, user: User, person: User | None = None, **kwargs: Any) -> None:
        if person is not None:
            kwargs["initial"] = {
                "full_name": person.full_name,
                "unit": str(person.unit_id),
                "phone": person.phone,
                "email": person.email,
            }
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = unit_choices(user, "bureau.people.manage")  # type: ignore[attr-defined]
        if person is not None:
            del self.fields["username"]
            self.fields["unit"].help_text = _("Moving to another unit ends the roles held at the former one.")

    def clean_unit(self) -> Unit:
        """The unit itself."""
        return Unit.objects.get(pk=int(self.cleaned_data["unit"]))


class GrantForm(forms.Form):
    """授予角色."""

    role = forms.ChoiceField(label=_("Role"))
    unit = forms.ChoiceField(label=_("At"))
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, user: User, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"unit": str(person.unit_id)}, **kwargs})
        self.fields["role"].choices = role_choices()  # type: ignore[attr-defined]
        self.fields["unit"].choices = unit_choices(user, "bureau.roles.manage")  # type: ignore[attr-defined]

    def clean_unit(self) -> Unit:
        """The unit itself."""
        return Unit.objects.get(pk=int(self.cleaned_data["unit"]))


class CertificateForm(forms.Form):
    """执法证."""

    number = forms.CharField(label=_("Certificate number"), max_length=40)
    issuer = forms.CharField(label=_("Issued by"), max_length=80, required=False)
    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs=DATE))
    valid_to = forms.DateField(label=_("Valid to"), widget=forms.DateInput(attrs=DATE))


class UnitForm(forms.Form):
    """机构信息."""

    parent = forms.ChoiceField(label=_("Belongs to"))
    kind = forms.ChoiceField(label=_("Kind"))
    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=80, required=False)
    towns = forms.MultipleChoiceField(
        label=_("Streets and towns"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only for squads: the area the squad answers for. A town has one squad."),
    )
    active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, user: User, unit: Unit | None = None, **kwargs: Any) -> None:
        if unit is not None:
            kwargs["initial"] = {
                "parent": str(unit.parent_id or ""),
                "name": unit.name,
                "name_en": unit.name_en,
                "towns": [str(town.pk) for town in unit.towns.all()],
                "active": unit.active,
            }
        super().__init__(*args, **kwargs)
        self.unit = unit
        district = unit.district if unit is not None else user.unit.district
        self.of_district = {str(town.pk): town for town in district.towns.all()}
        choices = [
            (pk, label)
            for pk, label in unit_choices(user, "bureau.units.manage")
            if unit is None or pk != str(unit.pk)
        ]
        self.fields["parent"].choices = choices  # type: ignore[attr-defined]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            choice for choice in Unit.Kind.choices if choice[0] != Unit.Kind.BUREAU
        ]
        self.fields["towns"].choices = [(pk, town.label) for pk, town in self.of_district.items()]  # type: ignore[attr-defined]
        if unit is None:
            del self.fields["active"]
        else:
            del self.fields["kind"], self.fields["code"]
            if unit.kind != Unit.Kind.SQUAD:
                del self.fields["towns"]
            if unit.parent_id is None:
                del self.fields["parent"], self.fields["active"]

    def clean_parent(self) -> Unit:
        """The unit itself."""
        return Unit.objects.get(pk=int(self.cleaned_data["parent"]))

    def clean_towns(self) -> list[Town]:
        """The towns themselves."""
        return [self.of_district[pk] for pk in self.cleaned_data["towns"]]


class RosterFilter(forms.Form):
    """排班的筛选."""

    unit = forms.ChoiceField(label=_("Unit"), required=False)
    week = forms.CharField(label=_("Week"), required=False, widget=forms.TextInput(attrs={"type": "week"}))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = unit_choices(user, "bureau.view")  # type: ignore[attr-defined]


class DutyForm(forms.Form):
    """排一个班次."""

    user = forms.ChoiceField(label=_("Person"))
    duty = forms.ChoiceField(label=_("Duty"), choices=RosterEntry.Duty.choices)
    day = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs=DATE))
    begins = forms.TimeField(label=_("From"), initial="08:30", widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(
        label=_("To"),
        initial="17:00",
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("An earlier time than the first means the next day."),
    )
    note = forms.CharField(label=_("Remark"), max_length=200, required=False)

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["user"].choices = [  # type: ignore[attr-defined]
            (pk, person.full_name) for pk, person in self.people.items()
        ]

    def clean_user(self) -> User:
        """The person."""
        return self.people[self.cleaned_data["user"]]

    def span(self) -> tuple[datetime, datetime]:
        """First and last moment of the duty."""
        zone = timezone.get_current_timezone()
        data = self.cleaned_data
        starts = datetime.combine(data["day"], data["begins"], zone)
        ends = datetime.combine(data["day"], data["ends"], zone)
        return starts, ends if ends > starts else ends + timedelta(days=1)


class AuditFilter(forms.Form):
    """审计日志的筛选."""

    q = forms.CharField(label=_("Account"), required=False, max_length=60, widget=SEARCH)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs=DATE))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs=DATE))


class BoundaryForm(forms.Form):
    """边界文件."""

    file = forms.FileField(label=_("GeoJSON file"))
