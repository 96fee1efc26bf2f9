"""无效签到: reads that proved nothing are kept, and whoever leads the squad hears of the grave ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import Level, RoleAssignment, User
from chengshu.bureau.notices import notify, register_kind
from chengshu.bureau.roles import roles_with
from chengshu.bureau.scope import DISTRICT_WIDE
from chengshu.patrol.models import Tag, TagAttempt

if TYPE_CHECKING:
    from .checking_in import Sighting

KIND = "patrol.invalid_read"
LEADS_SQUAD, WATCHES = "patrol.confirm", "command.view"
GRAVE = frozenset({TagAttempt.Fault.REPLAYED, TagAttempt.Fault.FORGED})


def register() -> None:
    """Make the kind of notice known."""
    register_kind(KIND, gettext_lazy("A tag was read in a way that proves nothing"))


def record(
    user: User, seen: Sighting, fault: TagAttempt.Fault, tag: Tag | None = None, counter: int | None = None
) -> TagAttempt:
    """Keep the read; a replay or a forgery is told to the squad's leader and the command desk."""
    made = TagAttempt.objects.create(
        id=seen.id, district_id=user.unit.district_id, squad_id=user.unit_id, user=user, tag=tag,
        code=seen.code[:24], fault=fault, counter=counter, at=seen.at, received_at=seen.received_at,
        position=seen.position,
    )  # fmt: skip
    if fault in GRAVE and tag is not None:
        _tell(made, tag)
    return made


def sentence(made: TagAttempt) -> str:
    """What the officer is told."""
    return {
        TagAttempt.Fault.REPLAYED: _(
            "This read of the tag was used before. Hold the phone to the tag again."
        ),
        TagAttempt.Fault.FORGED: _("The tag did not prove itself. Report it if it looks changed."),
        TagAttempt.Fault.UNKNOWN: _("No tag with this code is known."),
        TagAttempt.Fault.OUT_OF_USE: _("This tag is no longer in use."),
    }[TagAttempt.Fault(made.fault)]


def _tell(made: TagAttempt, tag: Tag) -> None:
    """Once a day, officer, tag and fault, however often it is tried."""
    day = timezone.localtime(made.at).date()
    point = tag.point.name
    notify(
        _people(made),
        KIND,
        lambda: _("Invalid check-in at “%(point)s”") % {"point": point},
        key=f"patrol:{made.fault}:{tag.pk}:{made.user_id}:{day}",
        url=reverse("patrol:attempts"),
        level=Level.WARN,
        text=lambda: str(TagAttempt.Fault(made.fault).label),
        unit=made.squad,
    )


def _people(made: TagAttempt) -> list[User]:
    """Who confirms the squad's logs, and who sits at the command desk of the district."""
    now = timezone.now()
    at_squad = Q(unit=made.squad_id, role__in=sorted(roles_with(LEADS_SQUAD)))
    across = Q(
        unit__district=made.district_id,
        unit__kind__in=sorted(DISTRICT_WIDE - {"mobile_squad"}),
        role__in=sorted(roles_with(WATCHES) & roles_with("leads.dispatch")),
    )
    held = RoleAssignment.objects.filter(
        at_squad | across,
        Q(revoked_at=None) | Q(revoked_at__gt=now),
        granted_at__lte=now,
        user__is_active=True,
        user__is_service=False,
    )
    return list(User.objects.filter(pk__in=held.values("user")).select_related("unit"))
