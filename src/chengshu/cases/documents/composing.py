"""From a kind and the facts to the sections of a document, by the wording in ``bodies/*.yaml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from chengshu.cases.documents import model as m
from chengshu.cases.documents.bodies import bodies, phrases
from chengshu.cases.documents.facts import DocumentFacts
from chengshu.cases.documents.field_names import field_name
from chengshu.cases.documents.kinds import DocumentKind, kind
from chengshu.cases.documents.problems import DocumentProblem
from chengshu.cases.documents.words import day_words, moment_words, numbered, short_day, words

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
TUPLES = tuple(each.name for each in fields(DocumentFacts) if str(each.type).startswith("tuple["))
FIELD = re.compile(r"\{(\w+)\}")
RANGE = re.compile(r"^\{\w+\}至\{\w+\}$")
ITEM_HEAD = ("序号", "名　称", "规格型号", "数量", "单位", "状　态", "备　注")
ITEM_WIDTHS = (2, 6, 4, 2, 2, 4, 4)
EVIDENCE_HEAD = ("序号", "证据名称", "数　量", "证明对象")
EVIDENCE_WIDTHS = (2, 8, 4, 10)
ENTRY_HEAD = ("序号", "文件名称", "文　号", "日　期", "页　号", "备　注")
ENTRY_WIDTHS = (2, 8, 8, 5, 3, 3)
LABEL_LETTERS = 6
ROLE = re.compile(r"^(.{2,6}?)((?:审批|审核|核查)?意见|(?:采纳)?情况)$")
OPINION_LINES = 3
ENDS = "。：；！？，）》”＿"
LEAST_ROWS = 4
CATALOGUE_ROWS = 16


def compose(which: DocumentKind | str, facts: DocumentFacts, *, for_issue: bool = False) -> m.DocumentModel:
    """The document of a kind for these facts; with ``for_issue`` without the mark of a draft.

    Raises `DocumentProblem` for an unknown kind and, with ``for_issue``, naming every field that the law
    requires and the facts lack.
    """
    each = kind(which) if isinstance(which, str) else which
    body = bodies()[each.code]
    said = _all_words(facts)
    if for_issue:
        refuse_incomplete(each, lacking(each, facts))
    facts = replace(facts, **{name: _printable(getattr(facts, name)) for name in TUPLES})
    composer = _Composer(facts, said)
    sections = _joined([section for part in body.parts for section in composer.part(part)])
    return m.DocumentModel(
        kind=each.code,
        look=each.look,
        authority=said["authority"],
        title=each.name,
        number=said["number"],
        date=said["date"],
        sections=sections,
        issued=for_issue or facts.issued,
        page_signatures=body.page_signatures,
    )


def lacking(which: DocumentKind | str, facts: DocumentFacts) -> tuple[str, ...]:
    """The fields that the kind may not be issued without and the facts do not give, in the law's order."""
    each = kind(which) if isinstance(which, str) else which
    body = bodies()[each.code]
    said = _all_words(facts)
    needed = list(body.required)
    for rule in body.needs_when:
        if rule["says"] in said[rule["field"]]:
            needed += rule["needs"]
    needed += ["number"] if each.numbered else []
    needed += ["authority", "date"] if each.issued else []
    return tuple(dict.fromkeys(name for name in needed if not _given(name, facts, said)))


def refuse_incomplete(each: DocumentKind, missing: tuple[str, ...]) -> None:
    """Raises `DocumentProblem` naming the missing fields, if there are any."""
    if missing:
        names = _(", ").join(field_name(name) for name in missing)
        raise DocumentProblem(
            _("“%(document)s” cannot be issued yet, it lacks: %(fields)s.")
            % {"document": each.label, "fields": names},
            missing,
        )


def phrase(name: str, facts: DocumentFacts) -> str:
    """One word or phrase of the wordings for these facts, "" where they do not give it."""
    return _all_words(facts).get(name, "")


def _given(name: str, facts: DocumentFacts, said: Mapping[str, str]) -> bool:
    value = getattr(facts, name, None)
    if isinstance(value, tuple):
        return any(not isinstance(each, str) or each.strip() for each in value)
    return bool(said.get(name))


def _all_words(facts: DocumentFacts) -> dict[str, str]:
    """The words of the facts with the phrases made of them."""
    said: dict[str, str] = {name: _printable(text) for name, text in words(facts).items()}
    said["tier_clause"] = f"，参照行政处罚裁量基准（{facts.tier.strip()}）" if facts.tier.strip() else ""
    for name, phrase in phrases().items():
        if not said.get(name) and all(said.get(used) for used in FIELD.findall(phrase)):
            said[name] = FIELD.sub(lambda found: said[found[1]], phrase)
    return said


