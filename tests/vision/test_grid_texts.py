"""What the comparison says to the user can all be said in Chinese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import chengshu.vision.raster
from chengshu.config.i18n import LOCALE, read_parts
from chengshu.vision.raster.grid import sources
from chengshu.vision.raster.registration import estimate

FOLDER = Path(chengshu.vision.raster.__file__).parent


def texts() -> Iterator[str]:
    """Messages of errors, remarks (a text beside its values) and reasons."""
    for path in FOLDER.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RasterError":
                first: ast.expr = node.args[0]
            elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Dict):
                first = node.elts[0]
            else:
                continue
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
    yield sources.DAMAGED
    yield from (text for name, text in vars(estimate).items() if name.isupper() and isinstance(text, str))


def test_everything_has_a_chinese_text() -> None:
    translated = {source for _context, source in read_parts(LOCALE / "parts")}
    found = set(texts())
    assert len(found) > 30
    assert found - translated == set()
