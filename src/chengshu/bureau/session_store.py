"""Django's sessions in the database; the signed-in person is read with them, in the same statement.

Whatever a page costs, session and person come first. Django proves afterwards, as ever, that the person who
was read is the one of the signed content, is active, and has not changed the password since.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chengshu.bureau.models import Session, User

_read_with_session: ContextVar[User | None] = ContextVar("read_with_session", default=None)


class SessionStore(DatabaseStore):
    """The engine (``SESSION_ENGINE``)."""

    person: User | None = None
    """Who was read with the session, until somebody asks for it."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table with the person's column."""
        from chengshu.bureau.models import Session

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of this session."""
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        made: Session = row
        return made

    def _get_session_from_db(self) -> Session | None:
        from chengshu.bureau.models.people import current_roles

        found: Session | None = (
            self.get_model_class()
            .objects.select_related("user__unit__district")
            .defer("user__unit__district__boundary")  # a long polygon
            .annotate(role_data=current_roles("user"))
            .filter(session_key=self.session_key, expire_date__gt=timezone.now())
            .first()
        )
        if found is None:
            self._session_key = None
        elif found.user is not None:
            found.user.role_data = found.role_data  # type: ignore[attr-defined]
            self.person = found.user
        return found

    def take_person(self) -> User | None:
        """Who was read with the session: once, for later it may be out of date."""
        person, self.person = self.person, None
        return person


def known_person(user_id: int) -> User | None:
    """The person that was read with the session of this request, if it is this one and active."""
    person = _read_with_session.get()
    return person if person is not None and person.pk == user_id and person.is_active else None


@contextmanager
def _knowing(person: User | None) -> Iterator[None]:
    token = _read_with_session.set(person)
    try:
        yield
    finally:
        _read_with_session.reset(token)


class PersonMiddleware(AuthenticationMiddleware):
    """Django's own, which hands the person read with the session to the backend that is asked for it."""

    def process_request(self, request: HttpRequest) -> None:
        """Put a lazy ``user`` on the request."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _person_of(request))  # type: ignore[assignment]


def _person_of(request: Any) -> Any:
    if not hasattr(request, "_cached_user"):
        session = request.session
        session.get(SESSION_KEY)  # loads it
        take = getattr(session, "take_person", None)
        with _knowing(take() if take else None):
            request._cached_user = auth.get_user(request)
    return request._cached_user
