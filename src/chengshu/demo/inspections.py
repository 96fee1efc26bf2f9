"""The inspections of the reference year, made through the same services that people use.

Every task is announced, drawn and inspected in one transaction with a few others, so that a killed process
goes on where it stopped. Nothing here counts: the figures come from the records. The clock is the year's own.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from io import BytesIO
from itertools import accumulate, count, cycle, groupby, islice
from typing import Any

from django.utils import timezone
from PIL import Image, ImageDraw

from chengshu.bureau.models import District, Town, User
from chengshu.demo import plans
from chengshu.demo.squads import crews
from chengshu.inspections import simulation
from chengshu.inspections.lifecycle import Result, TaskState
from chengshu.inspections.models import (
    AnnualPlan,
    Inspection,
    InspectionItem,
    InspectionOfficer,
    InspectionReport,
    InspectionStep,
    InspectionTask,
    QuarterlyPublication,
)
from chengshu.inspections.services import (
    arranging,
    bulk,
    catalogue,
    drawing,
    inspecting,
    planning,
    publishing,
    teams,
)
from chengshu.inspections.services.inspecting import Answer, Photo, Report
from chengshu.inspections.services.planning import QUARTERS, TaskDraft
from chengshu.kernel.planner import look_again
from chengshu.kernel.workdays import add_period, is_working_day
from chengshu.leads import services
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import LeadAttachment
from chengshu.leads.services.classes import load_classes
from chengshu.leads.services.reporting import Attachment
from chengshu.registry.models import RegulatedObject

Progress = Callable[[int, int, str], None]
LABEL = "双随机检查"
BLOCK = 40  # checks of sites in one transaction
TASKS = 10  # in one transaction
LEAD = timedelta(days=2)  # from the announcement to the draw
SITES = uuid.UUID("5f0d2020-0000-4000-8000-000000000000")


def plan_of(code: str) -> dict[str, Any]:
    """What a district's year of inspections consists of."""
    return plans.read(code, "inspections")


@dataclass(frozen=True)
class Cast:
    """Who plans, approves, draws; officers inspect whatever they are drawn for."""

    planner: User
    approver: User
    drawer: User

    @classmethod
    def of(cls, district: District) -> Cast:
        """The named accounts of the demo with the roles needed."""
        people = User.objects.with_roles().filter(unit__district=district, is_active=True).order_by("pk")
        found = dict.fromkeys(("plan", "approve", "draw"))
        chosen: dict[str, User] = {}
        for permission in found:
            able = [
                person
                for person in people
                if person.scope_for(f"inspections.{permission}").covers(district_id=district.pk)
                and person not in chosen.values()
            ]
            chosen[permission] = able[0]
        return cls(chosen["plan"], chosen["approve"], chosen["draw"])


