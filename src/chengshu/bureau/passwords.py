"""The password rules of handbook section 11: length by role, three of four classes, none of the last five."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chengshu.bureau.roles import roles

MIN_LENGTH = 8
ADMINISTRATOR_LENGTH = 12
REMEMBERED = 5
CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]")


class LengthByRoleValidator:
    """At least 8 characters, 12 for the three administrators."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a short password."""
        administrators = {code for code, role in roles().items() if role.administers}
        held = user.role_codes if user is not None and user.pk else frozenset()
        needed = ADMINISTRATOR_LENGTH if held & administrators else MIN_LENGTH
        if len(password) < needed:
            raise ValidationError(_("The password needs at least %(count)s characters.") % {"count": needed})

    def get_help_text(self) -> str:
        return _("At least 8 characters; 12 for administrators.")


class CharacterClassesValidator:
    """Three of: lower case, upper case, digits, others."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when fewer than three classes are used."""
        if sum(bool(re.search(pattern, password)) for pattern in CLASSES) < 3:
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        return _("Use three of: lower case, upper case, digits, other characters.")


class RecentPasswordsValidator:
    """None of the last five passwords; remembers each new one."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when the password was used recently."""
        if user is None or not user.pk:
            return
        recent = user.password_records.values_list("hash", flat=True)[:REMEMBERED]
        if any(check_password(password, hash) for hash in recent):
            raise ValidationError(self.get_help_text())

    def password_changed(self, password: str, user: Any = None) -> None:
        """Called by Django after a new password is stored."""
        if user is not None and user.pk:
            user.password_records.create(hash=user.password)

    def get_help_text(self) -> str:
        return _("Not one of the last five passwords.")
