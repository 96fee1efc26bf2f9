"""The lights of the towns at a year's end, kept, so that a later change of the ledger leaves them alone."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.kernel import ledger
from chengshu.structures.models import AnnualTask, Structure, YearLight
from chengshu.structures.queries.lights import judged, light_rules, measures_of

from .base import MANAGE, StructureProblem, require


@transaction.atomic
def record(district: District, year: int, *, by: User | None) -> list[YearLight]:
    """Keep the light of every town on the last day of a year that is over; what is kept already stays.

    ``by``: None for the clock. Returns those that are new. Raises `StructureProblem` for a year that is not
    over.
    """
    if by is not None:
        require(by, MANAGE, district_id=district.pk)
    last = date(year, 12, 31)
    if last >= timezone.localdate():
        raise StructureProblem(_("The year %(year)s is not over.") % {"year": year}, "year")
    District.objects.select_for_update().get(pk=district.pk)
    kept = set(YearLight.objects.filter(district=district, on=last).values_list("town", flat=True))
    now, rules, rows = timezone.now(), light_rules(), []
    for town, measures in measures_of(district, year, last):
        if town.pk in kept:
            continue
        colour, reasons, missing = judged(measures, rules)
        rows.append(
            YearLight(
                district=district, town=town, on=last, colour=colour, measures=measures,
                reasons=[one.words for one in reasons], missing=[one.words for one in missing],
                recorded_at=now, recorded_by=by,
            )
        )  # fmt: skip
    made = YearLight.objects.bulk_create(rows)
    if made:
        colours = {one.town.code: one.colour for one in made}
        actor = by.username if by else "system"
        ledger.append(f"structures:lights:{district.pk}", "lights", {"on": last, "colours": colours},
                      actor=actor)  # fmt: skip
    return made


def record_all(today: date | None = None) -> int:
    """In January, the lights of the year before of every district with a ledger; how many are new.

    Any night of January will do, should the machine have been off at New Year; later nobody could say that
    these were the lights at the year's end.
    """
    today = today or timezone.localdate()
    if today.month != 1:
        return 0
    year = today.year - 1
    districts = District.objects.filter(pk__in=_with_ledger(year)).order_by("pk")
    return sum(len(record(one, year, by=None)) for one in districts)


def _with_ledger(year: int) -> set[int]:
    """Districts that entered structures or set tasks in the year."""
    entered = Structure.objects.filter(entered_on__year=year).order_by().values_list("district", flat=True)
    tasks = AnnualTask.objects.filter(year=year).order_by().values_list("district", flat=True)
    return {*entered.distinct(), *tasks.distinct()}
