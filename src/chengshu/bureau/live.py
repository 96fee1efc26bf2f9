"""Who stands behind a stream of events: the same answer that a page would get, without a page.

A stream is not a page: it does not keep a session alive that nobody uses.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import QueryDict, parse_cookie
from django.utils.crypto import constant_time_compare

from chengshu.bureau import passwords
from chengshu.bureau.sessions import (
    SEEN,
    SIGNED_IN,
    has_second_factor,
    is_idle,
    needs_second_factor,
    unattended,
)
from chengshu.kernel.events import UnknownTopic, topics
from chengshu.kernel.events.audience import Audience, audience_of

if TYPE_CHECKING:
    from chengshu.bureau.models import User


HIGHEST = 2**63 - 1  # position in the database


class NotAllowed(Exception):
    """The person may not hear what was asked for; the message says so."""


@dataclass(frozen=True)
class Refusal:
    """Why there is no stream: an HTTP status and one sentence."""

    status: int
    detail: str


@dataclass(frozen=True)
class Admission:
    """What a stream starts from: what may be heard, and after which position (None: from now)."""

    audience: Audience
    after: int | None


def admit(headers: Mapping[str, str], query: str) -> Admission | Refusal:
    """Decide about a request for the stream: its headers (names in small letters) and its query string.

    ``Last-Event-ID``, which a browser sends when it comes back, goes before ``after``.
    """
    user = authenticate(headers)
    if user is None:
        return Refusal(401, "sign in first")
    if not settled(user):
        return Refusal(403, "settle your account first: password or second factor")
    asked = QueryDict(query)
    given = headers.get("last-event-id") or asked.get("after", "")
    if given and not (given.isascii() and given.isdecimal() and int(given[:20]) <= HIGHEST):
        return Refusal(422, "after (or Last-Event-ID) must be the id of an event, a whole number")
    names = frozenset(name for part in asked.getlist("topics") for name in part.split(",") if name)
    try:
        heard = audience(user, names or None)
    except UnknownTopic as problem:
        return Refusal(422, str(problem))
    except NotAllowed as problem:
        return Refusal(403, str(problem))
    return Admission(heard, int(given) if given else None)


def authenticate(headers: Mapping[str, str]) -> User | None:
    """Whom these request headers (names in small letters) prove, by API key or session; or None."""
    if authorization := headers.get("authorization", ""):
        from chengshu.bureau.keys import account_of

        return account_of(authorization)
    return _by_session(headers.get("cookie", ""))


def audience(user: User, names: frozenset[str] | None) -> Audience:
    """What the person may hear of the topics named, or of all. Raises `UnknownTopic` for a name that is none,
    `NotAllowed` when topics are named and a permission for one of them is missing."""
    wanted = topics(names)
    heard = audience_of(user, wanted)
    if names is not None:
        deaf = {topic.name for topic in wanted} - {hearing.topic for hearing in heard.hearings}
        if deaf:
            raise NotAllowed(f"missing permission for: {', '.join(sorted(deaf))}")
    return heard


def settled(user: User) -> bool:
    """Whether password and second factor are in order (`AccountStateMiddleware` asks the same of a page)."""
    if getattr(user, "api_key", None) is not None:
        return True
    return not passwords.must_change(user) and (not needs_second_factor(user) or has_second_factor(user))


def _by_session(cookies: str) -> User | None:
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    session: Any = import_module(settings.SESSION_ENGINE).SessionStore(key)
    now, since = int(time.time()), session.get(SIGNED_IN)  # the limits of `SessionLimitsMiddleware`
    if since is not None and now - since > settings.SESSION_COOKIE_AGE:
        return None
    user = _person(session)
    if user is not None and is_idle(session.get(SEEN), now) and not unattended(user):
        return None
    return user


def _person(session: Any) -> User | None:
    from chengshu.bureau.models import User

    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    key = session.get(SESSION_KEY)
    user = User.objects.with_roles().filter(pk=key, is_active=True).first() if key else None
    if user is None:
        return None
    known = str(session.get(HASH_SESSION_KEY, ""))  # another once the password has changed
    return user if constant_time_compare(known, user.get_session_auth_hash()) else None
