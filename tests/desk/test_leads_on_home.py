"""What waits in the loop stands on the first page, and every number opens the list that it counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.leads import services
from chengshu.registry.queries import reference
from tests.leads.conftest import Loop
from tests.leads.conftest import loop as loop
from tests.leads.pages import browser

pytestmark = pytest.mark.django_db


def numbers(client: Client) -> dict[str, int]:
    """The numbers of the page by the last part of their name, each compared with its own list."""
    shown = client.get("/").context["home"].leads or []
    for entry in shown:
        assert client.get(entry["url"]).context["page"].total == entry["n"], entry
    return {str(entry["label"]): entry["n"] for entry in shown}


def test_numbers_of_leads_open_lists_of_as_many(loop: Loop) -> None:
    reference.forget()
    loop.lead(source="public")
    mine = loop.lead(source="import", route=True)
    late = loop.lead(route=True, handle_by=timezone.now() - timedelta(hours=1))
    services.accept(mine, by=loop.officer)
    services.accept(late, by=loop.officer)
    done = loop.lead(source="import", route=True)
    services.accept(done, by=None)
    services.handle(done, "advised", by=None, note="已清除")
    services.dismiss(
        loop.lead(handle_by=timezone.now() - timedelta(hours=1)), "unfounded", by=None, note="无"
    )
    assert numbers(browser(loop.officer)) == {"我的未办结线索": 2, "超时线索": 1}
    assert numbers(browser(loop.dispatcher)) == {"待立案派遣": 1, "待核查结案": 1, "超时线索": 1}
