"""The filter bar of the coverage pages: days and squad; its state is the query string."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import User
from chengshu.patrol.queries.coverage import VIEW, Span
from chengshu.registry.queries.reference import choices
from chengshu.ui.widgets import PlainSelect

DAYS_SHOWN = 30
LONGEST_DAYS = 2 * 366
EARLIEST = date(2000, 1, 1)  # nothing was counted before; far from the ends of the calendar


def _with_defaults(data: QueryDict | None) -> QueryDict:
    """The last thirty days where no days are given."""
    filled = data.copy() if data else QueryDict(mutable=True)
    if not filled.get("first") and not filled.get("last"):
        today = timezone.localdate()
        filled["last"] = today.isoformat()
        filled["first"] = (today - timedelta(days=DAYS_SHOWN - 1)).isoformat()
    return filled


def _offer_squads(form: forms.Form, user: User, permission: str) -> None:
    squads = choices(user, permission)["squad"]
    field: Any = form.fields["squad"]
    field.choices = [("", _("All squads")), *squads]
    if len(squads) < 2:
        del form.fields["squad"]


class SpanForm(forms.Form):
    """From, to, squad. What cannot be read counts as not given."""

    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)

    def __init__(self, data: QueryDict | None, user: User, permission: str = VIEW) -> None:
        super().__init__(_with_defaults(data), auto_id="filter_%s")
        _offer_squads(self, user, permission)

    def span(self) -> Span:
        """The days asked for: by default the last thirty, at most two years."""
        self.is_valid()
        today = timezone.localdate()
        last = min(max(self.cleaned_data.get("last") or today, EARLIEST), today)
        first = self.cleaned_data.get("first") or last - timedelta(days=DAYS_SHOWN - 1)
        first = min(max(first, EARLIEST), today)
        if first > last:
            first, last = last, first
        return Span(max(first, last - timedelta(days=LONGEST_DAYS)), last)

    def squad_asked(self) -> int | None:
        """The squad chosen, if any."""
        self.is_valid()
        asked = self.cleaned_data.get("squad")
        return int(asked) if asked else None


class DayForm(forms.Form):
    """A day and a squad."""

    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    squad = forms.ChoiceField(label=_("Squad"), required=False, widget=PlainSelect)

    def __init__(self, data: QueryDict | None, user: User, permission: str) -> None:
        filled = data.copy() if data else QueryDict(mutable=True)
        filled.setdefault("day", timezone.localdate().isoformat())
        super().__init__(filled, auto_id="filter_%s")
        _offer_squads(self, user, permission)

    def asked(self) -> tuple[Any, int | None]:
        """The day (today by default) and the squad."""
        self.is_valid()
        squad = self.cleaned_data.get("squad")
        return self.cleaned_data.get("day") or timezone.localdate(), int(squad) if squad else None
