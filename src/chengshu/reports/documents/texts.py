"""The wording of a part as a writer edits it, and back into the form that templates have.

A paragraph has one sentence a line; conditions stand before it in brackets: ``[cases_total:同比 > 0] …``. A
table has one figure a line, as a placeholder. What a line of the part said before is kept as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from chengshu.kernel.indicators.declarations import UnknownIndicator, declared
from chengshu.reports.documents.base import WritingProblem
from chengshu.reports.numbers import BEFORE, YEAR, Numbers
from chengshu.reports.template import Condition, Part, read_part
from chengshu.reports.wording import PLACEHOLDER, Form, FormProblem

LINE = re.compile(r"(?:\[(?P<conditions>[^\]]*)\] *)?(?P<words>.*)")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
HEADINGS = ("h1", "h2", "h3", "h4")
LONGEST = 5000
WORDS = frozenset({"year", "next_year", "last_year", "period", "bureau", "district", "squad"})
"""What `composing.words_of` fills in; written like a figure without a form."""
Raw = dict[str, Any]


def kind_of(raw: Mapping[str, Any]) -> str:
    """heading, paragraph, table; or other for what has no wording to edit."""
    if any(name in raw for name in HEADINGS):
        return "heading"
    return "paragraph" if "p" in raw else "table" if "table" in raw else "other"


def as_text(raw: Mapping[str, Any]) -> str:
    """The wording as it is edited."""
    kind = kind_of(raw)
    if kind == "heading":
        return str(next(raw[name] for name in HEADINGS if name in raw))
    if kind == "paragraph":
        return "\n".join(_line(one) for one in raw["p"])
    return "\n".join(_row(one) for one in raw.get("table", ()))


def _line(sentence: str | Raw) -> str:
    if isinstance(sentence, str):
        return sentence
    conditions = sentence.get("if", [])
    listed = [conditions] if isinstance(conditions, str) else conditions
    return f"[{'; '.join(listed)}] {sentence['say']}" if listed else str(sentence["say"])


def _row(row: Raw) -> str:
    return f"{{{row['figure']}:{row['form']}}}" if row.get("form") else f"{{{row['figure']}}}"


def from_text(text: str, before: Mapping[str, Any], *, caption: str | None = None) -> Raw:
    """The part that a text says. ``before``: what it was, which decides its kind.

    Raises `WritingProblem` for what cannot be read.
    """
    lines = [line.strip() for line in CONTROL.sub("", text).split("\n") if line.strip()]
    if not lines:
        raise WritingProblem(_("Write something, or remove the paragraph."), "text")
    if len(text) > LONGEST:
        raise WritingProblem(_("Longer than %(limit)s characters: make two paragraphs of it.")
                             % {"limit": LONGEST}, "text")  # fmt: skip
    kind = kind_of(before)
    if kind == "heading":
        level = next(name for name in HEADINGS if name in before)
        if "{" in text or "}" in text:
            raise WritingProblem(_("A heading has no figures."), "text")
        return {level: " ".join(lines)[:200]}
    if kind == "table":
        rows = {_row(one): one for one in before["table"]}
        made: Raw = {**before, "table": [rows.get(line) or _read_row(line) for line in lines]}
        words = made.pop("caption", "") if caption is None else caption.strip()
        made.pop("caption", None)
        return {**made, "caption": words[:100]} if words else made
    if kind != "paragraph":
        raise WritingProblem(_("This part has no wording."), "text")
    known = {_line(one): one for one in before["p"]}
    return {"p": [known.get(line) or _read_line(line) for line in lines]}


def _read_row(line: str) -> Raw:
    found = PLACEHOLDER.fullmatch(line)
    if found is None:
        raise WritingProblem(
            _("“%(text)s” is not a figure: write one {id} or {id:form} a line.") % {"text": line[:60]}, "text"
        )
    return {"figure": found[1], "form": found[2]} if found[2] else {"figure": found[1]}


def _read_line(line: str) -> str | Raw:
    found = LINE.fullmatch(line)
    if found is None or found["conditions"] is None:
        return line
    conditions = [one.strip() for one in found["conditions"].split(";")]
    for one in conditions:
        try:
            Condition.parse(one)
        except ValueError:
            raise WritingProblem(
                _("“%(text)s” is not a condition such as cases_total > 0.") % {"text": one[:60]}, "text"
            ) from None
    if not found["words"]:
        raise WritingProblem(_("A condition stands before a sentence."), "text")
    return {"if": conditions if len(conditions) > 1 else conditions[0], "say": found["words"]}


def read(raw: Mapping[str, Any]) -> Part:
    """The part for composing, every placeholder of it known. Raises `WritingProblem`."""
    for id_, form in _placeholders(raw):
        _known(id_)
        try:
            Form.parse(form)
        except FormProblem:
            raise WritingProblem(
                _("“%(form)s” is not a form of a number, such as .1, 万.2, 汉字 or 同比.") % {"form": form},
                "text",
            ) from None
    return read_part(raw)


def _placeholders(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Figure and form of each placeholder, and the figures of conditions. Raises for a stray brace."""
    if kind_of(raw) == "table":
        return [(one["figure"], one.get("form", "")) for one in raw["table"]]
    found = []
    for sentence in raw.get("p", ()):
        words = sentence if isinstance(sentence, str) else sentence["say"]
        found += [(one[1], one[2] or "") for one in PLACEHOLDER.finditer(words)]
        if stray := re.search(r"[{}].{0,30}", PLACEHOLDER.sub("", words)):
            raise WritingProblem(
                _("“%(text)s” is no placeholder: write {id} or {id:form}.") % {"text": stray[0]}, "text"
            )
        if isinstance(sentence, dict):
            listed = sentence.get("if", [])
            for one in [listed] if isinstance(listed, str) else listed:
                found.append((Condition.parse(one).figure, ""))
    return found


