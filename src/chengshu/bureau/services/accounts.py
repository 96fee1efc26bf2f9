"""Accounts as such (账号): locked ones, forgotten passwords, lost second factors, sessions."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.models import AccessAttempt
from axes.utils import reset as reset_attempts
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.bureau.passwords import one_time_password
from chengshu.bureau.services.base import Refused, locked_person, record, require

PERMISSION = "bureau.accounts.secure"


def locked_until(username: str) -> datetime | None:
    """When a locked account may try again; None where it is not locked."""
    cool_off = timedelta(hours=settings.AXES_COOLOFF_TIME)
    attempts = AccessAttempt.objects.filter(username=username, attempt_time__gt=timezone.now() - cool_off)
    found = attempts.aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    if (found["failures"] or 0) < settings.AXES_FAILURE_LIMIT:
        return None
    last: datetime = found["last"]
    return last + cool_off


@transaction.atomic
def unlock(person: User, *, by: User) -> None:
    """Let a locked account try again at once (解除锁定). Raises `Refused`."""
    require(by, PERMISSION, person.unit)
    if by.pk == person.pk or locked_until(person.username) is None:
        raise Refused(_("The account is not locked."))
    reset_attempts(username=person.username)
    record(person, "account.unlocked", by)


@transaction.atomic
def reset_password(person: User, *, by: User) -> str:
    """Give a one-time password, to be told to the person and changed at the next sign-in (重置密码).

    All sessions of the person end. Raises `Refused`.
    """
    require(by, PERMISSION, person.unit)
    person = locked_person(person)
    if by.pk == person.pk:
        raise Refused(_("Change your own password on your own page."))
    if not person.is_active:
        raise Refused(_("The account is not active."))
    password = set_one_time_password(person)
    reset_attempts(username=person.username)
    record(person, "password.reset", by)
    return password


def set_one_time_password(person: User) -> str:
    """Set a fresh one-time password; the caller records why. Ends all sessions, as any new password does."""
    password = one_time_password()
    person.set_password(password)
    person.must_change_password = True
    person.save(update_fields=["password", "password_changed_at", "must_change_password"])
    end_sessions(person)
    return password


@transaction.atomic
def remove_second_factors(person: User, *, by: User) -> int:
    """Take away lost authenticators (解除双因素), so that new ones can be set up. Raises `Refused`."""
    from allauth.mfa.models import Authenticator

    require(by, PERMISSION, person.unit)
    if by.pk == person.pk:
        raise Refused(_("Change your own second factor on your own page."))
    count: int
    count, _details = Authenticator.objects.filter(user=person).delete()
    if not count:
        raise Refused(_("The account has no second factor."))
    end_sessions(person)
    record(person, "second_factor.removed", by)
    return count


def end_sessions(person: User, *, keep: str | None = None) -> int:
    """Sign the person out everywhere, but for the session with the key ``keep``; returns how many ended."""
    from allauth.usersessions.models import UserSession

    sessions = list(UserSession.objects.filter(user=person).exclude(session_key=keep or ""))
    for session in sessions:
        session.end()
    return len(sessions)
