"""Content controls of a Word draft: the places that may be edited, with tags by which they are read back."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

PREFIX = "cs"
SHORT = 16  # letters of the draft's digest in a tag; Word takes 64 for the whole tag
EMPTY = "　　"
"""Keeps an empty place wide enough to click into."""


def tag_of(digest: str, issued: int, path: str) -> str:
    """The tag of a place of the draft with this digest, made after so many versions were issued."""
    return f"{PREFIX}.{issued}.{digest[:SHORT]}.{path}"


def control(paragraph: Any, runs: list[Any], tag: str, label: str) -> None:
    """Put the runs of a python-docx paragraph into a plain-text control that cannot be deleted."""
    held = OxmlElement("w:sdt")
    about = OxmlElement("w:sdtPr")
    for name, value in (("w:alias", label[:60]), ("w:tag", tag), ("w:lock", "sdtLocked")):
        child = OxmlElement(name)
        child.set(qn("w:val"), value)
        about.append(child)
    plain = OxmlElement("w:text")
    plain.set(qn("w:multiLine"), "1")
    about.append(plain)
    content = OxmlElement("w:sdtContent")
    if not runs or not any(run.text for run in runs):
        runs = [paragraph.add_run(EMPTY)]
    runs[0]._r.addprevious(held)
    for run in runs:
        content.append(run._r)
    held.append(about)
    held.append(content)
