"""The verifier in a real browser: on the published proof, on changed ones, in plain Chinese."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation

from chengshu.kernel import draw as drawing

from . import examples
from .make_vectors import FILE
from .test_vectors import PROOFS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

ROOT = FILE.parents[2]
SOURCES = [ROOT / "frontend/src/verify.ts", *sorted((ROOT / "frontend/src/verify").glob("*.ts"))]
ISLAND = ROOT / "src/chengshu/ui/static/islands/verify.js"
ADDRESS = "https://portal.example/draw"
PAGE = """<!doctype html><html lang="zh-Hans"><title>抽取</title>
<div data-draw-verifier data-proof-url="/proof.json" data-proof-sha256="{hash}"></div>
<script id="draw-verifier-texts" type="application/json">{texts}</script>
<script type="module" src="/verify.js"></script></html>"""
FULL = PROOFS["full"]


def test_every_sentence_the_island_says_is_handed_over_and_no_other() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    said = {f"fail.{code}" for code in re.findall(r'new Failure\("(\w+)"', source)}
    said |= {f"check.{code}" for code in re.findall(r'check\("(\w+)"', source)}
    said |= {f"remark.{code}" for code in re.findall(r'remarks\.push\(\{ code: "(\w+)"', source)}
    said |= set(re.findall(r'say\("([\w.]+)"', source))
    said |= {"hash.commitment", "hash.opening", "hash.final", "hash.proof", "holds", "fails"}
    said |= {"identity", "salt"} | {f"own.{state}" for state in re.findall(r'[?:] "(\w+)"', source)}
    handed = drawing.verifier_texts()
    assert {one for one in said if not one.startswith("own.")} <= handed.keys()
    assert handed.keys() <= said


def test_the_sentences_are_in_the_language_of_the_request() -> None:
    with translation.override("zh-hans"):
        assert "在本浏览器中核验" in drawing.verifier_texts().values()
    with translation.override("en"):
        texts = drawing.verifier_texts()
    assert "Verify in this browser" in texts.values()
    assert all(text and text != name for name, text in texts.items())


def test_the_verifier_says_what_the_pages_say() -> None:
    with translation.override("zh-hans"):
        said = "".join(drawing.verifier_texts().values())
    for word in ("公开数值", "哈希值", "撤下", "公告"):
        assert word in said
    for other in ("公共值", "校验值", "退出", "承诺"):
        assert other not in said


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    if not ISLAND.exists():
        pytest.skip("the browser scripts are not built (make frontend)")
    page = browser.new_page()
    yield page
    page.close()


def opened(page: Page, content: bytes, published: str) -> None:
    """The page of a draw, answered without a server (an https address, as WebCrypto demands)."""
    with translation.override("zh-hans"):
        html = PAGE.format(hash=published, texts=json.dumps(drawing.verifier_texts()))

    def answer(route: Route) -> None:
        if route.request.url.endswith(".json"):
            route.fulfill(body=content, content_type="application/json")
        elif route.request.url.endswith(".js"):
            route.fulfill(body=ISLAND.read_bytes(), content_type="text/javascript")
        else:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

    page.route("**/*", answer)
    page.goto(ADDRESS)


def outcome(page: Page) -> str:
    page.wait_for_selector("[data-verified]", timeout=60_000)
    return str(page.get_attribute("[data-draw-verifier]", "data-verified"))


@pytest.mark.browser
class TestPage:
    def test_it_verifies_the_published_proof_and_says_what_was_checked(self, page: Page) -> None:
        content = drawing.canonical(FULL)
        opened(page, content, hashlib.sha256(content).hexdigest())
        page.get_by_role("button", name="在本浏览器中核验").click()
        assert outcome(page) == "yes"
        assert page.locator(".draw-checks li.passed").count() == 11
        assert "核验通过：抽中的 18 个对象" in page.locator(".draw-status").inner_text()
        assert hashlib.sha256(content).hexdigest() in page.locator(".draw-hashes").inner_text()
        assert "第3类：抽取 13 个" not in page.locator(".draw-checks").inner_text()

    def test_a_shop_finds_itself(self, page: Page) -> None:
        content = drawing.canonical(FULL)
        opened(page, content, hashlib.sha256(content).hexdigest())
        page.get_by_role("button", name="在本浏览器中核验").click()
        outcome(page)
        page.get_by_label("身份标识").fill("object 7")
        page.get_by_label("盐值").fill(drawing.salt_for(examples.LIST_SALT, "object 7"))
        page.get_by_role("button", name="查询").click()
        page.get_by_text("在名单中，但不参加本次抽取。").wait_for()

    @pytest.mark.parametrize("place", ["secret", "final", "drawn_at"])
    def test_a_changed_proof_fails_with_the_reason(self, page: Page, place: str) -> None:
        proof: dict[str, Any] = json.loads(json.dumps(FULL))
        content = drawing.canonical(FULL)
        if place == "final":
            proof["final"].pop()
        else:
            proof[place] = proof[place].replace("3", "4")
        opened(page, drawing.canonical(proof), hashlib.sha256(content).hexdigest())
        page.get_by_role("button", name="在本浏览器中核验").click()
        assert outcome(page) == "no"
        failed = page.locator(".draw-checks li.failed strong").all_inner_texts()
        assert failed and all(reason.endswith("。") for reason in failed)
        assert "核验不通过" in page.locator(".draw-status").inner_text()

    def test_a_file_of_the_visitor_is_verified_too(self, page: Page, tmp_path: Path) -> None:
        file = tmp_path / "proof.json"
        content = drawing.canonical(FULL)
        file.write_bytes(content)
        opened(page, b"", hashlib.sha256(content).hexdigest())
        page.set_input_files("input[type=file]", file)
        assert outcome(page) == "yes"
        other = tmp_path / "other.json"
        other.write_bytes(b"no proof")
        page.set_input_files("input[type=file]", other)
        page.wait_for_selector("[data-verified=no]")
        assert "JSON" in page.locator(".draw-checks").inner_text()
