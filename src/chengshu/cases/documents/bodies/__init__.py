"""What each kind of document consists of: the wording in this folder's YAML files, and a bureau's own.

A bureau changes a wording by a file ``wording.yaml`` of the same form in the folder of its templates
(setting ``DOCUMENT_FOLDER``): the kinds and phrases named there replace the ones here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from chengshu.cases.documents.facts import DocumentFacts
from chengshu.cases.documents.kinds import kinds
from chengshu.cases.documents.problems import DocumentProblem

HERE = Path(__file__).resolve().parent
OWN = "wording.yaml"
FIELD = re.compile(r"\{(\w+)\}")
DERIVED = {"party", "you", "officer_names", "fine_capital", "tier_clause", "suspension"}
NAMED_PARTS = {"party", "addressee", "contact", "closing", "items", "dialogue", "photos", "entries"}
PART_KEYS = {
    "heading", "text", "flush", "list", "grid", "opinions", "evidence", "dialogue", "signatures", "note",
    "when", "unless",
}  # fmt: skip


@dataclass(frozen=True)
class Body:
    """The parts of one kind, and the fields that the law wants before it is issued.

    ``needs_when``: a field that says a word (罚款) needs further fields.
    """

    parts: tuple[str | dict[str, Any], ...]
    required: tuple[str, ...] = ()
    needs_when: tuple[dict[str, Any], ...] = ()
    page_signatures: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict, compare=False)


def own_folder() -> Path | None:
    """The folder with the bureau's own templates and wording, if it is set and there."""
    named = getattr(settings, "DOCUMENT_FOLDER", None)
    folder = Path(named) if named else None
    return folder if folder is not None and folder.is_dir() else None


def bodies() -> dict[str, Body]:
    """Every kind's body by its code. Raises `DocumentProblem` for a wording that cannot be used."""
    return _read(*_own_state())[0]


def phrases() -> dict[str, str]:
    """Phrases made of several facts, by name."""
    return _read(*_own_state())[1]


def _own_state() -> tuple[str, int]:
    """The bureau's wording and its age, so that a change is read without a restart."""
    folder = own_folder()
    path = folder / OWN if folder else None
    return (str(path), path.stat().st_mtime_ns) if path and path.is_file() else ("", 0)


@lru_cache(maxsize=4)
def _read(own: str, _changed: int) -> tuple[dict[str, Body], dict[str, str]]:
    made: dict[str, Body] = {}
    said: dict[str, str] = {}
    for path in [*sorted(HERE.glob("*.yaml")), *([Path(own)] if own else [])]:
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            said |= data.get("phrases", {})
            values = data.get("values", {})
            for code, body in data.get("bodies", {}).items():
                known = {**(made[code].values if code in made else {}), **values}
                named = {key: tuple(body.get(key, ())) for key in ("parts", "required", "needs_when")}
                made[code] = Body(
                    **named, page_signatures=tuple(body.get("page_signatures", ())), values=known
                )
        except (yaml.YAMLError, OSError, AttributeError, TypeError, ValueError) as error:
            raise DocumentProblem(
                _("The wording in %(file)s cannot be read: %(error)s")
                % {"file": path.name, "error": " ".join(str(error).split())}
            ) from error
    _check(made)
    return made, said


def _check(made: dict[str, Body]) -> None:
    """Refuse a wording with a field or a part that does not exist, before a document shows a hole."""
    always = {each.name for each in fields(DocumentFacts)} | DERIVED
    for each in kinds():
        if each.code not in made:
            raise DocumentProblem(_("There is no wording for “%(document)s”.") % {"document": each.label})
        body = made[each.code]
        parts_known = all(
            part in NAMED_PARTS if isinstance(part, str) else set(part) <= PART_KEYS for part in body.parts
        )
        used = {name for text in _texts(list(body.parts)) for name in FIELD.findall(text)}
        unknown = sorted((used | set(body.required)) - always - set(body.values))
        if unknown or not parts_known:
            raise DocumentProblem(
                _("The wording of “%(document)s” has a part or field that does not exist: %(names)s")
                % {"document": each.label, "names": ", ".join(unknown) or str(body.parts)[:200]}
            )


def _texts(value: Any) -> Iterator[str]:
    """Every text inside nested lists and mappings."""
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(each)
