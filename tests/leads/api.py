"""Callers of the API of leads: systems with keys, and people with sessions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.test import Client

from chengshu.bureau.models import Unit, User
from chengshu.bureau.services.apikeys import create_key
from tests import factories

LEADS = "/api/v1/leads"
STALL = {
    "class": "E0201",
    "description": "占道设摊卖水果",
    "address": "长寿路100号门口",
    "position": list(factories.IN_CHANGSHOU),
}


def key_of(unit: Unit, permissions: Iterable[str], name: str = "市平台") -> str:
    """The secret of a new key."""
    return create_key(
        by=factories.make_user("security_admin"),
        name=name,
        owner="市城运中心 王工",
        unit=unit,
        permissions=permissions,
        rate_per_minute=30_000,
        days=30,
    ).secret


class Caller:
    """Another system, or a person, that talks JSON."""

    def __init__(self, secret: str = "", person: User | None = None) -> None:
        self.client = Client(headers={"authorization": f"Bearer {secret}"} if secret else {})
        if person is not None:
            self.client.force_login(person, "chengshu.bureau.backends.BureauBackend")

    def get(self, path: str = "", **query: Any) -> Any:
        """GET under /api/v1/leads."""
        return self.client.get(LEADS + path, query)

    def post(self, path: str = "", body: Any = None, key: str = "") -> Any:
        """POST JSON under /api/v1/leads."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(
            LEADS + path, {} if body is None else body, content_type="application/json", headers=headers
        )

    def act(self, lead: int, action: str, **body: Any) -> Any:
        """Do one action."""
        return self.post(f"/{lead}/actions/{action}", body)

    def all(self, path: str = "", **query: Any) -> list[dict[str, Any]]:
        """Every page of a list."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.get(path, cursor=cursor, **query).json()
            found += page["items"]
            cursor = page["next"]
            if not cursor or page.get("more") is False:
                return found
