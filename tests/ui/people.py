"""Stand-ins for who looks at a page: the frame needs no account, only these few answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest
from django.test import RequestFactory


@dataclass
class Viewer:
    """Somebody signed in with some permissions."""

    permissions: frozenset[str] = field(default_factory=frozenset)
    is_authenticated: bool = True
    role_label: str = "信息维护员"

    def may(self, permission: str) -> bool:
        """Whether the permission is held."""
        return permission in self.permissions

    def get_full_name(self) -> str:
        """The name in the header."""
        return "周晓敏"


class NoMessages(BaseStorage):
    """Message storage of a request that went through no middleware."""

    def _get(self, *args: object, **kwargs: object) -> tuple[list[object], bool]:
        return [], True

    def _store(
        self, messages: list[object], response: object, *args: object, **kwargs: object
    ) -> list[object]:
        return []


def get(path: str, viewer: Viewer | None = None) -> HttpRequest:
    """A GET request as a view meets it."""
    request = RequestFactory().get(path)
    request.user = viewer or AnonymousUser()  # type: ignore[assignment]
    request._messages = NoMessages(request)  # type: ignore[attr-defined]
    return request
