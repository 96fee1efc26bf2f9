"""Finding objects recorded twice (疑似重复), and settling them: merged, or different for good."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, Town, User
from chengshu.kernel import jobs, ledger
from chengshu.kernel.models import Job
from chengshu.kernel.privacy_masks import mask_text
from chengshu.registry.derive import derived, name_key
from chengshu.registry.matching.candidates import find_matches
from chengshu.registry.matching.references import move_all
from chengshu.registry.matching.score import Match, Record, compare, make_record
from chengshu.registry.models import (
    DuplicatePair,
    FactRecord,
    ObjectClass,
    ObjectIdentifier,
    RegulatedObject,
    RoundItem,
    VerificationRound,
)
from chengshu.registry.services.objects import (
    PLAIN_FIELDS,
    Provenance,
    change_object,
    same_value,
    stored_values,
)
from chengshu.registry.services.values import ATTRIBUTE

MERGE = "registry.merge"
State = DuplicatePair.State
NEAR_DEGREES = 0.006  # some 600 m; further away nearness says nothing
FEW = 200  # up to so many objects are compared with a selection, not with the whole district
COLUMNS = ("id", "object_class_id", "name", "address", "position", "responsible_phone", "uscc")


class DoublesProblem(ValueError):
    """Why a pair cannot be settled that way; one translated sentence."""


@dataclass(frozen=True)
class Found:
    """What a search came to: objects compared, open pairs now, of these new, and pairs no longer proposed."""

    objects: int
    pairs: int
    new: int
    withdrawn: int


# --- finding ------------------------------------------------------------------------------------------
def find_doubles(
    district: District,
    object_class: ObjectClass | None = None,
    *,
    only: Collection[int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Compare the objects of a district (of one class, if given) and keep the likely pairs in the queue.

    `only`: ids of new or changed objects; then just pairs with one of them are looked for. Pairs settled
    before are left alone; open pairs that no longer reach the threshold leave the queue. Only objects of the
    same class are compared. `progress(done, total)` counts pairs.
    """
    records = _load(district, object_class, only)
    settled = set(
        DuplicatePair.objects.filter(district=district)
        .exclude(state=State.OPEN)
        .values_list("first_id", "second_id")
    )
    matches = {
        (min(a.id, b.id), max(a.id, b.id)): match
        for a, b, match in find_matches(records, only=only, skip=settled, progress=progress)
    }
    with transaction.atomic():
        return _keep(district, object_class, only, len(records), matches)


def _load(district: District, object_class: ObjectClass | None, only: Collection[int] | None) -> list[Record]:
    objects = RegulatedObject.objects.live().filter(district=district).order_by("id")
    if object_class is not None:
        objects = objects.filter(object_class=object_class)
    if only is not None and len(only) <= FEW:
        objects = objects.filter(_around(objects.filter(pk__in=only)))
    places = places_of(district)
    return [
        make_record(
            id, class_id, name=name, address=address, position=position, phone=phone, uscc=uscc, places=places
        )
        for id, class_id, name, address, position, phone, uscc in objects.values_list(*COLUMNS).iterator(5000)
    ]


def places_of(district: District) -> frozenset[str]:
    """Names of the district and its towns, as they stand before names and addresses."""
    towns = Town.objects.filter(district=district).values_list("name", flat=True)
    short = district.name.rstrip("区县市")
    return frozenset({district.name, short, *towns} - {""})


def _around(objects: Iterable[RegulatedObject]) -> Q:
    """Objects that can reach the threshold with one of these: near by, or sharing name, phone or USCC."""
    condition = Q(pk__in=[])
    for obj in objects:
        condition |= Q(pk=obj.pk) | Q(name_key=obj.name_key) | _beside(obj.position)
        if obj.responsible_phone:
            condition |= Q(responsible_phone=obj.responsible_phone)
        if obj.uscc:
            condition |= Q(uscc=obj.uscc)
    return condition


def _beside(position: tuple[float, float] | None) -> Q:
    if position is None:
        return Q(position=None)
    lng, lat = position
    box = (lng - NEAR_DEGREES, lat - NEAR_DEGREES, lng + NEAR_DEGREES, lat + NEAR_DEGREES)
    return Q(position__in_box=box)


