"""Documents need no database; what sets them needs a Chinese font."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from pypdf import PdfReader

from chengshu.cases.documents import DocumentProblem
from chengshu.cases.documents.fonts import font_set


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def chinese_font() -> None:
    """Skip where the system has no Chinese font."""
    try:
        font_set()
    except DocumentProblem as problem:
        pytest.skip(f"no PDF without a font: {problem}")


@pytest.fixture
def own_folder(tmp_path: Path, settings: Any) -> Path:
    """A folder for the bureau's own templates and wording."""
    settings.DOCUMENT_FOLDER = tmp_path
    return tmp_path


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page without blanks."""
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]
