"""The particulars of a party (当事人), checked as one types them from the paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chengshu.cases.models import Party
from chengshu.kernel.identifiers import InvalidIdentifier, check_phone, check_resident_id, check_uscc

PAPERS = (("resident_id", _("Resident ID")), ("passport", _("Passport")), ("other", _("Other paper")))
PERSONAL = {
    "name": "name",
    "id_number": "resident_id",
    "phone": "phone",
    "address": "address",
    "representative": "name",
}
"""Personal particulars and how each is masked; for an organisation only those of its people."""


class PartyForm(forms.Form):
    """One party. A resident ID or a USCC with a wrong check digit is refused where it stands."""

    kind = forms.ChoiceField(label=_("Kind of party"), choices=Party.Kind.choices)
    name = forms.CharField(label=_("Name of the party"), max_length=200)
    id_type = forms.ChoiceField(label=_("Kind of paper"), choices=PAPERS, required=False)
    id_number = forms.CharField(label=_("Resident ID or USCC"), max_length=40, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    representative = forms.CharField(label=_("Legal representative"), max_length=60, required=False)

    def __init__(self, *args: Any, optional: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.optional, self.opened = optional, not optional
        if optional:
            self.fields["name"].required = False

    def clean(self) -> dict[str, Any]:
        """Check the identifiers of the kind of party."""
        data = super().clean() or {}
        self._checked(data, "phone", check_phone)
        if data.get("kind") == Party.Kind.ORGANISATION:
            self._checked(data, "id_number", check_uscc)
        elif data.get("id_type") in ("", "resident_id"):
            self._checked(data, "id_number", check_resident_id)
        return data

    def _checked(self, data: dict[str, Any], name: str, check: Any) -> None:
        if not data.get(name):
            return
        try:
            data[name] = check(data[name])
        except InvalidIdentifier as problem:
            self.add_error(name, str(problem))

    def party(self, key: str) -> Mapping[str, Any] | None:
        """The particulars as a step keeps them, None where an optional party was left empty."""
        data = self.cleaned_data
        if not data.get("name"):
            return None
        found = {name: value for name, value in data.items() if value}
        found["key"] = key
        if data["kind"] == Party.Kind.ORGANISATION:
            found.pop("id_type", None)
        elif len(data.get("id_number") or "") == 18 and data.get("id_type") in ("", "resident_id"):
            found["birth"] = birth_of(data["id_number"])
        return found


FIRST_OFFERED = 2  # parties that a form has room for before one asks for more
MORE = "more"


def party_parts(
    data: QueryDict | None, typed: QueryDict | None, auto_id: str, *, several: bool, optional: bool = False
) -> list[tuple[Any, PartyForm]]:
    """The forms of the parties: as many as were sent, one more where that was asked for.

    All but the first may stay empty, with ``optional`` that one too. ``typed``: what the forms
    start with, not judged yet.
    """
    source = data or typed or QueryDict()
    count = FIRST_OFFERED if several else 1
    while several and f"p{count + 1}-name" in source:
        count += 1
    wanted = count + 1 if several and MORE in source else count
    parts = []
    for n in range(1, wanted + 1):
        start = {name: typed.get(f"p{n}-{name}") for name in PartyForm.base_fields} if typed else {}
        part = PartyForm(data, prefix=f"p{n}", optional=optional or n > 1, auto_id=auto_id, initial=start)
        part.opened = n > count or bool(part["name"].value())
        parts.append((_("Another party") if n > 1 else "", part))
    return parts


def birth_of(resident_id: str) -> str:
    """The ISO date of birth in a checked resident ID."""
    return date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14])).isoformat()