def _keep(
    district: District,
    object_class: ObjectClass | None,
    only: Collection[int] | None,
    objects: int,
    matches: Mapping[tuple[int, int], Match],
) -> Found:
    """Bring the queue up to date with what was found."""
    _lock_queue(district.pk)
    looked_at = DuplicatePair.objects.filter(district=district, state=State.OPEN)
    if object_class is not None:
        looked_at = looked_at.filter(first__object_class=object_class)
    if only is not None:
        looked_at = looked_at.filter(Q(first__in=list(only)) | Q(second__in=list(only)))
    rows = looked_at.values_list("id", "first_id", "second_id")
    before = {(first, second): pk for pk, first, second in rows}
    gone = [pk for pair, pk in before.items() if pair not in matches]
    DuplicatePair.objects.filter(pk__in=gone, state=State.OPEN).delete()
    DuplicatePair.objects.bulk_create(
        [
            DuplicatePair(
                district=district, first_id=first, second_id=second, score=match.score, reasons=match.reasons
            )
            for (first, second), match in matches.items()
        ],
        update_conflicts=True,
        unique_fields=["first", "second"],
        update_fields=["score", "reasons"],
        batch_size=2000,
    )
    # An object may have been merged while the pairs were being compared
    DuplicatePair.objects.filter(district=district, state=State.OPEN).exclude(
        first__merged_into=None, second__merged_into=None
    ).delete()
    new = sum(pair not in before for pair in matches)
    return Found(objects, len(matches), new, len(gone))


