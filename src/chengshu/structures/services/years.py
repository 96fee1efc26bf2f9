"""What a year brings: quotas, assessments with drawn samples, key plots."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from shapely.geometry import mapping

from chengshu.bureau.models import District, Town, User
from chengshu.kernel import draw as lot
from chengshu.kernel import files, ledger, secrets
from chengshu.structures import settings
from chengshu.structures.models import (
    AnnualTask,
    Assessment,
    KeyPlot,
    Milestone,
    SampleCheck,
    Step,
    Structure,
)

from . import bulk
from .base import CHECK, MANAGE, StructureProblem, require, text
from .entering import read_polygon

LARGEST_QUOTA = 100_000
LARGEST_PROOF = 64 << 20
STRATUM = "all"


def _record(chain: str, action: str, by: User, payload: dict[str, Any], at: datetime | None = None) -> None:
    ledger.append(chain, action, payload, actor=by.username, at=at)


# --- quotas -----------------------------------------------------------------------------------------
@transaction.atomic
def set_quota(town: Town, year: int, type_code: str, quota: int, *, by: User) -> AnnualTask:
    """Set a town's task of a year for a type; empty: key types altogether. Raises `StructureProblem`."""
    require(by, MANAGE, district_id=town.district_id)
    if type_code and type_code not in settings.types():
        raise StructureProblem(_("Choose at least one type from the list."), "type")
    if not 0 <= quota <= LARGEST_QUOTA:
        raise StructureProblem(_("The quota cannot be right."), "quota")
    made, _new = AnnualTask.objects.update_or_create(
        town=town, year=year, type=type_code, defaults={"district_id": town.district_id, "quota": quota}
    )
    _record(f"structures:task:{town.pk}", "quota", by, {"year": year, "type": type_code, "quota": quota})
    return made


# --- assessments ------------------------------------------------------------------------------------
@transaction.atomic
def announce(
    town: Town, year: int, sample: int, place: str, observers: int, *, by: User, at: datetime | None = None
) -> Assessment:
    """Fix the list of a town's written-off entries and announce the draw of a sample from it.

    The words of the observers decide it with a secret that is fixed now; they are due a minute later.
    Raises `StructureProblem`.
    """
    bulk.require_written()
    require(by, CHECK, district_id=town.district_id)
    at = _not_in_the_future(at)
    Town.objects.select_for_update(of=("self",)).get(pk=town.pk)
    others = Assessment.objects.filter(town=town, year=year)
    if others.exclude(state=Assessment.State.DONE).exists():
        raise StructureProblem(_("An assessment of the town is under way: finish it first."), "town")
    rows = Structure.objects.filter(town=town, written_off_at__isnull=False, eliminated_on__year=year)
    numbers = list(rows.order_by("number").values_list("pk", "number"))
    if not 0 < sample <= len(numbers):
        raise StructureProblem(
            _("The sample takes between 1 and %(n)d of the entries written off.") % {"n": len(numbers)}
            if numbers
            else _("Nothing was written off there in the year."),
            "sample",
        )
    secret, list_salt = lot.new_secret(), lot.new_secret()
    identities = {lot.key_for(lot.salt_for(list_salt, number), number): pk for pk, number in numbers}
    candidates = [[key, STRATUM, 1, ""] for key in sorted(identities)]
    with translation.override(django_settings.LANGUAGE_CODE):
        title = _("Sample of %(town)s, %(year)d") % {"town": town.name, "year": year}
        label = _("Written-off entries")
    attempt = Assessment.objects.filter(town=town, year=year).count()
    words = {"kind": "words", "place": place, "observers": observers, "due_at": at + timedelta(minutes=1)}
    rules = {
        "strata": [{"code": STRATUM, "label": label, "quota": sample}], "team": [], "area_cap": 0, "text": [],
    }  # fmt: skip
    try:
        commitment = lot.commit(
            task=f"{town.code}-{year}-{attempt + 1}", title=title, committed_at=at, candidates=candidates,
            officers=[], rules=rules, secret=secret, public_values=[words],
        )  # fmt: skip
    except lot.DrawProblem as problem:
        raise StructureProblem(str(problem), "place") from problem
    made = Assessment.objects.create(
        district_id=town.district_id, town=town, year=year, sample=sample, commitment=commitment,
        commitment_sha256=lot.commitment_sha256(commitment), secret_sealed=secrets.seal(secret.hex()),
        candidates=candidates, identities=identities, announced_by=by, announced_at=at,
    )  # fmt: skip
    _record(_chain(made), "announce", by, {"commitment": made.commitment_sha256, "sample": sample}, at)
    return made


