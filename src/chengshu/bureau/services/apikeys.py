"""API keys (接口密钥): given to other systems by the security administrator, changed and taken back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau import keys
from chengshu.bureau.models import ApiKey, ServiceAccount, Unit, User
from chengshu.bureau.roles import key_permissions
from chengshu.bureau.services.base import Refused, record, require
from chengshu.bureau.services.people import name_key

PERMISSION = "bureau.apikeys.manage"


@dataclass(frozen=True)
class NewKey:
    """A key with the secret to be told once."""

    key: ApiKey
    secret: str


@transaction.atomic
def create_key(
    *,
    by: User,
    name: str,
    owner: str,
    unit: Unit,
    permissions: Iterable[str],
    rate_per_minute: int,
    days: int,
) -> NewKey:
    """Give another system a key for ``days`` days, with a service account of its own. Raises `Refused`.

    ``rate_per_minute``: requests a minute, at most ``settings.API_KEY_RATE_MOST``.
    """
    require(by, PERMISSION, unit)
    name, owner = name.strip(), owner.strip()
    _check_texts(name, owner, unit)
    wanted = _allowed(permissions)
    _check_rate(rate_per_minute)
    if not 1 <= days <= settings.API_KEY_DAYS_MOST:
        raise Refused(
            _("A key is valid for 1 to %(most)s days.") % {"most": settings.API_KEY_DAYS_MOST}, "days"
        )
    prefix = secrets.token_hex(4)
    account = ServiceAccount(
        username=f"key:{prefix}",
        full_name=name,
        name_key=name_key(name),
        unit=unit,
        is_active=False,
        is_service=True,
    )
    account.set_unusable_password()
    account.save()
    secret = _secret(prefix)
    key = ApiKey.objects.create(
        district_id=unit.district_id,
        unit=unit,
        account=account,
        name=name,
        owner=owner,
        permissions=wanted,
        rate_per_minute=rate_per_minute,
        prefix=prefix,
        digest=digest_of(secret),
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(account, "apikey.created", by, unit=unit.code, permissions=wanted, rate=rate_per_minute, days=days)
    return NewKey(key, secret)


@transaction.atomic
def change_key(key: ApiKey, *, by: User, permissions: Iterable[str], rate_per_minute: int) -> ApiKey:
    """Change what a key may do and how often. Raises `Refused`."""
    key = _locked(key, by)
    wanted = _allowed(permissions)
    _check_rate(rate_per_minute)
    if wanted == key.permissions and rate_per_minute == key.rate_per_minute:
        return key
    key.permissions, key.rate_per_minute = wanted, rate_per_minute
    key.save(update_fields=["permissions", "rate_per_minute"])
    record(key.account, "apikey.changed", by, permissions=wanted, rate=rate_per_minute)
    transaction.on_commit(lambda: keys.forget(key.prefix))
    return key


@transaction.atomic
def rotate_key(key: ApiKey, *, by: User, keep_hours: int = 0) -> NewKey:
    """Give the key a new secret; the former works on for ``keep_hours`` hours. Raises `Refused`."""
    key = _locked(key, by)
    if not 0 <= keep_hours <= settings.API_KEY_KEEP_HOURS_MOST:
        raise Refused(
            _("The former key may go on working for 0 to %(most)s hours.")
            % {"most": settings.API_KEY_KEEP_HOURS_MOST},
            "keep_hours",
        )
    now = timezone.now()
    secret = _secret(key.prefix)
    key.previous_digest = key.digest if keep_hours else ""
    key.previous_until = now + timedelta(hours=keep_hours) if keep_hours else None
    key.digest, key.rotated_at = digest_of(secret), now
    key.save(update_fields=["digest", "previous_digest", "previous_until", "rotated_at"])
    record(key.account, "apikey.rotated", by, hours=keep_hours)
    transaction.on_commit(lambda: keys.forget(key.prefix))
    return NewKey(key, secret)


@transaction.atomic
def revoke_key(key: ApiKey, *, by: User, reason: str) -> None:
    """Take a key back (吊销); every web process knows within `keys.CACHE_SECONDS`. Raises `Refused`."""
    key = _locked(key, by)
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why the key is revoked."), "reason")
    key.revoked_at, key.revoked_by, key.revoke_reason = timezone.now(), by, reason[:200]
    key.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    record(key.account, "apikey.revoked", by, reason=key.revoke_reason)
    transaction.on_commit(lambda: keys.forget(key.prefix))


def digest_of(secret: str) -> str:
    """What is stored of a secret. It carries 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _secret(prefix: str) -> str:
    return f"{keys.MARK}{prefix}_{secrets.token_urlsafe(32)}"


def _locked(key: ApiKey, by: User) -> ApiKey:
    """The key's present row, locked; refused where it is out of reach or revoked."""
    found = (
        ApiKey.objects.select_for_update(of=("self",))
        .select_related("unit", "account", "account__unit")
        .get(pk=key.pk)
    )
    require(by, PERMISSION, found.unit)
    if found.revoked_at is not None:
        raise Refused(_("The key has been revoked already."))
    return found


def _check_texts(name: str, owner: str, unit: Unit) -> None:
    if not 0 < len(name) <= 60:
        raise Refused(_("The name of the system needs 1 to 60 characters."), "name")
    if not 0 < len(owner) <= 120:
        raise Refused(_("Say who answers for the system (at most 120 characters)."), "owner")
    if not unit.active:
        raise Refused(_("%(unit)s is no longer active.") % {"unit": unit}, "unit")
    if ApiKey.objects.filter(district_id=unit.district_id, name=name, revoked_at=None).exists():
        raise Refused(_("There is already a key of this name."), "name")


def _allowed(permissions: Iterable[str]) -> list[str]:
    wanted = sorted(set(permissions))
    if not wanted:
        raise Refused(_("Choose at least one permission."), "permissions")
    if refused := set(wanted) - key_permissions():
        raise Refused(
            _("An API key cannot carry this permission: %(what)s") % {"what": ", ".join(sorted(refused))},
            "permissions",
        )
    return wanted


def _check_rate(rate_per_minute: int) -> None:
    if not 1 <= rate_per_minute <= settings.API_KEY_RATE_MOST:
        raise Refused(
            _("A key may make 1 to %(most)s requests a minute.") % {"most": settings.API_KEY_RATE_MOST},
            "rate_per_minute",
        )