def _known(id_: str) -> None:
    if id_ in WORDS:
        return
    try:
        declared(id_)
    except UnknownIndicator:
        raise WritingProblem(_("There is no figure “%(id)s”.") % {"id": id_}, "text") from None


def changed_only(raw: Mapping[str, Any], before: Mapping[str, Any] | None) -> Raw:
    """The sentences or rows of a part that are not those it had: what a writer has to answer for."""
    kind = kind_of(raw)
    key = {"paragraph": "p", "table": "table"}.get(kind)
    if key is None:
        return {} if before == raw else dict(raw)
    had = (before or {}).get(key, [])
    return {**raw, key: [one for one in raw[key] if one not in had]}


def require_values(part: Part, numbers: Numbers) -> None:
    """Raise `WritingProblem` for a sentence that could not be said: its figure has no value."""
    for sentence in part.sentences:
        if all(numbers.meets(one) for one in sentence.conditions):
            for id_, form in sentence.placeholders():
                _require_value(id_, form, numbers)
    for id_, form_text in part.rows:
        _require_value(id_, Form.parse(form_text), numbers)


def _require_value(id_: str, form: Form, numbers: Numbers) -> None:
    if id_ in WORDS or numbers.text(id_, form) is not None:
        return
    name = {"name": declared(id_).name}
    if id_ not in numbers.year:
        raise WritingProblem(_("“%(name)s” cannot be told for a squad.") % name, "text")
    if numbers.now(id_) is None:
        raise WritingProblem(
            _("“%(name)s” has no value in this period, so that it cannot be written.") % name, "text"
        )
    if form.kind in (*YEAR, *BEFORE):
        raise WritingProblem(_("“%(name)s” has nothing before that it may be compared with.") % name, "text")
    raise WritingProblem(
        _("“%(name)s” cannot be written as “%(form)s” here.") % {**name, "form": form.kind}, "text"
    )