@transaction.atomic
def draw(
    assessment: Assessment, words: Sequence[str], *, by: User, at: datetime | None = None
) -> list[SampleCheck]:
    """Draw the sample with the observers' words; the proof is kept. Raises `StructureProblem`."""
    bulk.require_written()
    held = _held(assessment, by)
    if held.state != Assessment.State.ANNOUNCED:
        raise StructureProblem(_("The sample is drawn already."), "state")
    at = _not_in_the_future(at)
    secret = bytes.fromhex(secrets.unseal(held.secret_sealed))
    try:
        proof = lot.draw(held.commitment, held.candidates, [], secret, [{"value": list(words)}], at)
    except lot.DrawProblem as problem:
        raise StructureProblem(str(problem), "words") from problem
    held.proof = files.store(
        io.BytesIO(lot.canonical(proof)), name=f"sample-{held.pk}-proof.json", kind="any", limit=LARGEST_PROOF
    )
    held.state, held.drawn_by, held.drawn_at = Assessment.State.DRAWN, by, at
    held.save(update_fields=["proof", "state", "drawn_by", "drawn_at"])
    made = [
        SampleCheck(assessment=held, structure_id=held.identities[row[0]])
        for row in sorted(proof["final"], key=lambda row: row[0])
    ]
    SampleCheck.objects.bulk_create(made)
    _record(_chain(held), "draw", by, {"proof": lot.proof_sha256(proof)}, at)
    return list(held.checks.all())


@transaction.atomic
def check(one: SampleCheck, result: str, *, by: User, note: str = "") -> SampleCheck:
    """What was found at a drawn entry; with the last one the assessment is finished."""
    bulk.require_written()
    assessment = _held(one.assessment, by)
    current = SampleCheck.objects.select_for_update(of=("self",)).get(pk=one.pk)
    if current.checked_at is not None:
        raise StructureProblem(_("This one is checked already."), "state")
    if Step.objects.filter(structure=current.structure_id, by=by).exists():
        raise StructureProblem(_("Whoever worked on the entry does not check it."), "by")
    if result not in SampleCheck.Result.values:
        raise StructureProblem(_("Say whether it is as recorded."), "result")
    if result == SampleCheck.Result.ERROR:
        note = text(note, _("Say what was found."), "note", 300)
    current.result, current.note = result, note.strip()[:300]
    current.checked_by, current.checked_at = by, timezone.now()
    current.save(update_fields=["result", "note", "checked_by", "checked_at"])
    _record(_chain(assessment), "check", by, {"structure": current.structure_id, "result": result})
    if not assessment.checks.filter(checked_at=None).exists():
        assessment.state = Assessment.State.DONE
        assessment.save(update_fields=["state"])
    return current


def _held(assessment: Assessment, by: User) -> Assessment:
    held = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    require(by, CHECK, district_id=held.district_id)
    return held  # type: ignore[no-any-return]


def _chain(assessment: Assessment) -> str:
    return f"structures:assessment:{assessment.pk}"


def _not_in_the_future(at: datetime | None) -> datetime:
    now = timezone.now()
    if at is not None and at > now:
        raise StructureProblem(_("A step cannot be dated in the future."), "at")
    return at or now