class Year:
    """One district's year of random inspections, planned from its file."""

    def __init__(self, district: District, *, seed: int = 2020, scale: float = 1.0) -> None:
        self.district = district
        self.words = plan_of(district.code)
        self.year: int = self.words["year"]
        self.scale = scale
        self.seed = seed
        self.cast = Cast.of(district)
        self.officers: dict[int, User] = {}

    def rng(self, *parts: object) -> random.Random:
        """Chance that depends on what it is for only: a second run decides the same."""
        return random.Random(":".join(map(str, (self.seed, self.district.code, *parts))))  # noqa: S311

    @cached_property
    def counts(self) -> list[int]:
        """Tasks of each quarter."""
        return [max(1, round(tasks * self.scale)) for tasks in self.words["tasks"]]

    @cached_property
    def sizes(self) -> list[int]:
        """Objects of each task of the year; they add up to the year's number."""
        tasks, objects = sum(self.counts), round(self.words["objects"] * self.scale)
        small, extra = divmod(objects, tasks)
        sizes = [small + (place < extra) for place in range(tasks)]
        self.rng("sizes").shuffle(sizes)
        return sizes

    @cached_property
    def fates(self) -> dict[int, str]:
        """What is found, by the running number of an inspection in the year; nothing where none stands."""
        objects = sum(self.sizes)
        wanted = [
            fate for fate, n in self.words["problems"].items() for _n in range(max(1, round(n * self.scale)))
        ]
        for name, result in (("no_activity_share", "no_activity"), ("not_reachable_share", "not_reachable")):
            wanted += [result] * round(objects * self.words[name])
        places = self.rng("fates").sample(range(objects), min(objects, len(wanted)))
        return dict(zip(places, wanted, strict=False))

    def drafts(self) -> Iterator[TaskDraft]:
        """The tasks of the year: every item in every town in turn, as long as it has objects left to draw."""
        towns = list(Town.objects.filter(district=self.district).defer("boundary").order_by("code"))
        active = InspectionItem.objects.filter(district=self.district, active=True)
        items = [item for item in active if self._used(item)]
        left = {code: count // 3 for (code, town), count in self._present.items() if town is None}
        turns = cycle(items)
        number = 0
        for quarter, tasks in enumerate(self.counts, 1):
            first, last = (date(self.year, *day) for day in QUARTERS[quarter])
            for place in range(tasks):
                item = next(
                    one for one in islice(turns, len(items)) if self._take(one, self.sizes[number], left)
                )
                town = towns[(number // len(items) + place) % len(towns)]
                classes, within = self._reach(item, town)
                yield TaskDraft(
                    title=f"{town.name}{item.title}抽查",
                    item=item.code,
                    year=self.year,
                    quarter=quarter,
                    rules={**self.words["rules"], "number": self.sizes[number]},
                    object_classes=classes,
                    towns=within,
                    starts_on=first + timedelta(days=place % 20),
                    due_on=last,
                )
                number += 1

    def _take(self, item: InspectionItem, size: int, left: dict[str, int]) -> bool:
        """Whether a third of the item's objects is not used up yet; takes so many of them where it is not."""
        codes = sorted(self._used(item), key=lambda code: -left[code])
        if sum(left[code] for code in codes) < size:
            return False
        for code in codes:
            taken = min(size, left[code])
            left[code] -= taken
            size -= taken
        return True

    @cached_property
    def _present(self) -> dict[tuple[str, int | None], int]:
        rows = RegulatedObject.objects.live().filter(district=self.district, status="operating").order_by()
        table: dict[tuple[str, int | None], int] = {}
        for code, town in rows.values_list("object_class__code", "town_id"):
            table[code, town] = table.get((code, town), 0) + 1
            table[code, None] = table.get((code, None), 0) + 1
        return table

    @cached_property
    def _listed(self) -> set[str]:
        return set(_classes_with_checklist(self.district.pk, self.year))

    def _used(self, item: InspectionItem) -> list[str]:
        """Classes of the item that have objects and a checklist."""
        enough = max(self.sizes) * 2
        return [
            code
            for code in item.object_classes
            if code in self._listed and self._present.get((code, None), 0) > enough
        ]

    def _reach(self, item: InspectionItem, town: Town) -> tuple[list[str], list[int]]:
        """Classes and towns of a task: the town, where it has objects enough for the year; else all towns.

        Each class has objects enough there that no quota takes them all, which could not be announced.
        """
        enough = max(self.sizes) * 2
        there = {code: self._present.get((code, town.pk), 0) for code in self._used(item)}
        classes = [code for code, objects in there.items() if objects > enough]
        if sum(there[code] for code in classes) > 20 * max(self.sizes):
            return classes, [town.pk]
        return self._used(item), []

    # --- one after the other ----------------------------------------------------------------------------
    def plan(self) -> AnnualPlan:
        """The approved plan with its tasks."""
        made = AnnualPlan.objects.filter(district=self.district, year=self.year).first()
        if made is not None and made.state == AnnualPlan.State.APPROVED:
            return made
        with bulk.batch():
            if made is None:
                made = planning.create_plan(
                    self.district, self.year, self.words["rules"], by=self.cast.planner, note="演示数据"
                )
            for draft in self.drafts():
                planning.create_task(self.district, draft, by=self.cast.planner, plan=made)
            effect = simulation.simulate(simulation.population(self.district.pk), simulation.tasks_of(made))
            planning.keep_simulation(made, effect, rules=made.rules)
            return planning.approve_plan(made, by=self.cast.approver)

    def tasks(self, block: Sequence[tuple[InspectionTask, int]]) -> int:
        """Some tasks one after the other, each with the running number of its first inspection."""
        if not block:
            return 0
        with bulk.batch():
            return sum(self.task(task, first) for task, first in block)

    def task(self, task: InspectionTask, first: int) -> int:
        """Announce, draw, inspect and finish one task; the inspections made. ``first``: running number."""
        rng = self.rng(task.number)
        announced = _at(task.starts_on, rng)
        words = {
            "kind": "words",
            "place": self.words["place"],
            "observers": len(self.words["observers"]),
            "due_at": announced + LEAD,
        }
        draw = drawing.commit(task, [words], by=self.cast.drawer, at=announced)
        value = rng.sample(self.words["words"], len(self.words["observers"]))
        drawn_at = announced + LEAD + timedelta(minutes=15)
        made = drawing.perform(draw, [{"value": value}], by=self.cast.drawer, at=drawn_at)
        made = self._withdraw(task, made, drawn_at, rng)
        days = max(1, (task.due_on - timezone.localdate(drawn_at)).days - 16)
        for place, inspection in enumerate(made):
            on = timezone.localdate(drawn_at) + timedelta(days=1 + place * days // len(made))
            self._inspect(inspection, self.fates.get(first + place, ""), _at(on, rng), rng)
        return len(made)

    def _withdraw(
        self, task: InspectionTask, made: list[Inspection], drawn_at: datetime, rng: random.Random
    ) -> list[Inspection]:
        """Now and then a shop turns out to be closed, and the next in line follows."""
        share = self.words["withdrawn"] / max(1, sum(self.counts))
        if rng.random() >= share:
            return made
        at = drawn_at + timedelta(hours=20)
        follower = drawing.withdraw(made[0], "closed", by=self.cast.drawer, note="演示：已停业", at=at)
        return [*made[1:], *([follower] if follower else [])]

    def _inspect(self, inspection: Inspection, fate: str, at: datetime, rng: random.Random) -> None:
        by = self._officer(teams.own_officers(inspection)[0])
        inspection = inspecting.start(inspection, by=by, at=at)
        checklist = inspection.checklist
        entries = checklist.entries if checklist else []
        problem = rng.choice(entries)["code"] if fate in ("corrected", "ordered", "handed_over") else ""
        done = at + timedelta(minutes=rng.randint(15, 50))
        stated = _report(fate, problem, entries, done, rng, inspection)
        photos = [Photo(_picture("现场照片"), "现场照片.jpg", problem, done)] if problem else []
        inspecting.report(inspection, stated, by=by, photos=photos, at=done)
        if fate == "ordered":
            later = done + timedelta(days=7)
            inspecting.recheck(inspection, complied=True, by=by, note="已整改", at=later)
        elif fate == "handed_over":
            self._settle(inspection, done)

    def _settle(self, inspection: Inspection, at: datetime) -> None:
        """The lead that was handed over goes through the loop to its end."""
        lead = inspection.lead
        if lead is None:
            return
        hours = (at + timedelta(hours=n) for n in count(2, 3))
        if lead.stage == Stage.REGISTERED and lead.squad is not None:
            services.dispatch(lead, lead.squad, by=None, at=next(hours))
        if lead.stage != Stage.DISPATCHED:
            return
        officer = User.objects.with_roles().filter(unit=lead.squad, username__endswith="-1").first()
        services.accept(lead, by=officer, at=next(hours))
        for number in range(1, 1 + max(1, lead.lead_class.photos_closing)):
            name = "整改后照片" if number == 1 else f"整改后照片{number}"
            photo = Attachment(_picture(name), f"{name}.jpg", LeadAttachment.Moment.CLOSING)
            services.add_attachment(lead, photo, by=officer)
        services.handle(lead, Outcome.ADVISED, by=officer, note="已督促整改到位", at=next(hours))
        services.verify(lead, by=None, note="核查属实", at=next(hours))
        services.close(lead, by=None, at=next(hours))

    def _officer(self, user_id: int) -> User:
        if user_id not in self.officers:
            self.officers[user_id] = User.objects.with_roles().get(pk=user_id)
        return self.officers[user_id]

    def publish(self, quarter: int) -> None:
        """The quarter's publication, on a working day soon after its end."""
        known = QuarterlyPublication.objects.filter(district=self.district, year=self.year, quarter=quarter)
        if known.exists():
            return
        end = date(self.year, *QUARTERS[quarter][1])
        at = timezone.make_aware(datetime.combine(add_period(end, 5, "working_day"), time(10)))
        with bulk.batch():
            publishing.publish_quarter(self.district, self.year, quarter, by=self.cast.planner, at=at)

    def sites(self, report: Progress) -> int:
        """Checks of construction sites outside the draw."""
        words = self.words["sites"]
        wanted = round(words["n"] * self.scale)
        rows = RegulatedObject.objects.live().filter(
            district=self.district, object_class__code=words["class"]
        )
        squads = {crew.squad.pk: [officer.id for officer in crew.officers] for crew in crews(self.district)}
        sites = list(rows.filter(squad__in=squads).select_related("object_class").order_by("pk"))
        if not sites or words["class"] not in _classes_with_checklist(self.district.pk, self.year):
            return 0
        present = Inspection.objects.filter(district=self.district, kind=words["kind"], task=None).count()
        people = {one.username: one for one in User.objects.with_roles().filter(unit__in=squads)}
        for start in range(present, wanted, BLOCK):
            with bulk.batch():
                for number in range(start, min(start + BLOCK, wanted)):
                    target = sites[number % len(sites)]
                    self._site(number, wanted, target, [people[one] for one in squads[target.squad_id or 0]])
            report(min(start + BLOCK, wanted), wanted, LABEL)
        return int(wanted - present)

    def _site(self, number: int, wanted: int, target: RegulatedObject, squad: list[User]) -> None:
        """One check of a site by two of its squad."""
        rng, words = self.rng("site", number), self.words["sites"]
        on = date(self.year, 1, 2) + timedelta(days=number * 360 // wanted)
        pair = rng.sample(squad, 2)
        inspection = arranging.arrange(
            target,
            words["kind"],
            pair,
            by=pair[0],
            reason=words["reason"],
            starts_on=on,
            due_on=on + timedelta(days=3),
            client_id=uuid.uuid5(SITES, f"{self.district.code}-{number}"),
        )
        fate = "corrected" if rng.random() < words["problem_share"] else ""
        self._inspect(inspection, fate, _at(on, rng), rng)


def load_inspections(
    district: District, *, seed: int = 2020, scale: float = 1.0, report: Progress | None = None
) -> int:
    """The year's random inspections and site checks; how many inspections were added."""
    tell = report or (lambda _done, _total, _label: None)
    load_classes(district)
    catalogue.load_catalogue(district)
    crews(district)
    year = Year(district, seed=seed, scale=scale)
    plan = year.plan()
    tasks: Sequence[InspectionTask] = list(
        plan.tasks.select_related("item").order_by("year", "quarter", "pk")
    )
    starts = dict(zip(tasks, accumulate(year.sizes, initial=0), strict=False))
    added, done = 0, 0
    for quarter, group in groupby(tasks, key=lambda task: task.quarter):
        of_quarter = list(group)
        for place in range(0, len(of_quarter), TASKS):
            block = of_quarter[place : place + TASKS]
            added += year.tasks([(task, starts[task]) for task in block if task.state == TaskState.PLANNED])
            done += len(block)
            tell(done, len(tasks), LABEL)
        year.publish(quarter)
        look_again(Inspection, InspectionOfficer, InspectionStep, InspectionReport)
    return added + year.sites(tell)


def _classes_with_checklist(district_id: int, year: int) -> list[str]:
    from chengshu.inspections.models import Checklist

    rows = Checklist.objects.filter(district=district_id, valid_from__lte=date(year, 1, 1))
    return list(rows.values_list("object_class", flat=True).distinct())


def _report(
    fate: str,
    problem: str,
    entries: Sequence[dict[str, Any]],
    at: datetime,
    rng: random.Random,
    inspection: Inspection,
) -> Report:
    result = {
        "corrected": Result.ORDERED,
        "ordered": Result.ORDERED,
        "handed_over": Result.PENDING,
        "no_activity": Result.NO_ACTIVITY,
        "not_reachable": Result.NOT_REACHABLE,
    }.get(fate, Result.NOTHING_FOUND)
    answers = [
        Answer(
            entry["code"],
            "yes" if entry["code"] == problem else "no",
            "演示记录" if entry["code"] == problem else "",
        )
        for entry in entries
    ]
    absent = fate in ("no_activity", "not_reachable")
    signed = not absent and rng.random() < 0.93
    return Report(
        result=result,
        answers=answers,
        client_id=uuid.UUID(int=rng.getrandbits(128), version=4),
        corrected=fate == "corrected",
        rectify_by=timezone.localdate(at) + timedelta(days=7) if fate == "ordered" else None,
        position=inspection.object.position,
        party_name="演示当事人" if signed else "",
        signing="signed" if signed else "absent" if absent else "refused",
        signature=_picture("演示签名") if signed else None,
        signature_name="签名.jpg",
        unsigned_because="" if signed else "现场无人" if absent else "当事人拒签，在场人见证",
    )


def _at(day: date, rng: random.Random) -> datetime:
    """Some time of a working day, the day itself or the next one that is."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time(9 + rng.randint(0, 6), rng.randint(0, 59))))


@cache
def _bytes(text: str) -> bytes:
    """A picture that says what it stands for."""
    image = Image.new("RGB", (320, 120), "white")
    ImageDraw.Draw(image).line([(20, 80), (90, 40), (150, 85), (300, 50)], fill="black", width=4)
    content = BytesIO()
    image.save(content, "JPEG", quality=70, comment=text.encode())
    return content.getvalue()


def _picture(text: str) -> BytesIO:
    return BytesIO(_bytes(text))
