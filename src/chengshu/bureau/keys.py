"""Whose an API key is, and whether it has requests left: asked by every request that carries one."""

from __future__ import annotations

import copy
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import connection
from django.utils import timezone

from chengshu.bureau.models import ApiKey, ServiceAccount

MARK = "cs_"
KEY = re.compile(r"cs_([0-9a-f]{8})_[A-Za-z0-9_-]{20,100}")
CACHE_SECONDS = 5.0  # how long a process may go on with what it knows of a key
CACHE_MOST = 1000  # keys that a process remembers
WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Known:
    """A key as this process last read it."""

    account: ServiceAccount
    digest: str
    previous_digest: str
    previous_until: datetime | None
    expires_at: datetime
    revoked: bool
    read_at: float


@dataclass(frozen=True, slots=True)
class Count:
    """Where a key stands in the present minute."""

    limit: int
    used: int
    seconds_left: int

    @property
    def refused(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers)."""
        rest = max(0, self.limit - self.used)
        headers = {
            "RateLimit-Policy": f'"minute";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"minute";r={rest};t={self.seconds_left}',
        }
        if self.refused:
            headers["Retry-After"] = str(self.seconds_left)
        return headers


_known: dict[str, Known] = {}


def account_of(authorization: str) -> ServiceAccount | None:
    """The account of ``Bearer cs_…``, as a copy of the caller's own; None if the key is not in force."""
    scheme, _space, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or (match := KEY.fullmatch(secret.strip())) is None:
        return None
    known = _look_up(match[1])
    if known is None or known.revoked:
        return None
    given = hashlib.sha256(match[0].encode()).hexdigest()
    now = timezone.now()
    current = hmac.compare_digest(given, known.digest)
    former = hmac.compare_digest(given, known.previous_digest or "-" * 64)
    if not current and not (former and known.previous_until is not None and now < known.previous_until):
        return None
    return copy.copy(known.account) if now < known.expires_at else None


def count(key: ApiKey) -> Count:
    """Count one request. Exact over all processes: one statement on one row, which no commit waits for.

    Each minute of the database's clock starts anew. The first request of a minute also notes when the key was
    last used.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bureau_apikeyuse AS u (key_id, window_start, used)"
            " VALUES (%s, date_trunc('minute', clock_timestamp()), 1)"
            " ON CONFLICT (key_id) DO UPDATE SET"
            " used = CASE WHEN EXCLUDED.window_start > u.window_start THEN 1"
            " ELSE LEAST(u.used + 1, %s) END,"
            " window_start = GREATEST(u.window_start, EXCLUDED.window_start)"
            " RETURNING used, ceil(%s - extract(epoch FROM clock_timestamp() - window_start))::int",
            [key.pk, key.rate_per_minute + 1, WINDOW_SECONDS],
        )
        used, left = cursor.fetchone()
    if used == 1:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
    return Count(key.rate_per_minute, used, max(1, left))


def forget(prefix: str | None = None) -> None:
    """Read the key (or all) anew at its next request in this process."""
    if prefix is None:
        _known.clear()
    else:
        _known.pop(prefix, None)


def _look_up(prefix: str) -> Known | None:
    known = _known.get(prefix)
    now = monotonic()
    if known is not None and now - known.read_at < CACHE_SECONDS:
        return known
    key = (
        ApiKey.objects.select_related("account__unit__district", "unit__district")
        .filter(prefix=prefix)
        .first()
    )
    if key is None:
        return None
    key.granted  # noqa: B018  worked out once for all copies
    account = key.account
    account.api_key = key
    if len(_known) >= CACHE_MOST:
        _known.clear()
    known = Known(
        account,
        key.digest,
        key.previous_digest,
        key.previous_until,
        key.expires_at,
        key.revoked_at is not None,
        now,
    )
    _known[prefix] = known
    return known
