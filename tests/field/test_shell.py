"""What a browser loads before anybody signs in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from chengshu.field import assets
from chengshu.field.texts import TEXTS
from tests.field.phone import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def built(settings: Any, tmp_path: Path) -> Any:
    """The app as its build leaves it."""
    settings.STATIC_ROOT = tmp_path / "static"
    islands = tmp_path / "static" / "islands"
    islands.mkdir(parents=True)
    for name in ("field.js", "field.css", "field-sw.js", "field-tags-sw.js"):
        (islands / name).write_text(f"/* {name} */")
    assets.revision.cache_clear()
    assets.version.cache_clear()
    yield islands
    assets.revision.cache_clear()
    assets.version.cache_clear()


def test_the_page_is_the_same_for_everybody(phone: Phone, django_assert_num_queries: Any) -> None:
    anonymous = Client()
    with django_assert_num_queries(0):
        page = anonymous.get("/field/")
    assert page.status_code == 200 and page.content == phone.client.get("/field/").content
    text = page.content.decode()
    assert phone.user.full_name not in text and "<style" not in text and "onload" not in text
    assert 'id="app"' in text and "islands/field.js" in text and "islands/field.css" in text
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert Client().get("/field/", headers={"If-None-Match": page["ETag"]}).status_code == 304


def test_the_worker_knows_what_to_keep(built: Path) -> None:
    answer = Client().get("/field/sw.js")
    assert answer["Service-Worker-Allowed"] == "/field/"
    assert answer["Content-Type"].startswith("text/javascript")
    head, _newline, rest = answer.content.decode().partition("\n")
    known = json.loads(head.removeprefix("self.CHENGSHU=").removesuffix(";"))
    urls = [one["url"] for one in known["precache"]]
    assert "/field/" in urls and "/field/texts-zh-hans.json" in urls and rest == "/* field-sw.js */"
    assert any(url.startswith("/static/islands/field.js?v=") for url in urls)
    assert all(one["revision"] for one in known["precache"])


def test_another_worker_serves_the_addresses_in_tags_and_nothing_else(built: Path) -> None:
    answer = Client().get("/field/tags-sw.js")
    assert answer["Service-Worker-Allowed"] == "/t/" and answer.content == b"/* field-tags-sw.js */"


def test_a_new_build_is_a_new_version(built: Path) -> None:
    before = Client().get("/field/sw.js").content
    (built / "field.js").write_text("/* changed */")
    assets.revision.cache_clear()
    assets.version.cache_clear()
    assert Client().get("/field/sw.js").content != before


def test_every_text_is_there_in_both_languages() -> None:
    for language in ("zh-hans", "en"):
        answer = Client().get(f"/field/texts-{language}.json")
        assert answer.json().keys() == TEXTS.keys() and "public" in answer["Cache-Control"]
    assert Client().get("/field/texts-xx.json").status_code == 404


def test_the_app_can_be_installed() -> None:
    answer = Client().get("/field/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    assert answer.json()["scope"] == "/field/" and answer.json()["display"] == "standalone"
