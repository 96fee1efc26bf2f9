"""The lights and officers of the command centre stand out, by day and on the dark wall (WCAG AA)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.ui.test_contrast import GRAPHIC, TEXT, contrast, themes

STYLE = Path(__file__).resolve().parents[2] / "frontend" / "src" / "command" / "command.css"
GROUND = {"light": "#fbfcfc", "dark": "#171e24"}  # the map's areas, frontend/src/map/style.ts
WORDS = [(f"light-{light}", ground) for light in ("red", "amber", "green", "held") for ground in
         ("surface", "hover", "accent-soft", "bg")]  # fmt: skip


def colours(theme: str) -> dict[str, str]:
    """The page's colours with those of the command centre."""
    light_css, _, dark_css = STYLE.read_text(encoding="utf-8").partition('[data-theme="dark"]')
    own = {
        name: dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", part))
        for name, part in (("light", light_css), ("dark", dark_css))
    }
    return themes()[theme] | own["light"] | (own["dark"] if theme == "dark" else {})


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_the_words_of_a_light_can_be_read(theme: str, ink: str, ground: str) -> None:
    known = colours(theme)
    assert contrast(known[ink], known[ground]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "mark", ["light-red", "light-amber", "light-green", "light-held", "officer-free", "officer-busy"]
)
def test_marks_stand_out_on_the_map(theme: str, mark: str) -> None:
    assert contrast(colours(theme)[mark], GROUND[theme]) >= GRAPHIC
