"""The register of off-site devices (非现场执法设备): who may change it, and what it says of a record."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from chengshu.bureau.models import User
from chengshu.cases.models import OffsiteDevice
from chengshu.cases.permissions import CONFIGURE


@transaction.atomic
def save_device(device: OffsiteDevice, *, by: User) -> OffsiteDevice:
    """Register a device or keep its changes; the database's history records who changed what.

    Raises ``PermissionDenied`` unless the person may set up the whole district, ``ValidationError`` by field
    for a code that is taken or a value that does not fit.
    """
    if not by.may(CONFIGURE) or device.district_id not in by.scope_for(CONFIGURE).districts:
        raise PermissionDenied(CONFIGURE)
    device.full_clean(exclude=["sign_photo", "position"])
    device.save()
    return device


def device_step_data(device: OffsiteDevice, *, by: User, on: date) -> dict[str, Any]:
    """What the step of taking in a record of the device says, as the register had it on the day ``on``.

    The rule ``offsite-evidence`` (行政处罚法 2021 art. 41) judges it; ``by`` reviewed the record.
    The photo of the sign at its place is named by its SHA-256, so that it stays the one of that day.
    """
    sign = {"sign_photo": device.sign_photo.sha256} if device.sign_photo else {}
    return {
        **sign,
        "offsite": True,
        "device_id": device.pk,
        "device_code": device.code,
        **device.particulars(on),
        "reviewed_by": by.username,
    }
