"""Making the zip of a case: what the database holds, its originals, and the proof that it is unaltered."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.exporting import layout, sheets
from chengshu.cases.models import Case, CaseDocument, CaseStep, EvidenceItem, Party
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STEP_LABELS
from chengshu.cases.stored import step_document, utc_text
from chengshu.kernel import ledger
from chengshu.kernel.files import FileDamaged, open_verified
from chengshu.kernel.ledger import LedgerProblem
from chengshu.kernel.ledger.proofs import entry_as_json
from chengshu.kernel.models import DailyRoot, LedgerEntry, StoredFile

IN_MEMORY = 16 << 20  # bytes; larger files are made on disk
STAMP = (1980, 1, 1, 0, 0, 0)  # the times of entries say nothing, so that they are always the same
_DONE = {".jpg", ".jpeg", ".png", ".mp4", ".webp", ".zip", ".mp3", ".pdf"}  # compressed already


class ExportProblem(ValueError):
    """The file cannot be exported; one translated sentence."""


@dataclass
class _Made:
    """What is being written: the zip, its list, and what is named but not there."""

    archive: zipfile.ZipFile
    files: list[dict[str, Any]] = field(default_factory=list)
    absent: list[dict[str, Any]] = field(default_factory=list)

    def add(self, path: str, content: bytes | IO[bytes], role: str, **about: Any) -> None:
        """One entry with its digest and size."""
        info = zipfile.ZipInfo(path, STAMP)
        info.compress_type = zipfile.ZIP_STORED if _compressed(path) else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        if isinstance(content, bytes):
            digest, size = hashlib.sha256(content).hexdigest(), len(content)
            self.archive.writestr(info, content)
        else:
            digest, size = _digest(content), content.tell()
            content.seek(0)
            with self.archive.open(info, "w", force_zip64=size > 1 << 31) as target:
                shutil.copyfileobj(content, target, 1 << 20)
        self.files.append({"path": path, "role": role, "sha256": digest, "size": size, **about})


def _digest(content: IO[bytes]) -> str:
    made = hashlib.sha256()
    while piece := content.read(1 << 20):
        made.update(piece)
    return made.hexdigest()


def _compressed(path: str) -> bool:
    return any(path.lower().endswith(ending) for ending in _DONE)


def export_case(case: Case, day: date | None = None, *, by: User | None, reason: str = "") -> IO[bytes]:
    """The file of a case as an open zip, and an entry on its chain that it was taken out.

    ``day``: a sealed day whose seal it is proved against, by default the last one. The parties are named
    unmasked: the caller has checked that ``by`` may have that. Raises `ExportProblem` for a day that is not
    sealed.
    """
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - handed to the caller
    with transaction.atomic():
        # the row is held so that no step is added between the steps and the chain
        held = Case.objects.select_for_update(of=("self",)).select_related("district", "squad", "town")
        _write(target, held.get(pk=case.pk), day, by, reason)
    target.seek(0)
    return target


def _write(target: Any, case: Case, day: date | None, by: User | None, reason: str) -> None:
    steps = list(case.steps.select_related("by").order_by("seq"))
    evidence = list(case.evidence.select_related("file", "original").order_by("seq"))
    documents = list(case.documents.select_related("pdf", "party").order_by("id"))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        made = _Made(archive)
        made.add(layout.CASE, layout.text_of(case_summary(case, evidence)), "case")
        made.add(layout.STEPS, layout.text_of([_step(record) for record in steps]), "steps")
        _add_evidence(made, steps, evidence)
        pages = _add_documents(made, documents)
        bound = sheets.assemble(case, steps, evidence, pages)
        if bound is not None:
            made.add(layout.CATALOGUE, layout.text_of(bound.catalogue), "catalogue")
            made.add(layout.ASSEMBLED, bound.pdf, "file")
        manifest = {
            "format": layout.FORMAT,
            "case": {"id": case.pk, "number": case.number, "chain": case.chain},
            "district": case.district.code,
            "exported_at": utc_text(timezone.now()),
            "exported_by": by.username if by else "system",
            "steps": [{"seq": s.seq, "kind": str(s.kind), "sha256": s.digest} for s in steps],
            "files": made.files,
            "absent": made.absent,
            "not_bound": [] if bound is None else bound.left_out,
            "recorded": True,
        }
        _record(case, manifest, by, reason)
        proof = _proof(case, day)
        made.add(layout.PROOF, layout.text_of(proof), "proof")
        sealed = proof["sealed"]
        manifest |= {
            "sealed_up_to": sealed["day"]["day"] if sealed else None,
            "seal": sealed["seal"] if sealed else None,
            "not_sealed_yet": len(proof["unsealed"]),
        }
        content = layout.text_of(manifest)
        archive.writestr(zipfile.ZipInfo(layout.MANIFEST, STAMP), content, zipfile.ZIP_DEFLATED)


def _record(case: Case, manifest: dict[str, Any], by: User | None, reason: str) -> None:
    """The entry that the file was taken out, with what it says; made before the proof, it lies in it."""
    bound = next((each["sha256"] for each in manifest["files"] if each["path"] == layout.ASSEMBLED), "")
    payload = {"content": layout.content_digest(manifest), "bound": bound, "reason": reason[:300]}
    ledger.append(case.chain, layout.EXPORTED, payload, actor=by.username if by else "system")


def _step(record: CaseStep) -> dict[str, Any]:
    return {
        "document": step_document(record),
        "sha256": record.digest,
        "label": str(STEP_LABELS[StepKind(record.kind)]),
        "recorded_at": utc_text(record.recorded_at),
        "recorded_by": record.by.username if record.by else "system",
        "findings": record.findings,
    }


def _proof(case: Case, day: date | None) -> dict[str, Any]:
    """The entries of the chain up to a sealed day with their way into its root, and those after it."""
    sealed = None
    if day is None:
        day = DailyRoot.objects.order_by("-day").values_list("day", flat=True).first()
        if day is not None:
            try:
                sealed = ledger.proof(case.chain, day)
            except LedgerProblem:  # the case is younger than the last seal
                sealed = None
    else:
        try:
            sealed = ledger.proof(case.chain, day)
        except LedgerProblem as problem:
            raise ExportProblem(str(problem)) from problem
    covered = len(sealed["entries"]) if sealed else 0
    later = LedgerEntry.objects.filter(chain=case.chain, seq__gt=covered).order_by("seq")
    return {"sealed": sealed, "unsealed": [entry_as_json(entry) for entry in later]}


def _add_evidence(made: _Made, steps: Sequence[CaseStep], items: Sequence[EvidenceItem]) -> None:
    for item in items:
        about = {
            "evidence": item.seq,
            "title": item.title,
            "type": item.type,
            "copy_of": item.original.seq if item.original else None,
        }
        path = layout.entry_name(layout.EVIDENCE, item.seq, item.file.name if item.file else item.title)
        _add_stored(made, path, item.file, item.sha256, "evidence", about)
    there = {entry["sha256"] for entry in (*made.files, *made.absent)}
    for record in steps:
        digest = str(record.data.get("sha256") or "")
        if record.kind == StepKind.ADD_EVIDENCE and digest and digest not in there:
            made.absent.append(
                {
                    "role": "evidence",
                    "step": record.seq,
                    "title": str(record.data.get("title") or ""),
                    "sha256": digest,
                    "reason": _("Only the digest was recorded; no original is kept."),
                }
            )


def _add_documents(made: _Made, documents: Sequence[CaseDocument]) -> list[sheets.Bound]:
    """The issued documents, each as it was kept; returns them for binding."""
    pages = []
    for number, document in enumerate(documents, 1):
        path = layout.entry_name(layout.DOCUMENTS, number, f"{document.kind}-v{document.version}.pdf")
        about = {"kind": document.kind, "number": document.number, "version": document.version}
        content = _add_stored(made, path, document.pdf, document.sha256, "document", about)
        if content is not None:
            pages.append(sheets.Bound(document, content))
    return pages


def _add_stored(
    made: _Made, path: str, stored: StoredFile | None, digest: str, role: str, about: dict[str, Any]
) -> bytes | None:
    """A kept file as it is; one that is not kept, or no longer whole, is named instead."""
    reason = _("Only the digest was recorded; no original is kept.")
    if stored is not None:
        try:
            with open_verified(stored) as content:
                made.add(path, content, role, **about)
                if role == "document":
                    content.seek(0)
                    return content.read()
            return None
        except FileDamaged:
            reason = _("The kept original is missing or damaged.")
    made.absent.append({"role": role, "path": path, "sha256": digest, "reason": reason, **about})
    return None


def case_summary(case: Case, evidence: Sequence[EvidenceItem]) -> dict[str, Any]:
    """The case in words: what the steps add up to, the parties by name, where evidence was taken."""
    parties = Party.objects.filter(case=case).order_by("key")
    days = ("act_on", "act_until", "found_on", "filed_on", "decided_on", "closed_on", "archived_on")
    return {
        "number": case.number,
        "decision_number": case.decision_number,
        "archive_number": case.archive_number,
        "district": case.district.name,
        "town": case.town.name if case.town else "",
        "squad": case.squad.name if case.squad else "",
        "procedure": case.procedure,
        "state": case.state,
        "source": case.source,
        "cause": case.cause,
        "summary": case.summary,
        "place": case.place,
        "imported": case.imported,
        "fine": str(case.fine),
        "confiscated": str(case.confiscated),
        "paid": str(case.paid),
        **{name: str(value) if (value := getattr(case, name)) else None for name in days},
        "parties": [
            {
                "key": party.key,
                "kind": party.kind,
                "name": party.name,
                "id_number": party.id_number,
                "details": party.details,
                "outcome": party.outcome,
                "served_on": str(party.served_on) if party.served_on else None,
                "paid": str(party.paid),
            }
            for party in parties
        ],
        "evidence": [
            {
                "seq": item.seq,
                "type": item.type,
                "title": item.title,
                "sha256": item.sha256,
                "captured_at": utc_text(item.captured_at) if item.captured_at else None,
                "taken_in_at": utc_text(item.taken_in_at),
                "place": item.place,
                "position": item.position,
                "device": item.device,
                "operator": item.operator,
                "clock_offset_seconds": item.clock_offset,
                "copy_of": item.original.seq if item.original else None,
            }
            for item in evidence
        ],
    }
