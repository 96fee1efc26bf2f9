"""The gallery: every component with its use, in both languages. It is the documentation of this app."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from chengshu.kernel.access import signed_in
from chengshu.ui.paging import paginate
from chengshu.ui.tones import TONES

ROWS = 137
CENTRE = (121.397, 31.249)


@dataclass(frozen=True)
class SampleRow:
    """A made-up row of the sample table."""

    number: int
    name: str
    status: str
    grade: str
    amount: int


class SampleFilter(forms.Form):
    """The filters of the sample table."""

    q = forms.CharField(
        label=gettext_lazy("Name"), required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(label=gettext_lazy("Status"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", gettext("All")), *_states().items()]  # type: ignore[attr-defined]


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label=gettext_lazy("Name"), help_text=gettext_lazy("As on the sign over the door.")
    )
    since = forms.DateField(
        label=gettext_lazy("Since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    state = forms.ChoiceField(label=gettext_lazy("Status"))
    grade = forms.ChoiceField(
        label=gettext_lazy("Credit class"), choices=[(c, c) for c in "ABCD"], widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    sure = forms.BooleanField(label=gettext_lazy("Seen on site"))
    table = forms.FileField(label=gettext_lazy("Table"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = list(_states().items())  # type: ignore[attr-defined]


def _states() -> dict[str, str]:
    return {
        "queued": gettext("Waiting to start"),
        "running": gettext("Working …"),
        "done": gettext("Done"),
        "failed": gettext("Failed"),
    }


def _rows(query: str, state: str) -> list[SampleRow]:
    states = list(_states())
    rows = [
        SampleRow(n, gettext("Sample row %(n)s") % {"n": n}, states[n % 4], "ABCD"[n % 7 % 4], n * n * 7)
        for n in range(1, ROWS + 1)
    ]
    return [row for row in rows if query in row.name and state in ("", row.status)]


@signed_in
def gallery(request: HttpRequest) -> HttpResponse:
    """``/ui/``: the page that later features assemble from."""
    filters = SampleFilter(request.GET)
    filters.is_valid()
    rows = _rows(request.GET.get("q", ""), filters.cleaned_data.get("state") or "")
    keys = {"number": lambda r: r.number, "amount": lambda r: r.amount}
    sort = request.GET.get("sort", "")
    if sort.removeprefix("-") in keys:
        rows.sort(key=keys[sort.removeprefix("-")], reverse=sort.startswith("-"))
    now = timezone.now()
    wrong = SampleForm({"state": "done"})
    wrong.is_valid()
    return render(
        request,
        "ui/gallery.html",
        {
            "theme": "dark" if request.GET.get("theme") == "dark" else "light",
            "filters": filters,
            "page": paginate(rows, request, per_page=8),
            "states": _states(),
            "tones": TONES,
            "form": SampleForm(),
            "wrong": wrong,
            "steps": [gettext("Upload"), gettext("Match columns"), gettext("Check"), gettext("Import")],
            "tabs": [
                {"label": gettext("Facts"), "url": request.path, "count": 12, "current": True},
                {"label": gettext("Timeline"), "url": request.path + "?tab=timeline", "count": 3},
            ],
            "entries": _entries(now),
            "now": now,
            "earlier": now - timedelta(hours=5),
            "trail": [(gettext("System"), "/"), (gettext("Interface components"), "")],
            "map_data": reverse("ui:map_sample"),
            "map_config": _map_config(),
        },
    )


def _entries(now: Any) -> list[dict[str, Any]]:
    return [
        {
            "at": now - timedelta(minutes=4),
            "title": gettext("Done"),
            "tone": "ok",
            "by": gettext("Sample person"),
        },
        {
            "at": now - timedelta(days=2),
            "title": gettext("Failed"),
            "text": gettext("One clear sentence about what happened."),
            "tone": "danger",
            "by": gettext("Sample person"),
        },
        {"at": now - timedelta(days=40), "title": gettext("Upload"), "url": "#timeline"},
    ]


def _map_config() -> dict[str, Any]:
    lng, lat = CENTRE
    return {
        "center": CENTRE,
        "zoom": 13,
        "bounds": [lng - 0.03, lat - 0.02, lng + 0.03, lat + 0.02],
        "classes": [
            {"code": "a", "label": gettext("Sample class %(n)s") % {"n": 1}},
            {"code": "b", "label": gettext("Sample class %(n)s") % {"n": 2}},
            {"code": "c", "label": gettext("Sample class %(n)s") % {"n": 3}},
        ],
    }


@signed_in
def map_sample(request: HttpRequest) -> HttpResponse:
    """Made-up points on a spiral, in the contract of a map's data address."""
    spots = [
        (n, CENTRE[0] + 0.0018 * math.sqrt(n) * math.cos(n), CENTRE[1] + 0.0014 * math.sqrt(n) * math.sin(n))
        for n in range(1, 121)
    ]
    return JsonResponse(
        {
            "kind": "points",
            "total": len(spots),
            "points": {
                "id": [n for n, _, _ in spots],
                "lng": [lng for _, lng, _ in spots],
                "lat": [lat for _, _, lat in spots],
                "class": ["abc"[n % 3] for n, _, _ in spots],
                "status": ["done" for _ in spots],
            },
            "names": [gettext("Sample row %(n)s") % {"n": n} for n, _, _ in spots],
        }
    )


@signed_in
def progress_sample(request: HttpRequest) -> HttpResponse:
    """A bar that fills in 20 seconds of the clock and starts again: what a job's partial looks like."""
    done = int(timezone.now().timestamp()) % 20
    return render(request, "ui/gallery/progress.html", {"done": done})
