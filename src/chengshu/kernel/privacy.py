"""Personal data is masked by default; a look behind the mask takes a permission and a reason and is recorded.

个人信息保护法 art. 51 (access by duty only) and 54 (audit): every look is a row that cannot be changed and an
entry in the ledger chain of the record looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.kernel import ledger
from chengshu.kernel.models import UnmaskRecord
from chengshu.kernel.privacy_masks import mask_address, mask_name, mask_phone, mask_resident_id, mask_value

__all__ = [
    "UnmaskRefused",
    "looks_in_the_last_hour",
    "mask_address",
    "mask_name",
    "mask_phone",
    "mask_resident_id",
    "mask_value",
    "unmask",
]

logger = logging.getLogger(__name__)
PERMISSION = "privacy.unmask"
SHORTEST_REASON = 4
MANY_PER_HOUR = 60  # past this a look is still given, but the log warns those who watch it


class UnmaskRefused(ValueError):
    """No reason, or nothing to show; the message is one translated sentence."""


def unmask(user: Any, subject: str, fields: Sequence[str], reason: str) -> UnmaskRecord:
    """Record that ``user`` sees ``fields`` of ``subject`` (``registry.object:12``) unmasked, and why.

    Call it before showing anything. Raises PermissionDenied without the permission ``privacy.unmask`` and
    `UnmaskRefused` for a reason shorter than four characters.
    """
    if not user.is_authenticated or not user.may(PERMISSION):
        raise PermissionDenied(PERMISSION)
    reason = " ".join(reason.replace("\0", " ").split())
    if len(reason) < SHORTEST_REASON:
        raise UnmaskRefused(
            _("Say why you need to see it (at least %(n)d characters).") % {"n": SHORTEST_REASON}
        )
    names = sorted(set(fields))
    if not names:
        raise UnmaskRefused(_("Choose what you need to see."))
    with transaction.atomic():
        before = looks_in_the_last_hour(user)
        record = UnmaskRecord.objects.create(
            user=user,
            subject=subject,
            fields=names,
            reason=reason[:300],
            request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
        )
        ledger.append(
            f"privacy:{subject}",
            "privacy.unmasked",
            {"record": record.pk, "fields": names, "reason": record.reason, "in_last_hour": before + 1},
            actor=user.get_username(),
        )
    if before + 1 > MANY_PER_HOUR:
        logger.warning("unmask: %s looked %s times within an hour", user.get_username(), before + 1)
    return record


def looks_in_the_last_hour(user: Any) -> int:
    """How often a person looked behind a mask within the last hour."""
    since = timezone.now() - timedelta(hours=1)
    return UnmaskRecord.objects.filter(user=user, at__gt=since).count()
