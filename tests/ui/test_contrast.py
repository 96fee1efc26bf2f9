"""WCAG AA: every text colour on every ground it stands on, in both themes, computed from the tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import chengshu.ui
from chengshu.ui.mapconfig import PALETTE

TOKENS = Path(chengshu.ui.__file__).parent / "static/ui/tokens.css"
TEXT, GRAPHIC = 4.5, 3.0
GROUNDS = ("bg", "surface", "surface-2", "hover")
PAIRS = [
    *((ink, ground, TEXT) for ink in ("text", "muted", "accent", "danger") for ground in GROUNDS),
    *((tone, f"{tone}-soft", TEXT) for tone in ("neutral", "ok", "warn", "danger", "info")),
    *((tone, "surface", TEXT) for tone in ("neutral", "ok", "warn", "danger", "info")),
    *(("text", f"{tone}-soft", TEXT) for tone in ("ok", "warn", "danger", "info", "accent")),
    ("accent", "accent-soft", TEXT),
    ("muted", "accent-soft", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    *(("line-strong", ground, GRAPHIC) for ground in ("bg", "surface", "surface-2")),
]


def themes() -> dict[str, dict[str, str]]:
    """Colour tokens by theme; dark inherits what it does not set."""
    css = TOKENS.read_text(encoding="utf-8")
    light_css, _, dark_css = css.partition('[data-theme="dark"]')

    def colours(part: str) -> dict[str, str]:
        return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", part))

    light = colours(light_css)
    return {"light": light, "dark": light | colours(dark_css)}


def luminance(colour: str) -> float:
    """Relative luminance of sRGB (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_on_known_values() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_contrast(theme: str, ink: str, ground: str, least: float) -> None:
    colours = themes()[theme]
    assert contrast(colours[ink], colours[ground]) >= least


def test_both_themes_set_the_same_colours() -> None:
    css = TOKENS.read_text(encoding="utf-8")
    light, _, dark = css.partition('[data-theme="dark"]')
    names = [set(re.findall(r"--([\w-]+):\s*#", part)) for part in (light, dark)]
    assert names[0] == names[1]


@pytest.mark.parametrize("colour", PALETTE)
def test_points_stand_out_on_the_ground_of_the_map(colour: str) -> None:
    assert contrast(colour, "#fbfcfc") >= GRAPHIC
