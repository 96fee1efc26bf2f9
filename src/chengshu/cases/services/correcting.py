"""Who puts right what was served against a rule, and how they hear of it."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import Level, RoleAssignment, Unit, User
from chengshu.bureau.notices import notify, register_kind
from chengshu.bureau.roles import roles_with
from chengshu.bureau.scope import DISTRICT_WIDE
from chengshu.cases.models import Case
from chengshu.cases.permissions import REVIEW, SQUAD

TO_CORRECT, BY_HAND = "case.to_correct", "case.by_hand"
KINDS = {
    TO_CORRECT: gettext_lazy("A served decision to put right"),
    BY_HAND: gettext_lazy("A served decision to enter by hand"),
}


def register() -> None:
    """Make the kinds of notices known."""
    for code, label in KINDS.items():
        register_kind(code, label)


def ask(case: Case, *, by: User) -> None:
    """Tell the squad's leaders and the legal reviewers of a case that is to be put right, once."""
    said = {"number": case.decision_number or str(case.pk)}
    notify(
        _responsible(case.squad or by.unit, district_id=case.district_id),
        TO_CORRECT,
        lambda: _("The decision %(number)s was served against a rule") % said,
        key=f"{TO_CORRECT}:{case.pk}",
        url=reverse("cases:case", args=[case.pk]),
        level=Level.WARN,
        text=lambda: _("Look at what the rules say, and annul, change or correct it."),
    )


def ask_by_hand(by: User, *, key: str, number: str, reason: str, url: str = "") -> None:
    """Tell the leaders of an officer's squad that a served decision could not be made a case.

    ``key`` names the record; ``reason`` is a sentence without personal data of the party;
    ``url`` is the page on which it is entered.
    """
    said = {"number": number or "—", "officer": by.full_name}
    notify(
        _responsible(by.unit, district_id=by.unit.district_id, review=False),
        BY_HAND,
        lambda: _("Enter the decision %(number)s of %(officer)s by hand") % said,
        key=f"{BY_HAND}:{key}",
        url=url or reverse("cases:simple"),
        level=Level.WARN,
        text=reason,
    )


def _responsible(squad: Unit, *, district_id: int, review: bool = True) -> list[User]:
    """Who approves in the squad, and with ``review`` the legal reviewers of the district."""
    now = timezone.now()
    places = Q(unit=squad, role__in=sorted(roles_with(SQUAD)))
    if review:
        wide = sorted(DISTRICT_WIDE - {"mobile_squad"})
        places |= Q(unit__district=district_id, unit__kind__in=wide, role__in=sorted(roles_with(REVIEW)))
    rows = (
        RoleAssignment.objects.filter(
            places,
            Q(revoked_at=None) | Q(revoked_at__gt=now),
            granted_at__lte=now,
            user__is_active=True,
            user__is_service=False,
        )
        .select_related("user__unit")
        .order_by("user_id")
    )
    return list({row.user_id: row.user for row in rows}.values())
