"""Finding the signed-in person in one query."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from chengshu.bureau.models import User
from chengshu.bureau.session_store import known_person


class BureauBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's sign-in; the person comes with unit and roles so that a page needs no more queries."""

    def get_user(self, user_id: int) -> User | None:
        """The active person of a session, or None; most often the session has brought it along."""
        if known := known_person(user_id):
            return known
        found: User | None = User.objects.with_roles().filter(pk=user_id, is_active=True).first()
        return found
