"""Sessions of browsers, with the person beside the signed content, so that both are read in one statement."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from .people import User


class Session(AbstractBaseSession):
    """A session. ``user`` only says whose row to read with it; who is signed in stands in the content."""

    user = models.ForeignKey(
        User, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )

    @classmethod
    def get_session_store_class(cls) -> type[Any]:
        """The engine of the settings."""
        from chengshu.bureau.session_store import SessionStore

        return SessionStore