# --- key plots --------------------------------------------------------------------------------------
@transaction.atomic
def save_plot(
    district: District,
    *,
    by: User,
    name: str,
    town: Town,
    year: int,
    boundary: dict[str, Any] | None = None,
    note: str = "",
    plot: KeyPlot | None = None,
) -> KeyPlot:
    """Add a key plot or change one that is under way. Raises `StructureProblem`."""
    require(by, MANAGE, district_id=district.pk)
    held = KeyPlot.objects.select_for_update().get(pk=plot.pk) if plot else KeyPlot(district=district)
    if held.district_id != district.pk or town.district_id != district.pk:
        raise StructureProblem(_("The street or town does not belong to the district."), "town")
    if held.outcome:
        raise StructureProblem(_("The plot has its outcome already."), "state")
    held.name = text(name, _("Give the name."), "name", 100)
    if KeyPlot.objects.filter(district=district, year=year, name=held.name).exclude(pk=held.pk).exists():
        raise StructureProblem(_("Another plot of the year has this name."), "name")
    outline = read_polygon(boundary)
    held.town, held.year, held.note = town, year, note.strip()[:500]
    held.boundary = mapping(outline) if outline is not None else None
    held.save()
    _record(f"structures:plot:{held.pk}", "plot", by, {"name": held.name, "year": year, "town": town.pk})
    return held


@transaction.atomic
def add_milestone(plot: KeyPlot, title: str, due_on: date, *, by: User) -> Milestone:
    """A milestone of a plot under way."""
    held = _plot(plot, by)
    title = text(title, _("Give the name."), "title", 100)
    made = Milestone.objects.create(plot=held, title=title, due_on=due_on)
    _record(f"structures:plot:{held.pk}", "milestone", by, {"title": title, "due_on": due_on})
    return made


@transaction.atomic
def reach(milestone: Milestone, *, by: User, on: date | None = None) -> Milestone:
    """A milestone is reached; not in the future, once only."""
    held = _plot(milestone.plot, by)
    current = Milestone.objects.select_for_update(of=("self",)).get(pk=milestone.pk)
    on = on or timezone.localdate()
    if current.done_on is not None:
        raise StructureProblem(_("The milestone is reached already."), "state")
    if on > timezone.localdate():
        raise StructureProblem(_("A step cannot be dated in the future."), "on")
    current.done_on = on
    current.save(update_fields=["done_on"])
    _record(f"structures:plot:{held.pk}", "reached", by, {"title": current.title, "on": on})
    return current


@transaction.atomic
def conclude(plot: KeyPlot, outcome: str, *, by: User, on: date | None = None) -> KeyPlot:
    """The outcome of a plot. Cleared only once nothing stands inside its boundary any more."""
    bulk.require_written()
    held = _plot(plot, by)
    on = on or timezone.localdate()
    if outcome not in KeyPlot.Outcome.values or not outcome:
        raise StructureProblem(_("Choose the outcome."), "outcome")
    if on > timezone.localdate():
        raise StructureProblem(_("A step cannot be dated in the future."), "on")
    if outcome == KeyPlot.Outcome.DEMOLISHED and not held.boundary:
        raise StructureProblem(_("Draw the boundary first: what stands inside decides."), "outcome")
    standing = len(standing_in(held)) if outcome == KeyPlot.Outcome.DEMOLISHED else 0
    if standing:
        raise StructureProblem(
            _("%(n)d structures of the ledger still stand there.") % {"n": standing}, "outcome"
        )
    held.outcome, held.outcome_on = outcome, on
    held.save(update_fields=["outcome", "outcome_on"])
    _record(f"structures:plot:{held.pk}", "outcome", by, {"outcome": outcome, "on": on})
    return held


def standing_in(plot: KeyPlot) -> list[Structure]:
    """Entries inside the plot's boundary that are not disposed of yet."""
    outline = read_polygon(plot.boundary)
    if outline is None:
        return []
    from shapely.geometry import Point

    rows = Structure.objects.filter(district=plot.district_id, status__in=("pending", "deferred"))
    inside = rows.filter(position__in_box=outline.bounds)
    return [one for one in inside if one.position and outline.covers(Point(one.position))]


def _plot(plot: KeyPlot, by: User) -> KeyPlot:
    held = KeyPlot.objects.select_for_update(of=("self",)).get(pk=plot.pk)
    require(by, MANAGE, district_id=held.district_id)
    if held.outcome:
        raise StructureProblem(_("The plot has its outcome already."), "state")
    return held  # type: ignore[no-any-return]
