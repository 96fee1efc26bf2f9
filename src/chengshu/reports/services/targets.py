"""Setting, changing and withdrawing targets, and the nightly look at their lights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from chengshu.bureau.models import Level, Town, Unit, User
from chengshu.bureau.notices import notify, register_kind
from chengshu.bureau.scope import require
from chengshu.bureau.services.base import Refused
from chengshu.kernel import ledger
from chengshu.kernel.indicators.asking import FinesForbidden, dimensions_of, refuse_fines
from chengshu.kernel.indicators.declarations import UnknownIndicator, declared
from chengshu.reports.lights import RANK, RED
from chengshu.reports.models import Target
from chengshu.reports.people import may_see
from chengshu.reports.targets import Seen, seen

MANAGE = "reports.targets"
WORSE = "reports.target_worse"
SOURCE_MOST = 300


@dataclass(frozen=True)
class Wanted:
    """A target as somebody states it. Neither squad nor town: the whole district."""

    figure: str
    comparison: str
    value: Decimal
    year: int
    source: str
    squad: Unit | None = None
    town: Town | None = None
    owner: User | None = None
    unverified: bool = False


def register() -> None:
    """Make the kinds of notices known."""
    register_kind(WORSE, gettext_lazy("A target's light got worse"))


@transaction.atomic
def set_target(district_id: int, wanted: Wanted, *, by: User | None) -> Target:
    """Set a new target. Raises `Refused`, PermissionDenied outside the person's reach."""
    _allowed(district_id, wanted, by)
    target = Target(district_id=district_id)
    _write(target, wanted, by, "set")
    return target


@transaction.atomic
def change_target(pk: int, wanted: Wanted, *, by: User | None) -> Target:
    """Change a target that is not withdrawn. Raises `Refused`, PermissionDenied."""
    target = _locked(pk, by)
    _allowed(target.district_id, wanted, by)
    target.light = ""
    _write(target, wanted, by, "changed")
    return target


@transaction.atomic
def withdraw_target(pk: int, *, by: User | None) -> Target:
    """Withdraw a target; it stays in the history. Raises `Refused`, PermissionDenied."""
    target = _locked(pk, by)
    target.withdrawn_at = timezone.now()
    target.save(update_fields=["withdrawn_at"])
    ledger.append(target.chain, "withdrawn", {}, actor=by.username if by else "system")
    return target


def look_at_all(today: date) -> int:
    """Look at every target of this year and the last, tell owners of lights that got worse; how many did.

    One look alone does it: a light is compared and told of in the transaction that holds its row.
    """
    rows = Target.objects.filter(withdrawn_at=None, year__in=[today.year - 1, today.year])
    worse = 0
    for one in seen(rows.select_related("squad", "town", "owner__unit"), today):
        worse += _noted(one)
    return worse


@transaction.atomic
def _noted(one: Seen) -> bool:
    target = Target.objects.select_for_update().get(pk=one.target.pk)
    got_worse = RANK[one.light.colour] > RANK[target.light]
    target.light, target.looked_at = one.light.colour, timezone.now()
    target.worsened += got_worse
    target.save(update_fields=["light", "looked_at", "worsened"])
    if got_worse:
        ledger.append(target.chain, "worse", {"light": one.light.colour}, actor="system")
    owner = one.target.owner
    if got_worse and owner and may_see(owner, district_id=target.district_id, squad_id=target.squad_id):
        notify(
            [owner],
            WORSE,
            lambda: (
                _("Target “%(figure)s” of %(year)s: %(light)s")
                % {"figure": one.one.name, "year": target.year, "light": light_name(one.light.colour)}
            ),
            key=f"{WORSE}:{target.pk}:{target.worsened}",
            url=reverse("reports:target", args=[target.pk]),
            level=Level.ALARM if one.light.colour == RED else Level.WARN,
            text=lambda: one.reason,
        )
    return got_worse


def light_name(colour: str) -> str:
    """A light in words."""
    return {
        "green": pgettext("target", "On course"), "amber": pgettext("target", "At risk"),
        "red": pgettext("target", "Missed or will be missed"), "grey": pgettext("target", "Not to be told"),
    }[colour]  # fmt: skip


def _locked(pk: int, by: User | None) -> Target:
    target: Target = Target.objects.select_for_update().get(pk=pk)
    require(by, MANAGE, district_id=target.district_id, squad_id=target.squad_id)
    if target.withdrawn_at is not None:
        raise Refused(_("This target has been withdrawn."))
    return target


def _allowed(district_id: int, wanted: Wanted, by: User | None) -> None:
    require(by, MANAGE, district_id=district_id, squad_id=wanted.squad.pk if wanted.squad else None)
    if wanted.squad and wanted.town:
        raise Refused(_("A target is one squad's or one town's, not both."), "town")
    for place in (wanted.squad, wanted.town):
        if place is not None and place.district_id != district_id:
            raise Refused(_("Choose a place of the district."))
    try:
        declared(wanted.figure)
        refuse_fines(wanted.figure)
    except UnknownIndicator:
        raise Refused(_("Choose a figure."), "figure") from None
    except FinesForbidden as problem:
        raise Refused(str(problem), "figure") from problem
    divided = {"squad": wanted.squad, "town": wanted.town}
    if any(place and name not in dimensions_of(wanted.figure) for name, place in divided.items()):
        raise Refused(
            _("This figure is not counted for a single squad or town. Choose the whole district."), "figure"
        )
    if not wanted.source.strip():
        raise Refused(_("State the document that sets the target."), "source")


def _write(target: Target, wanted: Wanted, by: User | None, action: str) -> None:
    target.figure, target.comparison, target.value = wanted.figure, wanted.comparison, wanted.value
    target.year, target.source = wanted.year, wanted.source.strip()[:SOURCE_MOST]
    target.squad, target.town, target.owner = wanted.squad, wanted.town, wanted.owner
    target.unverified = wanted.unverified
    try:
        with transaction.atomic():
            target.save()
    except IntegrityError:
        raise Refused(
            _("This figure has a target of this kind for the place and year already."), "figure"
        ) from None
    payload = {
        "figure": target.figure, "comparison": target.comparison, "value": str(target.value),
        "year": target.year, "source": target.source, "unverified": target.unverified,
        "squad": target.squad_id, "town": target.town_id, "owner": target.owner_id,
    }  # fmt: skip
    ledger.append(target.chain, action, payload, actor=by.username if by else "system")