def _lock_queue(district_id: int) -> None:
    """Searches and merges of a district take turns; always taken before any object is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('registry.doubles'), %s)", [district_id])


def start_search(district: District, object_class: ObjectClass | None, *, by: User) -> Job:
    """Have the worker search a district; raises `AlreadyRunning` while a search of it is under way."""
    _require(by, district.pk, None)
    what = object_class.label if object_class else district.name
    title = _("Look for duplicates: %(what)s") % {"what": what}
    return jobs.start(
        "registry.doubles",
        title,
        search_job,
        by=by,
        url="/registry/doubles/",
        key=f"registry.doubles:{district.pk}",
        district_id=district.pk,
        class_id=object_class.pk if object_class else None,
    )


def search_among_stated(
    district: District, object_class: ObjectClass, source_ref: str, *, by: User | None
) -> Job:
    """Have the worker compare what one source has just stated (``import:12``) with the rest of its class."""
    return jobs.start(
        "registry.doubles",
        _("Look for duplicates: %(what)s") % {"what": object_class.label},
        search_job,
        by=by,
        url="/registry/doubles/",
        district_id=district.pk,
        class_id=object_class.pk,
        stated_by=source_ref,
    )


@jobs.job_task("registry.doubles")
def search_job(
    progress: jobs.Progress, *, district_id: int, class_id: int | None, stated_by: str = ""
) -> dict[str, Any]:
    """The search as a job; its result says how many pairs there are now."""
    district = District.objects.get(pk=district_id)
    object_class = ObjectClass.objects.filter(pk=class_id).first() if class_id else None
    progress.say(_("Reading the objects"))
    facts = FactRecord.objects.filter(source_ref=stated_by, object__district=district)
    only = set(facts.values_list("object_id", flat=True)) if stated_by else None
    found = find_doubles(
        district,
        object_class,
        only=only,
        progress=lambda done, total: progress.set(done, total, _("Comparing")),
    )
    return {"objects": found.objects, "pairs": found.pairs, "new": found.new, "withdrawn": found.withdrawn}


def close_doubles(
    district: District, object_class: ObjectClass, values: Mapping[str, Any], *, limit: int = 5
) -> list[tuple[RegulatedObject, Match]]:
    """Objects that something about to be entered may already be, the likeliest first.

    Whose squad they belong to does not matter here, or the same shop would be entered twice; a page names
    only those that the person may see.
    """
    position = values.get("position")
    text = str(values.get("name") or "")
    phone, uscc = str(values.get("responsible_phone") or ""), str(values.get("uscc") or "")
    condition = Q(name_key=name_key(text)) | (_beside(position) if position else Q(pk__in=[]))
    if phone:
        condition |= Q(responsible_phone=phone)
    if uscc:
        condition |= Q(uscc=uscc)
    objects = RegulatedObject.objects.live().filter(condition, district=district, object_class=object_class)
    places = places_of(district)
    address = str(values.get("address") or "")
    wanted = make_record(
        0,
        object_class.pk,
        name=text,
        address=address,
        position=position,
        phone=phone,
        uscc=uscc,
        places=places,
    )
    found = []
    for obj in objects:
        record = make_record(
            obj.pk,
            object_class.pk,
            name=obj.name,
            address=obj.address,
            position=obj.position,
            phone=obj.responsible_phone,
            uscc=obj.uscc,
            places=places,
        )
        match = compare(wanted, record, threshold=0.5)
        if match is not None:
            found.append((obj, match))
    return sorted(found, key=lambda item: -item[1].score)[:limit]


# --- settling -----------------------------------------------------------------------------------------
def merge(
    first: RegulatedObject,
    second: RegulatedObject,
    *,
    survivor: RegulatedObject,
    by: User,
    take: Sequence[str] | None = None,
    note: str = "",
) -> RegulatedObject:
    """Make one object of two; returns the survivor.

    `take`: fields whose value comes from the other object (``name``, ``position``, ``attributes.<key>`` …);
    by default those that are empty in the survivor. The other object keeps its facts and its history and
    points to the survivor; permits, identifiers and whatever `matching.references` knows go over.
    Raises `DoublesProblem` for a pair that is not one, `InvalidValues` if a taken value may not be stored.
    """
    if first.pk == second.pk or survivor.pk not in (first.pk, second.pk):
        raise DoublesProblem(_("Two different objects are needed, and one of them remains."))
    with transaction.atomic():
        _lock_queue(survivor.district_id)
        _hold_rounds(first.pk, second.pk)
        kept, merged = _locked(survivor.pk, second.pk if survivor.pk == first.pk else first.pk)
        _require_pair(by, kept, merged)
        taken = _take_over(kept, merged, take, by)
        moved = move_all(merged.pk, kept.pk)
        _refresh_search(kept)
        pair = _settle_pairs(kept, merged, by, note)
        RegulatedObject.objects.filter(merged_into=merged).update(merged_into=kept)
        RegulatedObject.objects.filter(pk=merged.pk).update(
            merged_into=kept, version=merged.version + 1, updated_at=timezone.now()
        )
        payload = {"merged": merged.pk, "name": merged.name, "taken": taken, "moved": moved, "pair": pair}
        payload["note"] = mask_text(note)
        ledger.append(f"registry.object:{kept.pk}", "merged", payload, actor=by.username)
        gone = {"into": kept.pk, "name": kept.name}
        ledger.append(f"registry.object:{merged.pk}", "merged_into", gone, actor=by.username)
        find_doubles(kept.district, kept.object_class, only=[kept.pk])
    kept.refresh_from_db()
    return kept


def mark_different(pair: DuplicatePair, *, by: User, note: str = "") -> DuplicatePair:
    """Two objects stay two; the pair is never offered again."""
    with transaction.atomic():
        _lock_queue(pair.district_id)
        first, second = _locked(pair.first_id, pair.second_id)
        _require_pair(by, first, second)
        current = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
        if current.state != State.OPEN:
            raise DoublesProblem(_("This pair has been settled already."))
        _decide(current, State.DIFFERENT, by, note)
        for one, other in ((first, second), (second, first)):
            payload = {"other": other.pk, "pair": current.pk, "note": mask_text(note)}
            ledger.append(f"registry.object:{one.pk}", "different_from", payload, actor=by.username)
    return current


def differing_fields(first: RegulatedObject, second: RegulatedObject) -> list[str]:
    """Fields in which two objects differ, plain ones first, then attributes."""
    mine, theirs = stored_values(first), stored_values(second)
    names = [*PLAIN_FIELDS, *sorted({*mine, *theirs} - set(PLAIN_FIELDS))]
    return [name for name in names if not same_value(mine.get(name), theirs.get(name))]


def _locked(one: int, other: int) -> tuple[RegulatedObject, RegulatedObject]:
    """Both objects, locked in the order of their ids so that two merges cannot wait for each other."""
    rows = (
        RegulatedObject.objects.select_for_update(of=("self",))
        .select_related("district", "object_class")
        .filter(pk__in=[one, other])
        .order_by("pk")
    )
    by_id = {row.pk: row for row in rows}
    if len(by_id) != 2:
        raise DoublesProblem(_("One of the two objects no longer exists."))
    return by_id[one], by_id[other]


def _hold_rounds(*objects: int) -> None:
    """Wait for reports on these objects to finish: they lock the round before the object."""
    rounds = RoundItem.objects.filter(object_id__in=objects).values("round_id")
    waiting = VerificationRound.objects.exclude(state=VerificationRound.State.CLOSED).filter(pk__in=rounds)
    list(waiting.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _require(by: User, district_id: int, squad_id: int | None) -> None:
    if not by.scope_for(MERGE).covers(district_id=district_id, squad_id=squad_id):
        raise PermissionDenied(MERGE)


def _require_pair(by: User, first: RegulatedObject, second: RegulatedObject) -> None:
    for obj in (first, second):
        _require(by, obj.district_id, obj.squad_id)
        if obj.merged_into_id is not None:
            raise DoublesProblem(_("“%(name)s” has been merged already.") % {"name": obj.name})
    if first.district_id != second.district_id or first.object_class_id != second.object_class_id:
        raise DoublesProblem(_("Only two objects of the same class and district can be merged."))


def _take_over(
    kept: RegulatedObject, merged: RegulatedObject, take: Sequence[str] | None, by: User
) -> list[str]:
    """Write the chosen values of the merged object to the survivor, with the day their source speaks of."""
    mine, theirs = stored_values(kept), stored_values(merged)
    if take is None:
        empty: tuple[Any, ...] = (None, "", [])
        chosen = [name for name, value in theirs.items() if value not in empty and mine.get(name) in empty]
    else:
        unknown = [name for name in take if name not in PLAIN_FIELDS and not name.startswith(ATTRIBUTE)]
        if unknown:
            raise DoublesProblem(_("There is no field “%(field)s”.") % {"field": unknown[0]})
        chosen = [name for name in dict.fromkeys(take) if not same_value(mine.get(name), theirs.get(name))]
    sources = _sources(merged, chosen)
    today = timezone.localdate()
    groups: dict[tuple[Any, str], dict[str, Any]] = {}
    for name in chosen:
        fact = sources.get(name)
        key = (fact.observed_on, fact.source_label) if fact else (today, "")
        groups.setdefault(key, {})[name] = theirs.get(name)
    for (observed_on, label), values in sorted(groups.items(), key=lambda item: item[0][0]):
        source = FactRecord.Source.MERGE
        provenance = Provenance(source, observed_on, label or merged.name, f"object:{merged.pk}")
        change_object(kept, values, provenance, by, permission=MERGE)
    return chosen


def _sources(obj: RegulatedObject, fields: Sequence[str]) -> dict[str, FactRecord]:
    """The newest fact record that holds each field."""
    found: dict[str, FactRecord] = {}
    if fields:
        for fact in obj.facts.order_by("id"):
            found |= {name: fact for name in fields if name in fact.values}
    return found


def _refresh_search(obj: RegulatedObject) -> None:
    """Identifiers that came over are searched for too."""
    identifiers = ObjectIdentifier.objects.filter(object=obj).values_list("value", flat=True)
    RegulatedObject.objects.filter(pk=obj.pk).update(**derived(stored_values(obj), identifiers))


def _settle_pairs(kept: RegulatedObject, merged: RegulatedObject, by: User, note: str) -> int:
    """Close the pair (made now if it was never proposed) and hand on what is known of the merged object."""
    first, second = sorted((kept, merged), key=lambda obj: obj.pk)
    pair, _new = DuplicatePair.objects.get_or_create(
        first=first, second=second, defaults={"district": kept.district, "score": 0.0, "reasons": []}
    )
    _decide(pair, State.MERGED, by, note)
    others = DuplicatePair.objects.filter(Q(first=merged) | Q(second=merged)).exclude(pk=pair.pk)
    others.filter(state=State.OPEN).delete()
    for known in others.filter(state=State.DIFFERENT):
        third = known.second_id if known.first_id == merged.pk else known.first_id
        ids = sorted((kept.pk, third))
        defaults = {
            "district": kept.district,
            "score": known.score,
            "reasons": known.reasons,
            "state": State.DIFFERENT,
            "decided_by_id": known.decided_by_id,
            "decided_at": known.decided_at,
            "note": known.note,
        }
        carried, new = DuplicatePair.objects.get_or_create(
            first_id=ids[0], second_id=ids[1], defaults=defaults
        )
        if not new and carried.state == State.OPEN and known.decided_by_id:
            DuplicatePair.objects.filter(pk=carried.pk).update(
                **{name: defaults[name] for name in ("state", "decided_by_id", "decided_at", "note")}
            )
    return pair.pk


def _decide(pair: DuplicatePair, state: DuplicatePair.State, by: User, note: str) -> None:
    pair.state, pair.decided_by, pair.decided_at, pair.note = state, by, timezone.now(), note[:300]
    pair.save(update_fields=["state", "decided_by", "decided_at", "note"])
