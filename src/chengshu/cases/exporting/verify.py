"""Checking an exported file by itself: nothing is asked of a database, and nothing in the file is believed.

What is found is told record by record: which step, which entry of the ledger, which original.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from chengshu.cases.exporting import layout
from chengshu.cases.exporting.archive import CaseArchive, Limits, NotACaseFile
from chengshu.cases.exporting.summary import summary_problems
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STEP_LABELS
from chengshu.kernel.ledger import hashing, merkle
from chengshu.kernel.ledger.proofs import FORMAT as PROOF_FORMAT

SHOWN = 12  # hexadecimal digits of a digest in a sentence


@dataclass(frozen=True)
class Problem:
    """Something that is not as it was recorded.

    ``kind``: altered_step, missing_step, extra_step, step_order, altered_entry, broken_link, missing_entry,
    altered_file, missing_file, extra_file, missing_original, altered_summary, altered_manifest,
    root_mismatch, altered_seal, other_than_published, not_proved. ``where``: the part of the zip; ``step``,
    ``entry``: its number, where it is about one.
    """

    kind: str
    where: str
    text: str
    step: int | None = None
    entry: int | None = None


@dataclass
class FileReport:
    """What the check found; ``notes`` are no faults but say how far it reaches."""

    case: dict[str, Any] = field(default_factory=dict)
    steps: int = 0
    entries: int = 0
    files: int = 0
    day: str = ""
    seal: str = ""
    compared: bool = False
    manifest: str = ""
    content: str = ""
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list, repr=False)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """What was found, as JSON values; without the steps themselves."""
        shown = {name: value for name, value in vars(self).items() if name != "documents"}
        return {**shown, "ok": self.ok, "problems": [vars(problem) for problem in self.problems]}

    def add(self, kind: str, where: str, text: str, **at: int | None) -> None:
        """One more problem."""
        self.problems.append(Problem(kind, where, text, **at))


def verify_file(
    source: Path | IO[bytes],
    *,
    seal: str | None = None,
    published: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> FileReport:
    """Check an exported file against itself and, where given, against a published seal.

    ``published``: seals by day, as in ``roots.json``; ``seal``: the one of the file's day. Raises
    `NotACaseFile` for what is no such file.
    """
    archive = CaseArchive(source, limits)
    report = FileReport()
    manifest = _manifest(archive, report)
    _check_files(archive, manifest, report)
    steps = _list(archive, layout.STEPS, report)
    entries, covered = _check_proof(archive, manifest, report, seal, published)
    documents = report.documents = _check_steps(steps, entries, report)
    _check_manifest_steps(manifest, documents, report)
    _check_originals(archive, manifest, documents, entries, report)
    for text in summary_problems(_object(archive, layout.CASE, report), documents):
        report.add("altered_summary", layout.CASE, text)
    _check_export(archive, manifest, entries, report)
    _say_how_far(report, len(entries) - covered, manifest)
    return report


def _manifest(archive: CaseArchive, report: FileReport) -> dict[str, Any]:
    if layout.MANIFEST not in archive:
        raise NotACaseFile(_("This zip is not the file of a case: %(name)s is missing.") % {
            "name": layout.MANIFEST
        })  # fmt: skip
    manifest = archive.json(layout.MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("format") != layout.FORMAT:
        raise NotACaseFile(_("This is not a file of the format %(format)s.") % {"format": layout.FORMAT})
    found = archive.digest(layout.MANIFEST)
    report.manifest, report.content = found[0] if found else "", layout.content_digest(manifest)
    case = manifest.get("case")
    if not isinstance(case, dict) or not layout.CHAIN.fullmatch(str(case.get("chain"))):
        raise NotACaseFile(_("This is not a file of the format %(format)s.") % {"format": layout.FORMAT})
    report.case = {name: case.get(name) for name in ("id", "number", "chain")}
    return manifest


def _records(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; whatever else stands there is as good as missing."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _list(archive: CaseArchive, name: str, report: FileReport) -> list[dict[str, Any]]:
    return _records(_readable(archive, name, report))


def _object(archive: CaseArchive, name: str, report: FileReport) -> dict[str, Any]:
    value = _readable(archive, name, report)
    return value if isinstance(value, dict) else {}


def _readable(archive: CaseArchive, name: str, report: FileReport) -> Any:
    """A part as JSON; a missing one was told of by its digest, a broken one is told of here."""
    if name not in archive:
        return None
    try:
        return archive.json(name)
    except NotACaseFile as problem:
        report.add("altered_file", name, str(problem))
        return None


def _check_files(archive: CaseArchive, manifest: dict[str, Any], report: FileReport) -> None:
    """Every file that the manifest lists is there, byte for byte, and no other."""
    listed = {str(entry.get("path")): entry for entry in _records(manifest.get("files"))}
    for path, entry in listed.items():
        report.files += 1
        title = str(entry.get("title") or path)
        if path not in archive:
            report.add("missing_file", path, _("“%(name)s” is missing.") % {"name": title})
            continue
        found = archive.digest(path)
        if found is None:
            report.add("altered_file", path, _("The bytes of “%(name)s” are damaged.") % {"name": title})
        elif found[0] != entry.get("sha256"):
            values = {"name": title, "was": _short(entry.get("sha256")), "now": _short(found[0])}
            text = _("“%(name)s” was changed: listed as %(was)s…, it is %(now)s….") % values
            report.add("altered_file", path, text)
    for name in (layout.CASE, layout.STEPS, layout.PROOF):
        if name not in archive and name not in listed:
            report.add("missing_file", name, _("“%(name)s” is missing.") % {"name": name})
    for name in archive.names:
        if name != layout.MANIFEST and name not in listed:
            report.add("extra_file", name, _("“%(name)s” was put in: it is not listed.") % {"name": name})


# --- the chain ----------------------------------------------------------------------------------------
def _check_proof(
    archive: CaseArchive,
    manifest: dict[str, Any],
    report: FileReport,
    seal: str | None,
    published: Mapping[str, str] | None,
) -> tuple[list[dict[str, Any]], int]:
    """The entries of the chain and how many of them a seal covers."""
    given = _object(archive, layout.PROOF, report)
    sealed = given.get("sealed") if isinstance(given.get("sealed"), dict) else None
    covered = _records(sealed.get("entries")) if sealed else []
    entries = covered + _records(given.get("unsealed"))
    report.entries = len(entries)
    _walk(entries, str(report.case["chain"]), report)
    if sealed is None and manifest.get("seal"):
        text = _("The proof of the sealed day %(day)s is missing.") % {"day": manifest.get("sealed_up_to")}
        report.add("missing_entry", layout.PROOF, text)
    elif sealed is not None:
        try:
            _check_seal(sealed, covered, report)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            text = _("This is not a proof of the format %(format)s.") % {"format": PROOF_FORMAT}
            report.add("altered_seal", layout.PROOF, text)
        _check_published(report, seal, published)
    if sealed is None and (seal or published is not None):
        text = _("No sealed day proves this file: nothing that was published vouches for it.")
        report.add("not_proved", layout.PROOF, text)
    if not entries:
        report.add("missing_entry", layout.PROOF, _("The ledger entries of the case are missing."))
    return entries, len(covered)


def _walk(entries: list[dict[str, Any]], chain: str, report: FileReport) -> None:
    """Each entry has its hash and carries that of the one before."""
    number, previous = 0, ""
    for entry in entries:
        seq = entry.get("seq")
        place = seq if isinstance(seq, int) and not isinstance(seq, bool) else number + 1
        values = {"seq": place, "action": str(entry.get("action", ""))}
        if place != number + 1:
            text = (
                _gap(number + 1, place - 1) if place > number + 1 else _("Entry %(seq)d stands out of order.")
            )
            report.add("missing_entry", layout.PROOF, text % values, entry=number + 1)
        elif entry.get("previous") != previous:
            text = _(
                "Entry %(before)d was changed together with its hash: entry %(seq)d carries another one."
            )
            about = {**values, "before": max(number, 1)}
            report.add("broken_link", layout.PROOF, text % about, entry=number or 1)
        if entry.get("chain") != chain:
            text = _("Entry %(seq)d belongs to another record.") % values
            report.add("altered_entry", layout.PROOF, text, entry=place)
        elif _hash_of(entry) != entry.get("hash"):
            text = (
                _("Entry %(seq)d of the ledger (%(action)s) was changed: it does not have its hash.") % values
            )
            report.add("altered_entry", layout.PROOF, text, entry=place)
        number, previous = place, str(entry.get("hash", ""))


def _gap(first: int, last: int) -> str:
    if first == last:
        return _("Entry %(n)d of the ledger is missing.") % {"n": first}
    return _("Entries %(first)d to %(last)d of the ledger are missing.") % {"first": first, "last": last}


def _hash_of(entry: Mapping[str, Any]) -> str:
    try:
        return hashing.entry_hash(entry, str(entry["algorithm"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""


def _check_seal(sealed: dict[str, Any], covered: list[dict[str, Any]], report: FileReport) -> None:
    """The last entry leads to the root, and the root to the seal of the day."""
    day = sealed["day"]
    report.day = str(day["day"])
    document = hashing.seal_document(
        report.day, str(day["root"]), int(day["chains"]), str(day["algorithm"]), str(day["previous"])
    )
    report.seal = hashing.seal_hash(document)
    last: dict[str, Any] = covered[-1] if covered else {"seq": 0, "hash": ""}
    hash_ = hashing.hasher(document["algorithm"])
    head = hashing.head_bytes(str(report.case["chain"]), int(last["seq"]), str(last["hash"]))
    path = [bytes.fromhex(step) for step in sealed["path"]]
    reached = merkle.root_from_path(
        hash_, merkle.leaf_hash(hash_, head), int(sealed["index"]), document["chains"], path
    )
    if reached is None or reached.hex() != document["root"]:
        text = _(
            "The record does not lead to the root of %(day)s: entries were rewritten, or those at the end"
            " are gone."
        )
        report.add("root_mismatch", layout.PROOF, text % {"day": report.day})
    if report.seal != sealed["seal"]:
        text = _("The day %(day)s does not have the seal it claims.") % {"day": report.day}
        report.add("altered_seal", layout.PROOF, text)


def _check_published(report: FileReport, seal: str | None, published: Mapping[str, str] | None) -> None:
    wanted = seal.strip().lower() if seal else None
    if published is not None:
        wanted = wanted or published.get(report.day)
        if wanted is None:
            text = _("No seal was published for %(day)s.") % {"day": report.day or "—"}
            report.add("other_than_published", layout.PROOF, text)
            return
    if wanted is None:
        return
    report.compared = True
    if wanted != report.seal:
        values = {"day": report.day, "was": _short(wanted), "now": _short(report.seal)}
        text = _("The seal published for %(day)s is %(was)s…; this file leads to %(now)s….") % values
        report.add("other_than_published", layout.PROOF, text)


# --- the steps ----------------------------------------------------------------------------------------
def _check_steps(
    steps: list[dict[str, Any]], entries: list[dict[str, Any]], report: FileReport
) -> list[dict[str, Any]]:
    """Each step has the digest that the ledger recorded; none is missing, added, doubled or moved."""
    recorded = dict(_recorded(entries))
    documents, seen, before = [], Counter[int](), 0
    for place, step in enumerate(steps, 1):
        given = step.get("document")
        document: dict[str, Any] = given if isinstance(given, dict) else {}
        seq = document.get("seq")
        seq = seq if isinstance(seq, int) and not isinstance(seq, bool) else place
        values = {"seq": seq, "step": _step_name(document.get("kind"))}
        seen[seq] += 1
        if seq < before or seen[seq] > 1:
            text = _("Step %(seq)d (%(step)s) does not stand in its place.") % values
            report.add("step_order", layout.STEPS, text, step=seq)
        before = max(before, seq)
        _check_step(step, document, recorded.get(seq), values, report)
        documents.append(document)
    report.steps = len(documents)
    for seq, entry in sorted(recorded.items()):
        if seq not in seen:
            values = {
                "seq": seq,
                "at": str(entry.get("at", ""))[:10],
                "kind": _step_name(str(entry.get("action", ""))[5:]),
            }
            text = _("Step %(seq)d (%(kind)s of %(at)s) is missing; the ledger has it.") % values
            report.add("missing_step", layout.STEPS, text, step=seq)
    return documents


def _recorded(entries: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for entry in entries:
        payload = entry.get("payload")
        if layout.is_step(str(entry.get("action", ""))) and isinstance(payload, dict):
            seq = payload.get("seq")
            if isinstance(seq, int) and not isinstance(seq, bool):
                yield seq, entry


def _check_step(
    step: dict[str, Any],
    document: dict[str, Any],
    entry: dict[str, Any] | None,
    values: dict[str, Any],
    report: FileReport,
) -> None:
    seq = values["seq"]
    if entry is None:
        text = _("Step %(seq)d (%(step)s) was put in: the ledger does not have it.") % values
        report.add("extra_step", layout.STEPS, text, step=seq)
        return
    was, now = str(entry["payload"].get("sha256", "")), step_digest(document)
    if now != was:
        about = {**values, "at": str(entry.get("at", ""))[:10], "was": _short(was), "now": _short(now)}
        text = _("Step %(seq)d (%(step)s) was changed: recorded on %(at)s as %(was)s…, it is now %(now)s….")
        report.add("altered_step", layout.STEPS, text % about, step=seq, entry=entry.get("seq"))
    elif step.get("sha256") != was:
        text = _("The digest written beside step %(seq)d (%(step)s) is not its own.") % values
        report.add("altered_step", layout.STEPS, text, step=seq)


def _step_name(kind: object) -> str:
    """What a kind of step is called; what the file itself calls it is not believed."""
    known = str(kind) in {each.value for each in StepKind}
    return str(STEP_LABELS[StepKind(str(kind))]) if known else str(kind or "")


def step_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a step document, "" for one that cannot be written so."""
    try:
        return hashing.hasher("sha256")(hashing.canonical(dict(document))).hex()
    except (ValueError, TypeError, RecursionError):
        return ""