class _Composer:
    """Turns the parts of one body into sections."""

    def __init__(self, facts: DocumentFacts, said: Mapping[str, str]) -> None:
        self.facts, self.said = facts, said
        self.named: dict[str, Callable[[], m.Section]] = {
            "party": self.party,
            "addressee": self.addressee,
            "contact": self.contact,
            "closing": self.closing,
            "items": self.items,
            "dialogue": self.dialogue,
            "photos": self.photos,
            "entries": self.entries,
        }

    def part(self, part: str | dict[str, Any]) -> list[m.Section]:
        """The sections of one part; none where its ``when`` is not met."""
        if isinstance(part, str):
            return [self.named[part]()]
        if "when" in part and not _given(part["when"], self.facts, self.said):
            return []
        if "unless" in part and _given(part["unless"], self.facts, self.said):
            return []
        made: list[m.Section] = []
        if "heading" in part or "text" in part:
            made.append(self.paragraphs(part))
        if "list" in part:
            made.append(m.Paragraphs(self.list_of(part["list"])))
        if "grid" in part:
            made.append(m.Grid(tuple(self.row(row) for row in part["grid"])))
        if "opinions" in part:
            made.append(self.opinions(part["opinions"]))
        if part.get("evidence"):
            made.append(self.evidence())
        if part.get("dialogue"):
            made.append(self.dialogue())
        if "signatures" in part:
            made.append(m.Signatures(tuple(part["signatures"])))
        if "note" in part:
            made.append(m.Paragraphs((part["note"],), note=True, flush=True))
        return made

    def fill(self, text: str, blank: str = m.BLANK) -> str:
        """The wording with the facts; what a fact contains is never read as wording again."""
        optional = {"tier_clause", "defence_review"}
        return FIELD.sub(
            lambda found: self.said.get(found[1]) or ("" if found[1] in optional else blank), text
        )

    def paragraphs(self, part: dict[str, Any]) -> m.Paragraphs:
        """Running text; a line break inside a fact begins a new paragraph."""
        texts = part.get("text", [])
        filled = [self.fill(text) for text in ([texts] if isinstance(texts, str) else texts)]
        lines = tuple(line.strip() for text in filled for line in text.splitlines() if line.strip())
        flush = part.get("flush", False)
        return m.Paragraphs(_stops(lines, flush), heading=part.get("heading", ""), flush=flush)

    def list_of(self, name: str) -> tuple[str, ...]:
        """A numbered list of the evidence or of the decision's items."""
        if name == "evidence":
            texts = tuple(
                each.name
                + (f"（{each.quantity}）" if each.quantity else "")
                + (f"，证明{each.proves}" if each.proves else "")
                for each in self.facts.evidence
            )
        else:
            texts = tuple(getattr(self.facts, name))
        lines = numbered(tuple(text.strip() for text in texts if text.strip())) or (m.BLANK,)
        return tuple(
            line if line.endswith(("。", "；")) else line + ("。" if index == len(lines) - 1 else "；")
            for index, line in enumerate(lines)
        )

    def row(self, row: list[str] | dict[str, Any]) -> tuple[m.Cell, ...]:
        """One row of a grid: label, value, label, value; or one tall cell."""
        if isinstance(row, dict):
            marks = self.facts.signatures.get(row.get("signed", ""), ())
            cell = m.Cell(
                _label(row["label"]),
                self.cell(row.get("value", "")),
                row.get("lines", 1),
                self.said["date"] if marks else row.get("sign", ""),
                marks,
            )
            return (cell,)
        return tuple(
            m.Cell(_label(label), self.cell(value)) for label, value in zip(row[::2], row[1::2], strict=True)
        )

    def cell(self, wording: str) -> str:
        """The value of a cell: empty where nothing is known, to be filled in by hand."""
        if RANGE.match(wording) and not any(self.said.get(name) for name in FIELD.findall(wording)):
            return ""
        if wording == "{notes}":
            return "\n".join(self.facts.notes)
        return self.fill(wording, "" if not RANGE.match(wording) else "　　　　")

    def party(self) -> m.Grid:
        """The party as the forms have it: a person, an organisation, or a shop with its operator."""
        said = self.said
        person = (
            (m.Cell("性　别", said["party_sex"]), m.Cell("出生日期", said["party_birth"])),
            (
                m.Cell("证件类型", said["party_id_type"]),
                m.Cell("证件号码", said["party_id_number"]),
            ),
        )
        place = (m.Cell("联系电话", said["party_phone"]), m.Cell("地　址", said["party_address"]))
        if self.facts.party_kind == "person":
            return m.Grid(((m.Cell("当事人", said["party_name"]), place[0]), *person, place[1:]))
        code = m.Cell("统一社会信用代码", said["party_uscc"])
        if self.facts.party_kind == "shop":
            head = (m.Cell("当事人（字号）", said["party_shop_sign"]), m.Cell("经营者", said["party_name"]))
            return m.Grid((head, (code, place[0]), *person, place[1:]))
        name = (m.Cell("当事人（名称）", said["party_name"]),)
        leader = m.Cell("法定代表人（负责人）", said["party_representative"])
        return m.Grid((name, (code,), (leader, place[0]), place[1:]))

    def addressee(self) -> m.Paragraphs:
        """Whom a letter speaks to."""
        return m.Paragraphs((self.fill("{party}："),), flush=True)

    def contact(self) -> m.Paragraphs:
        """Whom to turn to, as far as known."""
        parts = (
            ("联系人：{}", self.said["officer_names"]),
            ("联系电话：{}", self.said["authority_phone"]),
            ("联系地址：{}", self.said["authority_address"]),
        )
        texts = tuple(pattern.format(value) for pattern, value in parts if value)
        return m.Paragraphs(("；".join(texts) + "。",) if texts else ())

    def closing(self) -> m.Closing:
        """Authority, date and the place of the seal."""
        return m.Closing(self.said["authority"], self.said["date"])

    def items(self) -> m.Table:
        """The list of things, with a line that closes it against additions."""
        rows = tuple(
            (str(index), each.name, each.specification, each.quantity, each.unit, each.state, each.note)
            for index, each in enumerate(self.facts.items, 1)
        )
        end = (("", "（以下空白）", "", "", "", "", ""),) if rows else ()
        return m.Table(ITEM_HEAD, rows + end, ITEM_WIDTHS, max(0, LEAST_ROWS - len(rows)))

    def evidence(self) -> m.Table:
        """Evidence and what it proves."""
        rows = tuple(
            (str(index), each.name, each.quantity, each.proves)
            for index, each in enumerate(self.facts.evidence, 1)
        )
        return m.Table(EVIDENCE_HEAD, rows, EVIDENCE_WIDTHS, 0 if rows else LEAST_ROWS)

    def entries(self) -> m.Table:
        """The file's catalogue."""
        rows = tuple(
            (str(index), each.title, each.number, short_day(each.on), each.pages, each.note)
            for index, each in enumerate(self.facts.entries, 1)
        )
        return m.Table(ENTRY_HEAD, rows, ENTRY_WIDTHS, max(0, CATALOGUE_ROWS - len(rows)))

    def dialogue(self) -> m.Dialogue:
        """Questions and answers, or what each speaker said; without any, ruled lines."""
        turns: list[tuple[str, str]] = []
        for turn in self.facts.dialogue:
            if turn.question:
                turns.append(("问", turn.question.strip()))
            if turn.answer or turn.question:
                turns.append((turn.speaker or "答", turn.answer.strip() or m.BLANK))
        return m.Dialogue(tuple(turns))

    def photos(self) -> m.Pictures:
        """The pictures with when, where, by whom they were taken."""
        return m.Pictures(
            tuple(
                m.Picture(
                    each.caption or "照片",
                    tuple(
                        f"{label}：{value}"
                        for label, value in (
                            ("拍摄时间", moment_words(each.taken_at)),
                            ("拍摄地点", each.place),
                            ("拍摄人", each.taken_by),
                            ("校验值", each.digest),
                        )
                        if value
                    ),
                    each.image,
                )
                for each in self.facts.photos
            )
        )

    def opinions(self, roles: list[str]) -> m.Grid:
        """Opinions of an approval, one tall cell each, with the line to sign on."""
        given = {each.role: each for each in self.facts.opinions}
        rows = []
        for role in roles:
            opinion = given.pop(role, None)
            name = opinion.name if opinion else ""
            day = day_words(opinion.on) if opinion else ""
            sign = f"签名：{name or '　　　　　'}　　{day or '　　　　年　　月　　日'}"
            rows.append((m.Cell(_label(role), opinion.text if opinion else "", OPINION_LINES, sign),))
        return m.Grid(tuple(rows))


