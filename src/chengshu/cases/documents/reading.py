"""Reading back a draft that was edited in Word. The upload may come from anybody: nothing in it is trusted.

Only the texts of the content controls are taken; pictures, links, objects and styles are never looked at.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from django.utils.translation import gettext as _
from lxml import etree

from chengshu.cases.documents import model as m
from chengshu.cases.documents.composing import UNPRINTABLE
from chengshu.cases.documents.controls import EMPTY, PREFIX, SHORT
from chengshu.cases.documents.editing import digest_of, spots
from chengshu.cases.documents.problems import DocumentProblem

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MAIN = "word/document.xml"
TYPES = "[Content_Types].xml"
DROPPED = {f"{W}del", f"{W}moveFrom", f"{W}sdtPr", f"{W}rPr", f"{W}pPr"}


@dataclass(frozen=True)
class Limits:
    """What is still read: bytes of the file and of its text unpacked, parts, letters of one field."""

    file: int = 10 << 20
    text: int = 20 << 20
    unpacked: int = 200 << 20
    parts: int = 2_000
    letters: int = 20_000


@dataclass(frozen=True)
class ReadBack:
    """The texts by their paths; ``outside``: something beside the fields was changed, which is not taken."""

    edits: dict[str, str]
    outside: bool


def read_docx(
    file: IO[bytes], draft: m.DocumentModel, *, issued: int = 0, limits: Limits | None = None
) -> ReadBack:
    """What the edited Word file of this draft says in its fields; only what differs from the draft.

    ``issued``: how many versions were issued by now. Raises `DocumentProblem` in one sentence: no .docx, too
    large, macros, of another draft, issued since, fields gone.
    """
    most = limits or Limits()
    root = _main_part(file, most)
    held = _fields(root, draft, issued)
    there = {spot.path: spot.text for spot in spots(draft)}
    if held.keys() != there.keys():
        raise DocumentProblem(_("Fields of the draft are missing in the Word file: download it anew."))
    if any(len(text) > most.letters for text in held.values()):
        raise DocumentProblem(_("A field has more than %(n)d characters.") % {"n": most.letters})
    edits = {path: _plain(text) for path, text in held.items() if _plain(text) != _plain(there[path])}
    return ReadBack(edits, _outside(root) != _outside(_own(draft)))


def _fields(root: Any, draft: m.DocumentModel, issued: int) -> dict[str, str]:
    """The texts of the draft's fields by their paths."""
    held: dict[str, str] = {}
    others: set[tuple[str, str]] = set()
    wanted = (str(issued), digest_of(draft)[:SHORT])
    for found in root.iter(f"{W}sdt"):
        mark = found.find(f"{W}sdtPr/{W}tag")
        parts = (mark.get(f"{W}val") or "").split(".", 3) if mark is not None else []
        if len(parts) < 4 or parts[0] != PREFIX:
            continue
        version, digest, path = parts[1:]
        if (version, digest) != wanted:
            others.add((version, digest))
        elif path in held:
            raise DocumentProblem(_("A field of the draft stands in the Word file twice."))
        else:
            held[path] = _text(found)
    if held:
        return held
    if any(version != wanted[0] for version, _digest in others):
        raise DocumentProblem(
            _("The document was issued after this Word file was made: it cannot be changed.")
        )
    if others:
        raise DocumentProblem(
            _("This Word file was made from another draft, or the case has changed since: download it anew.")
        )
    raise DocumentProblem(_("This Word file has none of the draft's fields: edit the file downloaded here."))


def _own(draft: m.DocumentModel) -> Any:
    from chengshu.cases.documents.docx import render_docx

    return _main_part(BytesIO(render_docx(draft)), Limits())


def _main_part(file: IO[bytes], limits: Limits) -> Any:
    """The document part as XML, after the directory was checked."""
    size = file.seek(0, 2)
    file.seek(0)
    if size > limits.file:
        raise DocumentProblem(_("The file is larger than %(limit)d MB.") % {"limit": limits.file >> 20})
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if len(infos) > limits.parts or sum(info.file_size for info in infos) > limits.unpacked:
                raise DocumentProblem(_("The Word file unpacks to more than is looked at."))
            if len(set(names)) != len(names) or not {MAIN, TYPES} <= set(names):
                raise _no_docx()
            types = _part(archive, TYPES, limits.text)
            if b"macroEnabled" in types or any("vbaproject" in name.lower() for name in names):
                raise DocumentProblem(_("Word files with macros are not accepted."))
            data = _part(archive, MAIN, limits.text)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, DocumentProblem):
            raise
        raise _no_docx() from error
    return _xml(data)


def _part(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One part; what the directory says of its size is not believed."""
    with archive.open(name) as opened:
        data = opened.read(most + 1)
    if len(data) > most:
        raise DocumentProblem(_("The Word file unpacks to more than is looked at."))
    return data


def _xml(data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _no_docx() from error
    if root.getroottree().docinfo.doctype or root.tag != f"{W}document":
        raise _no_docx()
    return root


def _no_docx() -> DocumentProblem:
    return DocumentProblem(_("This is not a Word file (.docx)."))


def _text(element: Any, skip: frozenset[str] = frozenset()) -> str:
    """The text as Word shows it with its tracked changes accepted."""
    pieces: list[str] = []
    paragraphs = 0
    stack = [element]
    while stack:
        each = stack.pop()
        if not isinstance(each.tag, str) or each.tag in DROPPED or each.tag in skip:
            continue
        if each.tag == f"{W}t":
            pieces.append(each.text or "")
        elif each.tag in (f"{W}br", f"{W}cr"):
            pieces.append("\n")
        elif each.tag == f"{W}tab":
            pieces.append("\t")
        elif each.tag == f"{W}p":
            pieces.append("\n" if paragraphs else "")
            paragraphs += 1
        stack += reversed(each)
    text = UNPRINTABLE.sub("", "".join(pieces))
    return "" if not text.strip(EMPTY + " \t\n") else text


def _outside(root: Any) -> str:
    """What stands outside of the fields, without blanks."""
    return "".join(_text(root, frozenset({f"{W}sdt"})).split())


def _plain(text: str) -> str:
    """A text without what Word changes by itself: line ends, blanks at the ends."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
