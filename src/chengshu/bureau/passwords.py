"""The password rules of handbook section 11: length by role, kinds of characters, history, age."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.roles import is_administrator

if TYPE_CHECKING:
    from chengshu.bureau.models import User

LENGTH = 8
ADMINISTRATOR_LENGTH = 12
CLASSES_NEEDED = 3
REMEMBERED = 5
CAPITALS, SMALLS, DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789"
MARKS = "!#%+-=?@"


class LengthByRoleValidator:
    """At least 8 characters, at least 12 for the three administrators."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where the password is too short for the person's roles."""
        needed = self._needed(user)
        if len(password) < needed:
            raise ValidationError(
                _("The password needs at least %(length)s characters.") % {"length": needed}, code="too_short"
            )

    def get_help_text(self) -> str:
        """One sentence for the form."""
        return _("At least 8 characters; at least 12 for administrators.")

    def _needed(self, user: Any) -> int:
        held = user.role_codes if user is not None and user.pk else ()
        return ADMINISTRATOR_LENGTH if any(is_administrator(code) for code in held) else LENGTH


class CharacterClassesValidator:
    """Three of: capital letters, small letters, digits, other characters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where fewer than three kinds of characters occur."""
        kinds = {
            "upper" if c.isupper() else "lower" if c.islower() else "digit" if c.isdigit() else "other"
            for c in password
        }
        if len(kinds) < CLASSES_NEEDED:
            raise ValidationError(self.get_help_text(), code="too_few_classes")

    def get_help_text(self) -> str:
        """One sentence for the form."""
        return _("Three of: capital letters, small letters, digits, other characters.")


class RecentPasswordsValidator:
    """None of the last five passwords."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where the person has used the password lately."""
        if user is None or not user.pk:
            return
        hashes = {user.password, *user.password_records.values_list("hash", flat=True)[:REMEMBERED]}
        if any(check_password(password, known) for known in hashes):
            raise ValidationError(self.get_help_text(), code="used_before")

    def password_changed(self, password: str, user: Any = None) -> None:
        """Remember the new password; Django calls this whenever a person with a new password is saved."""
        if user is None or not user.pk:
            return
        user.password_records.create(hash=user.password)
        kept = user.password_records.values_list("pk", flat=True)[:REMEMBERED]
        user.password_records.exclude(pk__in=list(kept)).delete()

    def get_help_text(self) -> str:
        """One sentence for the form."""
        return _("Not one of the last 5 passwords.")


def expires_on(user: User) -> Any:
    """The moment from which the password must be changed, or None where passwords do not age."""
    if not settings.PASSWORD_DAYS or user.password_changed_at is None:
        return None
    return user.password_changed_at + timedelta(days=settings.PASSWORD_DAYS)


def must_change(user: User) -> bool:
    """Whether the person may do nothing before choosing a new password."""
    if user.must_change_password or user.password_changed_at is None:
        return True
    expiry = expires_on(user)
    return expiry is not None and expiry <= timezone.now()


def one_time_password() -> str:
    """A password to be told once and changed at the first sign-in: 14 characters, none easily confused."""
    kinds = (CAPITALS, SMALLS, DIGITS, MARKS)
    picks = [secrets.choice(kind) for kind in kinds]
    picks += [secrets.choice(CAPITALS + SMALLS + DIGITS) for _n in range(10)]
    secrets.SystemRandom().shuffle(picks)
    return "".join(picks)
