"""Refusing with a sentence, and the reach of a permission: what the services of sensing share."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from chengshu.bureau.models import User

VIEW, MANAGE, DECIDE = "sensing.view", "sensing.manage", "sensing.decide"
SETTLE, EXPORT = "sensing.settle", "sensing.export"


class SensingProblem(Exception):
    """What was asked for cannot be done; one translated sentence, and the field of the form, if any."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def require(by: User | None, permission: str, *, district_id: int, squad_id: int | None = None) -> None:
    """Raise PermissionDenied unless the person may do this there; None is the system itself."""
    if by is not None and not by.scope_for(permission).covers(district_id=district_id, squad_id=squad_id):
        raise PermissionDenied(permission)
