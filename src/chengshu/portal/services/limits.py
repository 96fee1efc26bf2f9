"""How often one address may ask (a question without an account): counted in the database, for all processes.

Only a keyed hash of the address is kept, and that for one window.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from chengshu.portal.models import AddressUse

IPV6_PREFIX = 64  # what one subscriber has


@dataclass(frozen=True)
class Limit:
    """So many questions an address within so many seconds."""

    purpose: str
    most: int
    seconds: int


CERTIFICATES = Limit("certificate", most=settings.PUBLIC_CHECKS_PER_HOUR, seconds=3600)


def allowed(request: HttpRequest, limit: Limit) -> bool:
    """Count this question; whether it is still within the limit. Safe among processes: one statement."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO portal_addressuse AS held (key, window_start, used) VALUES (%s, %s, 1)
            ON CONFLICT (key) DO UPDATE SET
                used = CASE WHEN held.window_start <= %s THEN 1 ELSE held.used + 1 END,
                window_start = CASE WHEN held.window_start <= %s THEN excluded.window_start
                                    ELSE held.window_start END
            RETURNING used
            """,
            [key_of(request, limit.purpose), now, *[now - timedelta(seconds=limit.seconds)] * 2],
        )
        return int(cursor.fetchone()[0]) <= limit.most


def key_of(request: HttpRequest, purpose: str) -> str:
    """What stands for the address: a hash that only this installation can make."""
    message = f"{purpose}|{network_of(address_of(request))}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()


def address_of(request: HttpRequest) -> str:
    """Who asks: behind TLS the address that the proxy before us has seen, the last one it names."""
    forwarded = str(request.headers.get("X-Forwarded-For", "")) if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR") or "")


def network_of(address: str) -> str:
    """The address, of IPv6 the network of one subscriber; something unreadable as it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(ip_network(f"{parsed}/{IPV6_PREFIX}", strict=False))
    return str(parsed)


def forget() -> int:
    """Delete counts whose window is over; how many."""
    oldest = timezone.now() - timedelta(seconds=CERTIFICATES.seconds)
    return AddressUse.objects.filter(window_start__lte=oldest).delete()[0]
