"""Looking behind the mask: with a reason, logged, shown in one answer only."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from chengshu.kernel.privacy import UnmaskRefused, unmask
from chengshu.registry.forms.objects import PERSONAL
from chengshu.registry.models import RegulatedObject
from chengshu.registry.services.values import ATTRIBUTE


def personal_fields(obj: RegulatedObject) -> list[str]:
    """Fields of the object that hold personal data now."""
    attributes = [
        d.key for d in obj.object_class.attributes.all() if d.personal and obj.attributes.get(d.key)
    ]
    return [name for name in PERSONAL if getattr(obj, name)] + [ATTRIBUTE + key for key in attributes]


def unmasked_fields(request: HttpRequest, obj: RegulatedObject) -> frozenset[str]:
    """Record the look and name the fields that may be shown; nothing without a reason."""
    user: Any = request.user
    scope = user.scope_for("privacy.unmask")
    if not user.may("privacy.unmask") or not scope.covers(district_id=obj.district_id, squad_id=obj.squad_id):
        raise PermissionDenied("privacy.unmask")
    fields = personal_fields(obj)
    if not fields:
        return frozenset()
    try:
        unmask(user, f"registry.object:{obj.pk}", fields, request.POST.get("reason", ""))
    except UnmaskRefused as refused:
        messages.error(request, str(refused))
        return frozenset()
    return frozenset(fields)
