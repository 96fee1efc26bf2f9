"""The number that every public page is kept by."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from chengshu.portal.models import PublicState


def touch(district_id: int) -> None:
    """Something public changed: kept pages are made anew. Call it in the transaction of the change."""
    state, new = PublicState.objects.get_or_create(district_id=district_id)
    if not new:
        PublicState.objects.filter(pk=state.pk).update(number=F("number") + 1, changed_at=timezone.now())
