"""A real Chromium for tests and benchmarks that look at pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-angle=swiftshader",  # no graphics card needed: WebGL runs on the processor
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]


def find_chromium() -> str | None:
    """The browser for tests marked ``browser``: ``CHROMIUM``, else the first one on the path."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of this thread's own, closed at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium() or "", args=ARGUMENTS)
        yield browser
        browser.close()
