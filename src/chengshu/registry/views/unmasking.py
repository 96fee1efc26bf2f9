"""Looking behind the mask: with a reason, logged, shown in one answer only."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from chengshu.kernel.models import UnmaskRecord
from chengshu.registry.forms.objects import PERSONAL
from chengshu.registry.models import RegulatedObject
from chengshu.registry.services.values import ATTRIBUTE

SHORTEST_REASON = 4


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
    reason = request.POST.get("reason", "").strip()
    fields = personal_fields(obj)
    if len(reason) < SHORTEST_REASON:
        messages.error(request, _("Say in a few words why you need to see the data."))
        return frozenset()
    if not fields:
        return frozenset()
    UnmaskRecord.objects.create(
        user=user,
        subject=f"registry.object:{obj.pk}",
        fields=fields,
        reason=reason[:300],
        request_id=getattr(request, "request_id", ""),
    )
    return frozenset(fields)