def _check_manifest_steps(
    manifest: dict[str, Any], documents: list[dict[str, Any]], report: FileReport
) -> None:
    listed = [(step.get("seq"), step.get("sha256")) for step in _records(manifest.get("steps"))]
    there = [(document.get("seq"), step_digest(document)) for document in documents]
    if listed == there:
        return
    told = any(problem.where == layout.STEPS for problem in report.problems)
    if not told or sorted(map(str, listed)) == sorted(map(str, there)):
        report.add(
            "altered_manifest",
            layout.MANIFEST,
            _("The list of steps in the manifest is not that of the file."),
        )


def _check_originals(
    archive: CaseArchive,
    manifest: dict[str, Any],
    documents: list[dict[str, Any]],
    entries: list[dict[str, Any]],
    report: FileReport,
) -> None:
    """The originals whose digests the steps and the ledger name are there, or were named as absent."""
    held = {found[0] for name in archive.names if _is_original(name) and (found := archive.digest(name))}
    absent = {str(entry.get("sha256")) for entry in _records(manifest.get("absent"))}
    for document in documents:
        data = document.get("data")
        if document.get("kind") != "add_evidence" or not isinstance(data, dict) or not data.get("sha256"):
            continue
        if str(data["sha256"]) not in held | absent:
            values = {"title": str(data.get("title") or ""), "seq": document.get("seq")}
            text = _("The original of the evidence “%(title)s” (step %(seq)s) is not in the file.") % values
            seq = document.get("seq")
            report.add("missing_original", layout.EVIDENCE, text, step=seq if isinstance(seq, int) else None)
    for entry in entries:
        payload = entry.get("payload")
        if str(entry.get("action")) == "document.issued" and isinstance(payload, dict):
            digest = str(payload.get("sha256") or "")
            if digest and digest not in held | absent:
                text = _("The document %(number)s is not in the file as it was issued.") % {
                    "number": str(payload.get("number") or payload.get("kind") or "")
                }
                report.add("missing_original", layout.DOCUMENTS, text, entry=entry.get("seq"))


