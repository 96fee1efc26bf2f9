"""Finding the signed-in person in one query."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from chengshu.bureau.models import User


class BureauBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's sign-in; the person comes with unit and roles so that a page needs no more queries."""

    def get_user(self, user_id: int) -> User | None:
        """The active person of a session, or None."""
        found: User | None = User.objects.with_roles().filter(pk=user_id, is_active=True).first()
        return found
