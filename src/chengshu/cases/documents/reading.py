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
from chengshu.cases.documents.controls import EMPTY, SHORT, place_of
from chengshu.cases.documents.editing import digest_of, spots
from chengshu.cases.documents.problems import DocumentProblem

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MAIN = "word/document.xml"
TYPES = "[Content_Types].xml"
BREAKS = {f"{W}br": "\n", f"{W}cr": "\n", f"{W}tab": "\t"}
MOST_OPEN = 8  # a control and the bookmark around it, and some slack for what programs make of them
NEW_LINE = "\n"
Place = tuple[str, str, str]
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
    found = _walked(_main_part(file, most))
    held = _fields(found, draft, issued)
    there = {spot.path: spot.text for spot in spots(draft)}
    if held.keys() != there.keys():
        raise DocumentProblem(_("Fields of the draft are missing in the Word file: download it anew."))
    if any(len(text) > most.letters for text in held.values()):
        raise DocumentProblem(_("A field has more than %(n)d characters.") % {"n": most.letters})
    edits = {path: _plain(text) for path, text in held.items() if _plain(text) != _plain(there[path])}
    own = _walked(_main_part(BytesIO(_own(draft)), Limits()))
    return ReadBack(edits, found.outside != own.outside)


def _fields(found: _Found, draft: m.DocumentModel, issued: int) -> dict[str, str]:
    """The texts of the draft's fields by their paths: by the controls, else by the bookmarks around them."""
    held: dict[str, str] = {}
    others: set[tuple[str, str]] = set()
    wanted = (str(issued), digest_of(draft)[:SHORT])
    for ranges, must_be_once in ((found.controls, True), (found.bookmarks, False)):
        known = frozenset(held)
        for (version, digest, path), text in ranges:
            if (version, digest) != wanted:
                others.add((version, digest))
            elif path in held and must_be_once:
                raise DocumentProblem(_("A field of the draft stands in the Word file twice."))
            elif path not in known:
                held[path] = text
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


def _own(draft: m.DocumentModel) -> bytes:
    from chengshu.cases.documents.docx import render_docx

    return render_docx(draft)


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


class _Found:
    """The text of a document as Word shows it with tracked changes accepted, by the ranges it stands in."""

    def __init__(self) -> None:
        self.controls: list[tuple[Place, str]] = []
        self.bookmarks: list[tuple[Place, str]] = []
        self.outside = ""
        self._open: dict[str, tuple[Place, list[str]]] = {}
        self._rest: list[str] = []

    def start(self, key: str, place: Place) -> None:
        """A range begins. Ours do not overlap; a heap of them would only cost time."""
        if len(self._open) >= MOST_OPEN:
            raise _no_docx()
        self._open[key] = (place, [])

    def end(self, key: str) -> None:
        """A range ends, if one is open."""
        if key in self._open:
            place, pieces = self._open.pop(key)
            text = UNPRINTABLE.sub("", "".join(pieces))
            held = self.controls if key.startswith("sdt") else self.bookmarks
            held.append((place, text if text.strip(EMPTY + " \t\n") else ""))

    def add(self, text: str) -> None:
        """Text of the ranges that are open, or of none."""
        for _place, pieces in self._open.values():
            pieces.append(text)
        if not self._open:
            self._rest.append(text)

    def close(self) -> None:
        """Nothing comes any more; blanks between the rest do not count."""
        self.outside = "".join("".join(self._rest).split())


def _walked(root: Any) -> _Found:
    """Go through the document once, in its order."""
    found = _Found()
    stack: list[Any] = [root]
    while stack:
        each = stack.pop()
        if isinstance(each, str):
            found.add("\n") if each == NEW_LINE else found.end(each)
            continue
        if not isinstance(each.tag, str) or each.tag in DROPPED:
            continue
        if each.tag == f"{W}t":
            found.add(each.text or "")
        elif each.tag in BREAKS:
            found.add(BREAKS[each.tag])
        elif each.tag == f"{W}bookmarkStart" and (place := place_of(each.get(f"{W}name") or "")):
            found.start(f"bookmark {each.get(f'{W}id')}", place)
        elif each.tag == f"{W}bookmarkEnd":
            found.end(f"bookmark {each.get(f'{W}id')}")
        elif each.tag == f"{W}sdt":
            mark = each.find(f"{W}sdtPr/{W}tag")
            if mark is not None and (place := place_of(mark.get(f"{W}val") or "")):
                key = f"sdt {id(each)}"
                found.start(key, place)
                stack.append(key)
        stack += reversed(each)
        if each.tag == f"{W}p":
            stack.insert(len(stack) - len(each), NEW_LINE)
    found.close()
    return found


def _plain(text: str) -> str:
    """A text without what Word changes by itself: line ends, blanks at the ends."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
