"""Whose room it is: the district's command centre, or a squad's own."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404

from chengshu.bureau.models import District, Unit, User
from chengshu.bureau.services.base import reaches
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import Lead
from chengshu.leads.models.leads import LeadQuerySet

PERMISSION = "command.view"
SQUADS = (Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD)


@dataclass(frozen=True)
class Room:
    """A district, or one squad in it."""

    district: District
    squad: Unit | None = None

    @property
    def label(self) -> str:
        """Its name in the language of the page."""
        return self.squad.label if self.squad else self.district.label

    @property
    def code(self) -> str:
        """The squad's code, empty for the district."""
        return self.squad.code if self.squad else ""

    def q(self, *, district: str = "district", squad: str = "squad") -> Q:
        """The filter for rows of this room."""
        return Q(**{squad: self.squad}) if self.squad else Q(**{district: self.district})

    def leads(self, user: User) -> LeadQuerySet:
        """The room's open leads that the person may see."""
        return Lead.objects.visible_to(user).filter(self.q()).exclude(stage=Stage.CLOSED)

    def unit_of(self, user: User) -> Unit:
        """The unit in whose name the person writes into the shift log here."""
        if self.squad is not None:
            return self.squad
        if user.unit.district_id == self.district.pk and user.unit.covers_district:
            return user.unit
        return Unit.objects.filter(district=self.district, kind=Unit.Kind.BUREAU).order_by("code")[0]


def room(user: User, code: str = "") -> Room:
    """The room of a code, or the one where the person belongs. Raises Http404 outside one's area."""
    scope = user.scope_for(PERMISSION)
    if code:
        found = Unit.objects.filter(code=code, kind__in=SQUADS, active=True).select_related("district")
        mine = [unit for unit in found if reaches(user, PERMISSION, unit)]
        mine.sort(key=lambda unit: unit.district_id != user.unit.district_id)
        if mine:
            return Room(mine[0].district, mine[0])
        raise Http404(code)
    if scope.districts:
        own = user.unit.district
        if own.pk in scope.districts:
            return Room(own)
        return Room(District.objects.get(pk=min(scope.districts)))
    squad = Unit.objects.filter(pk__in=scope.squads, active=True).select_related("district").first()
    if squad is None:
        raise Http404
    return Room(squad.district, squad)
