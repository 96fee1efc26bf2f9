"""The dimensions of the organisation, by which most figures are divided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import Town, Unit
from chengshu.kernel.indicators.declarations import Dimension


def town_names(keys: Iterable[str]) -> Mapping[str, str]:
    """Names of streets and towns by their keys."""
    return {str(town.pk): town.label for town in Town.objects.filter(pk__in=[int(key) for key in keys])}


def squad_names(keys: Iterable[str]) -> Mapping[str, str]:
    """Names of squads by their keys."""
    return {str(unit.pk): unit.label for unit in Unit.objects.filter(pk__in=[int(key) for key in keys])}


def towns(path: str = "town") -> Dimension:
    """By street or town, whose key stands in a column."""
    return Dimension("town", _("Street or town"), path, town_names)


def squads(path: str = "squad") -> Dimension:
    """By squad, whose key stands in a column."""
    return Dimension("squad", _("Squad"), path, squad_names)
