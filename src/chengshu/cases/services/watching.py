"""Key cases (督办案件): leaders mark what they want to follow."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from chengshu.bureau.models import User
from chengshu.cases.models import Case
from chengshu.cases.permissions import DECIDE
from chengshu.kernel import ledger


def watch(case: Case, *, by: User, key: bool) -> None:
    """Mark a case as watched by leaders, or no longer. Raises ``PermissionDenied``."""
    with transaction.atomic():
        current = Case.objects.select_for_update().get(pk=case.pk)
        scope = by.scope_for(DECIDE)
        if not by.may(DECIDE) or not scope.covers(district_id=current.district_id, squad_id=current.squad_id):
            raise PermissionDenied(DECIDE)
        if current.is_key != key:
            current.is_key = key
            current.save(update_fields=["is_key", "updated_at"])
            ledger.append(current.chain, "case.watched", {"key": key}, actor=by.username)
    case.refresh_from_db()