def _check_export(
    archive: CaseArchive, manifest: dict[str, Any], entries: list[dict[str, Any]], report: FileReport
) -> None:
    """The bound PDF and the manifest are those that the ledger recorded when the file was taken out."""
    recorded = [entry for entry in entries if entry.get("action") == layout.EXPORTED]
    payload = recorded[-1].get("payload") if recorded else None
    if not isinstance(payload, dict) or "content" not in payload:
        if manifest.get("recorded"):
            text = _("The ledger entry of this export is missing.")
            report.add("missing_entry", layout.PROOF, text)
        else:
            report.notes.append(
                _("This copy is of an older kind: only its manifest vouches for the bound PDF.")
            )
        return
    found = archive.digest(layout.ASSEMBLED) if layout.ASSEMBLED in archive else None
    was, now = str(payload.get("bound") or ""), found[0] if found else ""
    told = {problem.where for problem in report.problems}
    if was != now and layout.ASSEMBLED not in told:
        values = {"name": layout.ASSEMBLED, "was": _short(was), "now": _short(now)}
        text = _("“%(name)s” is not the one that was exported: recorded as %(was)s…, it is %(now)s….")
        report.add("altered_file", layout.ASSEMBLED, text % values, entry=recorded[-1].get("seq"))
    elif report.content != payload["content"] and not report.problems:
        text = _("The manifest does not say what was recorded when the file was exported.")
        report.add("altered_manifest", layout.MANIFEST, text, entry=recorded[-1].get("seq"))


def _is_original(name: str) -> bool:
    return name.startswith((f"{layout.EVIDENCE}/", f"{layout.DOCUMENTS}/"))


def _say_how_far(report: FileReport, unsealed: int, manifest: dict[str, Any]) -> None:
    if report.day and not report.compared:
        report.notes.append(
            _("The seal was not compared with a published one: compare %(seal)s for %(day)s yourself.")
            % {"seal": report.seal, "day": report.day}
        )
    if unsealed:
        report.notes.append(
            _("%(n)d entries at the end are not sealed yet; no published seal vouches for them.")
            % {"n": unsealed}
        )
    for entry in _records(manifest.get("absent")):
        report.notes.append(
            _("“%(name)s” was not in the file when it was exported: %(reason)s")
            % {"name": entry.get("title") or entry.get("path"), "reason": entry.get("reason", "")}
        )


def _short(digest: object) -> str:
    return str(digest or "—")[:SHOWN]
