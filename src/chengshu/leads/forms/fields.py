"""Fields that several lead forms have: photos, choices of people by squad."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from chengshu.bureau.models import Unit, User


class SeveralFiles(forms.ClearableFileInput):
    """A file field that takes several photos."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Some photos, as a list; a phone offers its camera."""

    widget = SeveralFiles(attrs={"accept": "image/*", "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each of them is checked like a single one."""
        several = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(PhotosField, self).clean(one, initial) for one in several]


def squad_choices(squads: Iterable[Unit]) -> list[tuple[str, str]]:
    """Squads by id, an empty entry first."""
    return [("", "—"), *((str(squad.pk), squad.label) for squad in squads)]


def officer_choices(squads: Iterable[Unit], officers: Iterable[User]) -> list[Any]:
    """Officers under the name of their squad, an empty entry first."""
    people = list(officers)
    groups = [
        (squad.label, [(str(one.pk), one.full_name) for one in people if one.unit_id == squad.pk])
        for squad in squads
    ]
    return [("", "—"), *(group for group in groups if group[1])]
