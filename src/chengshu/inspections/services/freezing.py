"""The lists of a draw, frozen: which objects and officers are candidates, in which stratum, with which bars.

One pass over the objects, sets for everything that leaves one out; no query per candidate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import Town
from chengshu.inspections import drawing_rules, joining
from chengshu.inspections.drawing_rules import Rules
from chengshu.inspections.lifecycle import Kind, State
from chengshu.inspections.models import (
    Inspection,
    InspectionOfficer,
    InspectionTask,
    PartnerOfficer,
)
from chengshu.kernel import draw
from chengshu.leads.models import Lead
from chengshu.registry.models import ObjectClass, RegulatedObject

from . import bulk, people

COMPLAINTS = ("hotline", "petition", "public")
"""Sources of leads that are complaints."""
OWN = "g0"


@dataclass(frozen=True)
class Person:
    """A candidate for the team: an account, or an officer of another department."""

    identity: str
    certificate: str
    group: str
    squad: str
    user_id: int | None = None
    partner_id: int | None = None
    not_towns: frozenset[int] = frozenset()
    not_objects: frozenset[int] = frozenset()


@dataclass
class Frozen:
    """What is announced, and what stays secret beside it."""

    candidates: list[list[Any]]
    officers: list[list[Any]]
    strata: list[dict[str, Any]]
    team: list[dict[str, Any]]
    object_ids: bytes
    people: dict[str, dict[str, Any]]
    whole: list[str]
    """Parts of which every object would be drawn without the rules saying so."""
    eligible: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Counted:
    """The candidates before anything is salted: for the preview and for the freeze alike."""

    rows: list[tuple[int, tuple[str, ...], bool, int | None]]
    """Object, stratum, eligible, town."""
    eligible: dict[tuple[str, ...], int]
    quotas: dict[tuple[str, ...], int]
    left_out: Counter[str]
    classes: dict[str, str]
    """The names of the classes of objects."""
    whole: tuple[tuple[str, ...], ...] = ()
    """Strata whose eligible objects would all be drawn although the rules do not say so."""


def object_identity(district_code: str, object_id: int) -> str:
    """How an object is named inside its key: stands on the paper that the object is given."""
    return f"{district_code}/object/{object_id:09d}"


def officer_identity(district_code: str, certificate: str) -> str:
    """How an officer is named inside the key."""
    return f"{district_code}/officer/{certificate}"


def count(task: InspectionTask, on: date | None = None) -> Counted:
    """Which objects are candidates on a day, and how many are drawn of each stratum."""
    rules = drawing_rules.read(task.rules)
    on = on or timezone.localdate()
    classes = {
        row.pk: row
        for row in ObjectClass.objects.filter(district=task.district_id, code__in=task.object_classes)
    }
    objects = RegulatedObject.objects.live().filter(
        district=task.district_id, object_class__in=classes, status=RegulatedObject.Status.OPERATING
    )
    towns = [town.pk for town in task.towns.all()]
    if towns:
        objects = objects.filter(town__in=towns)
    bars = _bars(task, rules, on)
    names = bulk.once(("towns", task.district_id), lambda: _names_of_towns(task.district_id))
    rows: list[tuple[int, tuple[str, ...], bool, int | None]] = []
    eligible: Counter[tuple[str, ...]] = Counter()
    left_out: Counter[str] = Counter()
    columns = objects.order_by().values_list("pk", "object_class_id", "town_id", "credit")
    for pk, class_id, town_id, credit in columns:
        parts = {"class": classes[class_id].code, "town": names.get(town_id, ""), "credit": credit}
        stratum = tuple(parts[division] for division in rules.strata)
        why = next((reason for reason, ids in bars if (pk in ids) is not (reason == "no_complaint")), "")
        if why:
            left_out[why] += 1
        else:
            eligible[stratum] += 1
        rows.append((pk, stratum, not why, town_id))
    parts_of = joining.join(rules, eligible, drawing_rules.quotas(rules, eligible))
    rows = [(pk, parts_of.of(stratum), free, town_id) for pk, stratum, free, town_id in rows]
    labels = {row.code: row.label_zh for row in classes.values()}
    return Counted(rows, parts_of.eligible, parts_of.quotas, left_out, labels, parts_of.whole)


def _names_of_towns(district_id: int) -> dict[int, str]:
    return dict(Town.objects.filter(district=district_id).values_list("pk", "name"))


def freeze(task: InspectionTask, list_salt: bytes, on: date | None = None) -> Frozen:
    """Salt and sort the candidates of a task, objects and officers."""
    rules = drawing_rules.read(task.rules)
    counted = count(task, on)
    code = task.district.code
    strata = sorted({row[1] for row in counted.rows})
    codes = {stratum: f"s{n}" for n, stratum in enumerate(strata, 1)}
    towns = sorted({row[3] or 0 for row in counted.rows})
    areas = {town: f"a{n}" for n, town in enumerate(towns, 1)}
    keyed = []
    keys: dict[int, str] = {}
    for pk, stratum, eligible, town_id in counted.rows:
        key = _key(list_salt, object_identity(code, pk))
        keyed.append((key, codes[stratum], int(eligible), areas[town_id or 0], pk))
        keys[pk] = key
    keyed.sort()
    officers, known = [], {}
    for person in candidates_for_teams(task, rules):
        key = _key(list_salt, person.identity)
        not_areas = sorted(areas[town] for town in person.not_towns if town in areas)
        not_objects = sorted(keys[pk] for pk in person.not_objects if pk in keys)
        officers.append([key, person.group, person.squad, 1, not_areas, not_objects])
        known[key] = {"user": person.user_id, "partner": person.partner_id, "certificate": person.certificate}
    officers.sort()
    return Frozen(
        candidates=[list(row[:4]) for row in keyed],
        officers=officers,
        strata=[
            {
                "code": codes[stratum],
                "label": stratum_label(stratum, rules, counted.classes),
                "quota": counted.quotas.get(stratum, 0),
            }
            for stratum in strata
        ],
        team=_team(rules, task),
        object_ids=np.array([row[4] for row in keyed], dtype="<i8").tobytes(),
        people=known,
        whole=[stratum_label(stratum, rules, counted.classes) for stratum in counted.whole],
        eligible=sum(counted.eligible.values()),
        left_out=counted.left_out,
    )


def _key(list_salt: bytes, identity: str) -> str:
    return draw.key_for(draw.salt_for(list_salt, identity), identity)


def stratum_label(stratum: tuple[str, ...], rules: Rules, classes: Mapping[str, str]) -> str:
    """A stratum as the public reads it: 沿街商铺·长寿路街道·C. ``classes``: their names."""
    words = []
    for division, part in zip(rules.strata, stratum, strict=True):
        if division == "class":
            words.append(classes.get(part, part))
        elif division == "town":
            words.append(part or _("no street or town"))
        else:
            words.append(joining.credit_words(part))
    return "·".join(words) or _("All objects")


def _team(rules: Rules, task: InspectionTask) -> list[dict[str, Any]]:
    team = [
        {"group": OWN, "label": _("The bureau"), "officers": rules.officers, "same_squad": rules.same_squad}
    ]
    for place, partner in enumerate(rules.partners, 1):
        names = PartnerOfficer.objects.filter(department=partner.department)
        name = names.values_list("department__name", flat=True).first() or ""
        team.append({"group": f"g{place}", "label": name, "officers": partner.officers, "same_squad": False})
    return team


def _bars(task: InspectionTask, rules: Rules, on: date) -> list[tuple[str, set[int]]]:
    """What leaves an object out: (reason, objects), in the order in which reasons are counted."""
    drawn = Inspection.objects.filter(district=task.district_id, kind=Kind.RANDOM).exclude(
        state=State.WITHDRAWN
    )
    bars: list[tuple[str, set[int]]] = []
    # an object that another live task holds already is not announced twice
    bars.append(("drawn_now", set(drawn.filter(done_at=None).values_list("object_id", flat=True))))
    if rules.per_year:
        times = Counter(drawn.filter(task__year=task.year).values_list("object_id", flat=True))
        bars.append(("per_year", {pk for pk, n in times.items() if n >= rules.per_year}))
    if rules.recent_days:
        since = on - timedelta(days=rules.recent_days)
        recent = drawn.filter(done_at__date__gte=since).values_list("object_id", flat=True)
        bars.append(("recent", set(recent)))
    if rules.complaints != "ignore":
        complaints = Lead.objects.filter(
            district=task.district_id, source__in=COMPLAINTS, object__isnull=False, closed_at=None
        )
        ids = set(complaints.values_list("object_id", flat=True))
        bars.append(("complaint" if rules.complaints == "exclude" else "no_complaint", ids))
    return bars


def candidates_for_teams(task: InspectionTask, rules: Rules) -> list[Person]:
    """Officers who may be drawn: in service, with a certificate valid throughout the task."""
    found = list(_own(task, rules))
    for place, partner in enumerate(rules.partners, 1):
        valid = PartnerOfficer.objects.filter(
            department=partner.department,
            department__district=task.district_id,
            active=True,
            valid_to__gte=task.due_on,
        )
        found += [
            Person(
                identity=f"{task.district.code}/partner/{officer.department_id}/{officer.certificate}",
                certificate=officer.certificate,
                group=f"g{place}",
                squad=f"d{officer.department_id}",
                partner_id=officer.pk,
            )
            for officer in valid
        ]
    return found


def _own(task: InspectionTask, rules: Rules) -> Iterable[Person]:
    squads = {squad.pk for squad in task.squads.all()}
    numbers = people.certified(task.district_id, since=task.starts_on, until=task.due_on)
    not_towns, not_objects = _interests(task)
    if rules.rotate:
        for user_id, object_id in _came_last(task):
            not_objects.setdefault(user_id, set()).add(object_id)
    for user_id, unit_id in people.officers(task.district_id):
        number = numbers.get(user_id)
        if number is None or (squads and unit_id not in squads):
            continue
        yield Person(
            identity=officer_identity(task.district.code, number),
            certificate=number,
            group=OWN,
            squad=f"q{unit_id}",
            user_id=user_id,
            not_towns=frozenset(not_towns.get(user_id, ())),
            not_objects=frozenset(not_objects.get(user_id, ())),
        )


def _interests(task: InspectionTask) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    towns: dict[int, set[int]] = {}
    objects: dict[int, set[int]] = {}
    for officer_id, object_id, town_id in people.interests(task.district_id):
        if object_id is not None:
            objects.setdefault(officer_id, set()).add(object_id)
        if town_id is not None:
            towns.setdefault(officer_id, set()).add(town_id)
    return towns, objects


def _came_last(task: InspectionTask) -> Iterable[tuple[int, int]]:
    """(officer, object) of the last inspection of every object of the task's classes."""
    last = (
        Inspection.objects.filter(
            district=task.district_id, object_class__in=task.object_classes, done_at__isnull=False
        )
        .order_by("object_id", "-done_at")
        .distinct("object_id")
        .values("pk")
    )
    team = InspectionOfficer.objects.filter(Q(inspection__in=last), replaced_at=None, user__isnull=False)
    return team.values_list("user_id", "inspection__object_id")
