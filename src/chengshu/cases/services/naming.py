"""Who is named as an officer of a served decision hears of it: a colleague's phone put the name there."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import User
from chengshu.bureau.notices import notify, register_kind
from chengshu.cases.models import Case

NAMED = "case.named"


def register() -> None:
    """Make the kind of notice known."""
    register_kind(NAMED, gettext_lazy("Named as an officer of a served decision"))


def tell_named(case: Case, officers: Iterable[User], *, by: User) -> None:
    """Tell the officers of a decision, except the sender, that it was served in their name too, once."""
    said = {"number": case.decision_number or str(case.pk), "officer": by.full_name}
    notify(
        [officer for officer in officers if officer.pk != by.pk],
        NAMED,
        lambda: _("You are named as an officer of the decision %(number)s") % said,
        key=f"{NAMED}:{case.pk}",
        url=reverse("cases:case", args=[case.pk]),
        text=lambda: _("%(officer)s sent it from the phone. Tell your leader if you were not there.") % said,
    )
