"""Accessibility by axe-core (a development package of ``frontend/``): rules of WCAG 2.1 and 2.2, A and AA."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def source() -> str:
    """The script; the test is left out where it is not installed, except in CI."""
    if not AXE.exists():
        if os.environ.get("CI"):
            pytest.fail("axe-core is not installed, and CI leaves no browser test out")
        pytest.skip("axe-core is not installed (make frontend)")
    return AXE.read_text(encoding="utf-8")


def faults(page: Any) -> list[str]:
    """What is wrong with the page as it stands: the rule and the first element it offends."""
    page.evaluate(source())
    found = page.evaluate(
        "async (tags) => (await axe.run({runOnly: {type: 'tag', values: tags}})).violations"
        ".map(v => `${v.id}: ${v.nodes[0].html}`)",
        RULES,
    )
    return list(found)
