"""Feeds: RSS 2.0 and JSON Feed 1.1 of what was disclosed last."""

from __future__ import annotations

from typing import Any

import defusedxml.ElementTree as ElementTree
import pytest
from django.test import Client

from tests.portal.conftest import FIRM, Disclose, entry_of, firm, person, words

pytestmark = pytest.mark.django_db
RSS, JSON = "/public/feeds/penalties.xml", "/public/feeds/penalties.json"


def test_the_newest_stand_first_in_both_forms(client: Client, disclosed: Disclose) -> None:
    older, newer = disclosed(), disclosed(person())
    addresses = [f"http://testserver/public/penalties/{entry_of(case).pk}/" for case in (newer, older)]
    channel = ElementTree.fromstring(words(client, RSS)).find("channel")
    assert "普陀区城市管理行政执法局" in channel.findtext("title")
    assert [item.findtext("link") for item in channel.findall("item")] == addresses
    assert FIRM in channel.findall("item")[1].findtext("title")
    feed = client.get(JSON).json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"http://testserver{JSON}"
    assert [item["id"] for item in feed["items"]] == [item["url"] for item in feed["items"]] == addresses
    assert feed["items"][1]["date_published"].endswith("+08:00")
    assert "罚款 500 元" in feed["items"][1]["content_text"]


def test_types_are_those_that_readers_expect(client: Client, disclosed: Disclose) -> None:
    assert client.get(RSS)["Content-Type"].startswith("application/rss+xml")
    assert client.get(JSON)["Content-Type"].startswith("application/feed+json")


def test_pages_name_their_feeds(client: Client, disclosed: Disclose) -> None:
    for page in ("/public/", "/public/penalties/"):
        said = words(client, page)
        assert f'type="application/rss+xml" title="行政处罚决定" href="{RSS}"' in said
        assert f'href="{JSON}"' in said


def test_addresses_follow_the_setting_of_the_installation(
    client: Client, disclosed: Disclose, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://public.example.cn"
    disclosed()
    assert (
        client.get(JSON).json()["items"][0]["url"].startswith("https://public.example.cn/public/penalties/")
    )


def test_a_feed_may_be_empty_and_an_unknown_one_is_not_there(client: Client, on_the_day: Any) -> None:
    assert client.get(JSON).json()["items"] == []
    assert client.get("/public/feeds/nothing.xml").status_code == 404


def test_in_english_the_feed_is_english(client: Client, disclosed: Disclose) -> None:
    disclosed(firm())
    feed = client.get(JSON, headers={"Accept-Language": "en"}).json()
    assert feed["language"] == "en" and "fine of 500 yuan" in feed["items"][0]["content_text"]