def _label(wording: str) -> str:
    """The label of a cell; | marks where it breaks, a long role breaks before what it says."""
    if "|" in wording or len(wording) <= LABEL_LETTERS:
        return wording.replace("|", "\n")
    return ROLE.sub(r"\1\n\2", wording)


def _printable(value: Any) -> Any:
    """A value, or what a tuple of values holds, without the characters that neither writer can set."""
    if isinstance(value, str):
        return UNPRINTABLE.sub("", value)
    if isinstance(value, tuple):
        return tuple(_printable(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        texts = {each.name: getattr(value, each.name) for each in fields(value)}
        return replace(value, **{name: _printable(text) for name, text in texts.items()})
    return value


def _joined(sections: list[m.Section]) -> tuple[m.Section, ...]:
    """Sections without empty ones, and with neighbouring grids as one form."""
    made: list[m.Section] = []
    for section in sections:
        last = made[-1] if made else None
        if isinstance(section, m.Grid) and isinstance(last, m.Grid):
            made[-1] = m.Grid(last.rows + section.rows)
        elif not (isinstance(section, m.Paragraphs) and not section.texts and not section.heading):
            made.append(section)
    return tuple(made)


def _stops(lines: tuple[str, ...], flush: bool) -> tuple[str, ...]:
    """One full stop where wording and fact both brought one, and one where neither did."""
    once = [re.sub(r"。+(?=[。，；])", "", line) for line in lines]
    return tuple(line if flush or line.endswith(tuple(ENDS)) else line + "。" for line in once)
