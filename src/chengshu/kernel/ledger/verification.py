"""Checking the whole ledger: every link, every root, every seal. Memory does not grow with the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.kernel.models import DailyRoot, LedgerEntry

from . import hashing, timestamps
from .seals import root_over

MOST_FINDINGS = 1000
AT_ONCE = 2000
Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written.

    ``kind``: altered_entry, broken_link, missing_entry, root_mismatch, altered_root, missing_root,
    bad_timestamp, other_than_published. ``where``: the chain and place, or the day.
    """

    kind: str
    where: str
    detail: str


@dataclass
class ChainReport:
    """What the check of one chain found."""

    chain: str
    entries: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass
class Report:
    """What the check of the whole ledger found; at most 1000 findings are listed, all are counted."""

    chains: int = 0
    entries: int = 0
    roots: int = 0
    timestamps: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.found

    def add(self, *findings: Finding) -> None:
        """Count findings, and list them while there is room."""
        self.found += len(findings)
        self.findings.extend(findings[: max(0, MOST_FINDINGS - len(self.findings))])


def verify_chain(chain: str) -> ChainReport:
    """Recompute one record's chain from its first entry."""
    report = ChainReport(chain)
    for entry, findings in _walk(LedgerEntry.objects.filter(chain=chain).order_by("seq").iterator(AT_ONCE)):
        report.entries = entry.seq
        report.findings.extend(findings)
    return report


def verify_all(progress: Step | None = None, published: Mapping[str, str] | None = None) -> Report:
    """Recompute every chain and every day's root and seal, in one consistent view of the database.

    ``progress(done, total)`` is called now and then. ``published`` maps days (``2026-01-31``) to seals kept
    elsewhere: a ledger rewritten together with all its seals differs from them.
    """
    report = Report()
    with _one_view():
        roots = list(DailyRoot.objects.order_by("day"))
        total = LedgerEntry.objects.count() + len(roots)
        step = progress or (lambda done, total: None)
        step(0, total)
        _check_chains(report, lambda done: step(done, total))
        _check_seals(report, roots)
        for number, root in enumerate(roots, 1):
            _check_root(report, root)
            step(report.entries + number, max(total, report.entries + number))
        _check_published(report, roots, published or {})
    return report


@contextmanager
def _one_view() -> Iterator[None]:
    """A repeatable-read, read-only transaction, unless the caller has opened a transaction already."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _check_chains(report: Report, step: Callable[[int], None]) -> None:
    entries = LedgerEntry.objects.order_by("chain", "seq").iterator(chunk_size=AT_ONCE)
    for _chain, links in groupby(entries, key=lambda entry: entry.chain):
        report.chains += 1
        for _one, findings in _walk(links):
            report.entries += 1
            report.add(*findings)
            if report.entries % AT_ONCE == 0:
                step(report.entries)


def _walk(entries: Iterator[LedgerEntry]) -> Iterator[tuple[LedgerEntry, list[Finding]]]:
    """Each entry of one chain with what is wrong with it and its link to the one before."""
    seq, previous = 0, ""
    for entry in entries:
        findings = []
        where = f"{entry.chain} #{entry.seq}"
        if entry.seq != seq + 1:
            detail = _("entries %(a)d to %(b)d are missing") % {"a": seq + 1, "b": entry.seq - 1}
            findings.append(Finding("missing_entry", where, detail))
        elif entry.previous != previous:
            findings.append(
                Finding("broken_link", where, _("does not carry the hash of the entry before it"))
            )
        if _hash_of(entry) != entry.hash:
            findings.append(Finding("altered_entry", where, _("its content does not have its hash")))
        seq, previous = entry.seq, entry.hash
        yield entry, findings


def _hash_of(entry: LedgerEntry) -> str:
    try:
        return hashing.entry_hash(vars(entry), entry.algorithm)
    except ValueError:  # a payload or algorithm that `append` never writes
        return ""


def _check_seals(report: Report, roots: list[DailyRoot]) -> None:
    """Every day has a seal, each over its own row and the seal of the day before."""
    previous: DailyRoot | None = None
    for root in roots:
        where = root.day.isoformat()
        expected = previous.day + timedelta(days=1) if previous else root.day
        if root.day != expected or (previous is None and root.previous_seal):
            gap = expected if previous else root.day - timedelta(days=1)
            report.add(Finding("missing_root", where, _("the root of %(day)s is missing") % {"day": gap}))
        elif root.previous_seal != (previous.seal if previous else ""):
            report.add(Finding("altered_root", where, _("does not carry the seal of the day before")))
        if _seal_of(root) != root.seal:
            report.add(Finding("altered_root", where, _("its content does not have its seal")))
        previous = root
    missing = _unsealed_days(previous)
    if missing:
        detail = _("%(n)d ended days are not sealed") % {"n": len(missing)}
        report.add(Finding("missing_root", missing[0].isoformat(), detail))


def _seal_of(root: DailyRoot) -> str:
    day = root.day.isoformat()
    try:
        return hashing.seal_hash(
            hashing.seal_document(day, root.root, root.chains, root.algorithm, root.previous_seal)
        )
    except ValueError:
        return ""


def _unsealed_days(last: DailyRoot | None) -> list[date]:
    """Ended days without a root."""
    if last is None:
        first = LedgerEntry.objects.order_by("recorded_at").values_list("recorded_at", flat=True).first()
        if first is None:
            return []
        start = timezone.localdate(first)
    else:
        start = last.day + timedelta(days=1)
    yesterday = timezone.localdate() - timedelta(days=1)
    return [start + timedelta(days=n) for n in range((yesterday - start).days + 1)]


def _check_root(report: Report, root: DailyRoot) -> None:
    """Compute a day's root again from the entries it covers, and look at its time stamp."""
    report.roots += 1
    where = root.day.isoformat()
    try:
        recomputed = root_over(root.up_to_entry, root.algorithm)
    except ValueError as error:
        report.add(Finding("altered_root", where, str(error)))
        return
    if recomputed != (root.root, root.chains):
        detail = _("the entries up to this day lead to %(root)s… over %(n)d records") % {
            "root": recomputed[0][:16],
            "n": recomputed[1],
        }
        report.add(Finding("root_mismatch", where, detail))
    if root.timestamp_token is not None:
        report.timestamps += 1
        try:
            timestamps.check_stamp(bytes(root.timestamp_token), bytes.fromhex(root.seal))
        except (timestamps.TimestampProblem, ValueError) as error:
            report.add(Finding("bad_timestamp", where, str(error)))


def _check_published(report: Report, roots: list[DailyRoot], published: Mapping[str, Any]) -> None:
    ours = {root.day.isoformat(): root.seal for root in roots}
    for day, seal in sorted(published.items()):
        if day not in ours:
            report.add(Finding("missing_root", day, _("was published and is gone")))
        elif ours[day] != seal:
            report.add(
                Finding(
                    "other_than_published", day, _("was published as %(seal)s…") % {"seal": str(seal)[:16]}
                )
            )
