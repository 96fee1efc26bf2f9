"""Content controls of a Word draft: the places that may be edited, with tags by which they are read back."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

PREFIX = "cs"
SHORT = 16  # letters of the draft's digest in a tag; Word takes 64 for the whole tag
EMPTY = "　　"
"""Keeps an empty place wide enough to click into."""


def tag_of(digest: str, issued: int, path: str) -> str:
    """The tag of a place of the draft with this digest, made after so many versions were issued."""
    return f"{PREFIX}.{issued}.{digest[:SHORT]}.{path}"


def place_of(tag: str) -> tuple[str, str, str] | None:
    """The issued versions, digest and path of a tag or a bookmark's name; None for any other."""
    parts = tag.replace("_", ".").split(".", 3)
    return (parts[1], parts[2], parts[3]) if len(parts) == 4 and parts[0] == PREFIX else None


def control(paragraph: Any, runs: list[Any], tag: str, label: str) -> None:
    """Put the runs of a python-docx paragraph into a content control that cannot be deleted.

    A bookmark of the same name stands around it: some office programs drop the tags of controls. (LibreOffice
    7.4 also doubles the text of plain-text controls; these take any text.)
    """
    held = OxmlElement("w:sdt")
    about = OxmlElement("w:sdtPr")
    for name, value in (("w:alias", label[:60]), ("w:tag", tag), ("w:lock", "sdtLocked")):
        child = OxmlElement(name)
        child.set(qn("w:val"), value)
        about.append(child)
    content = OxmlElement("w:sdtContent")
    if not runs or not any(run.text for run in runs):
        runs = [paragraph.add_run(EMPTY)]
    runs[0]._r.addprevious(held)
    for run in runs:
        content.append(run._r)
    held.append(about)
    held.append(content)
    number = str(crc32(tag.encode()) & 0x7FFFFFFF)
    for name, add in (("w:bookmarkStart", held.addprevious), ("w:bookmarkEnd", held.addnext)):
        mark = OxmlElement(name)
        mark.set(qn("w:id"), number)
        if name == "w:bookmarkStart":
            mark.set(qn("w:name"), tag.replace(".", "_"))
        add(mark)
