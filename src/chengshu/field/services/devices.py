"""Devices in the hands of officers: registered, shut out, told to forget everything."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import Unit, User
from chengshu.bureau.services import accounts
from chengshu.bureau.services.base import Refused, reaches
from chengshu.field import signatures
from chengshu.field.models import FieldDevice
from chengshu.field.settings import limits
from chengshu.kernel import ledger

MANAGE = "field.devices"
SIGN_OUT, ASKED = "sign_out", "asked"
SEEN_EVERY = timedelta(minutes=1)  # so that reading does not cost a write each time


def visible_to(user: User) -> QuerySet[FieldDevice]:
    """Devices of the people whom the person looks after."""
    scope = user.scope_for(MANAGE)
    rows = FieldDevice.objects.filter(scope.q(district="user__unit__district", squad="user__unit"))
    return rows.select_related("user", "user__unit")


def in_use() -> QuerySet[FieldDevice]:
    """Devices that still send."""
    return FieldDevice.objects.filter(revoked_at=None, wiped_at=None)


@transaction.atomic
def register(
    device_id: uuid.UUID,
    public_key: Mapping[str, Any],
    *,
    by: User,
    name: str = "",
    app_version: str = "",
    signed_in: datetime | None = None,
) -> tuple[FieldDevice, bool]:
    """Register a device, or find it again; whether it is new. Raises `Refused`.

    An officer has a few devices at a time (data/limits.yaml); a device belongs to one officer for good.
    ``signed_in``: since when the session is; one from before a device of the officer was shut out brings no
    new device in.
    """
    try:
        jwk = signatures.public_jwk(public_key)
    except signatures.KeyProblem as problem:
        raise Refused(
            _("The key of the device cannot be used. Reinstall the app."), "public_key"
        ) from problem
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # two devices at once do not pass the limit
    known = FieldDevice.objects.select_for_update().filter(pk=device_id).first()
    if known is not None:
        return _again(known, jwk, by=by, name=name, app_version=app_version), False
    if signed_in is not None and _shut_out_since(by, signed_in):
        raise Refused(_("A device of yours has been taken out of use. Sign in anew."), "id")
    if in_use().filter(user=by).count() >= limits().devices:
        raise Refused(
            _("You have %(most)d devices already. Sign out on one, or let it be revoked.")
            % {"most": limits().devices},
            "device",
        )
    made = FieldDevice.objects.create(
        pk=device_id,
        user=by,
        public_key=jwk,
        name=_line(name, 120),
        app_version=_line(app_version, 40),
        seen_at=timezone.now(),
    )
    _record(made, "registered", by, name=made.name, key=jwk["x"])
    return made, True


def _shut_out_since(user: User, moment: datetime) -> bool:
    """Whether a device of the person was revoked or told to forget everything after the moment."""
    later = Q(revoked_at__gt=moment) | Q(wipe_asked_at__gt=moment)
    return FieldDevice.objects.filter(later, user=user).exists()


def own(user: User, stated: str) -> FieldDevice | None:
    """The person's device under this id, None where there is none."""
    try:
        wanted = uuid.UUID(stated)
    except ValueError:
        return None
    return FieldDevice.objects.filter(pk=wanted, user=user).first()


def _again(known: FieldDevice, jwk: dict[str, str], *, by: User, name: str, app_version: str) -> FieldDevice:
    if known.user_id != by.pk or known.public_key != jwk:
        raise Refused(_("This device is registered to somebody else."), "id")
    if known.revoked_at is not None or known.wiped_at is not None:
        raise Refused(_("This device has been taken out of use. Sign in anew."), "id")
    known.name, known.app_version = _line(name, 120) or known.name, _line(app_version, 40)
    known.seen_at = timezone.now()
    known.save(update_fields=["name", "app_version", "seen_at"])
    return known


def seen(device: FieldDevice, app_version: str = "") -> None:
    """Note that the device has spoken to the server."""
    now = timezone.now()
    version = _line(app_version, 40) or device.app_version
    if version == device.app_version and device.seen_at and now - device.seen_at < SEEN_EVERY:
        return
    device.seen_at, device.app_version = now, version
    device.save(update_fields=["seen_at", "app_version"])


@transaction.atomic
def revoke(device: FieldDevice, *, by: User, reason: str = "") -> FieldDevice:
    """Apply nothing of the device any more, let it forget what it holds, and end its officer's sessions.

    What waited on it is still kept, as refused, so that nothing that was done is lost.
    """
    current = _locked(device, by)
    if current.revoked_at is not None:
        raise Refused(_("The device has been revoked already."))
    now = timezone.now()
    current.revoked_at = now
    if current.wiped_at is None and current.wipe_asked_at is None:
        current.wipe_asked_at, current.wipe_asked_by = now, by
    current.save(update_fields=["revoked_at", "wipe_asked_at", "wipe_asked_by"])
    _record(current, "revoked", by, reason=reason.strip()[:200])
    accounts.end_sessions(current.user)
    return current


@transaction.atomic
def ask_to_wipe(device: FieldDevice, *, by: User) -> FieldDevice:
    """Let the device forget everything once it speaks to the server; what waits on it is sent before.

    The officer's sessions end: whoever has the device now does not go on with one of them.
    """
    current = _locked(device, by)
    if current.wiped_at is not None:
        raise Refused(_("The device has forgotten everything already."))
    if current.wipe_asked_at is not None:
        raise Refused(_("The device has been told to forget everything; it has not answered yet."))
    current.wipe_asked_at, current.wipe_asked_by = timezone.now(), by
    current.save(update_fields=["wipe_asked_at", "wipe_asked_by"])
    _record(current, "wipe_asked", by)
    accounts.end_sessions(current.user)
    return current


@transaction.atomic
def confirm_wiped(device: FieldDevice, *, by: User, reason: str = ASKED) -> FieldDevice:
    """The device says that it has forgotten everything: asked to, or because its officer signs out.

    It sends nothing after that; the next sign-in on it registers it anew. Said twice, it counts once.
    """
    current = FieldDevice.objects.select_for_update(of=("self",)).get(pk=device.pk)
    if current.user_id != by.pk:
        raise PermissionDenied(MANAGE)
    if current.wiped_at is None:
        current.wiped_at = timezone.now()
        current.save(update_fields=["wiped_at"])
        _record(current, "wiped", by, reason=SIGN_OUT if reason == SIGN_OUT else ASKED)
    return current


def wants_wipe(device: FieldDevice) -> bool:
    """Whether the device is to forget everything now."""
    return device.wipe_asked_at is not None and device.wiped_at is None


def _locked(device: FieldDevice, by: User) -> FieldDevice:
    rows = FieldDevice.objects.select_for_update(of=("self",)).select_related("user", "user__unit")
    current = rows.get(pk=device.pk)
    unit: Unit = current.user.unit
    if not reaches(by, MANAGE, unit):
        raise PermissionDenied(MANAGE)
    return current


def _record(device: FieldDevice, action: str, by: User, **payload: Any) -> None:
    said = {"user": device.user_id, **payload}
    ledger.append(f"field.device:{device.pk}", action, said, actor=by.username)


def _line(text: str, most: int) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:most]
