"""A district with shops, officers and the people who plan, draw, inspect and publish."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from chengshu.bureau.models import Certificate, District, Unit, User
from chengshu.inspections.models import AnnualPlan, Draw, Inspection, InspectionTask
from chengshu.inspections.services import catalogue, drawing, inspecting, planning
from chengshu.inspections.services.inspecting import Answer, Photo, Report
from chengshu.inspections.services.planning import TaskDraft
from chengshu.leads.services.classes import load_classes
from chengshu.registry.models import RegulatedObject
from tests import factories

WORDS = ("春风", "梧桐", "苏州河")
FIVE_OF_ALL = {"number": 5, "strata": ["class"], "recent_days": 0}


def picture(colour: str = "red") -> io.BytesIO:
    """A small photo."""
    content = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(content, "PNG")
    content.seek(0)
    return content


@dataclass
class Checks:
    """One district's random inspections, and short ways through them."""

    district: District
    squads: list[Unit]
    clerk: User
    leader: User
    supervisor: User
    squad_leader: User
    officers: list[User]
    shops: list[RegulatedObject] = field(default_factory=list)

    def officer(self, squad: Unit, **fields: Any) -> User:
        """One more officer with a certificate."""
        made = factories.make_user("officer", squad, **fields)
        Certificate.objects.create(
            user=made, number=f"3107{made.pk:06d}", valid_from=date(2019, 1, 1), valid_to=date(2039, 12, 31)
        )
        return made

    def plan(self, rules: dict[str, Any] | None = None, year: int | None = None) -> AnnualPlan:
        """A draft of this year's plan."""
        return planning.create_plan(
            self.district, year or timezone.localdate().year, rules or FIVE_OF_ALL, by=self.clerk
        )

    def task(self, rules: dict[str, Any] | None = None, **stated: Any) -> InspectionTask:
        """A task of this quarter without a plan."""
        today = timezone.localdate()
        values = {
            "title": "沿街商铺抽查",
            "item": "SHOP-01",
            "year": today.year,
            "quarter": (today.month + 2) // 3,
            "rules": rules or FIVE_OF_ALL,
            "object_classes": ["shop"],
            "starts_on": today - timedelta(days=5),
            "due_on": today + timedelta(days=30),
            **stated,
        }
        return planning.create_task(self.district, TaskDraft(**values), by=self.clerk)

    def commit(self, task: InspectionTask, at: datetime | None = None, **more: Any) -> Draw:
        """Announce the draw with the words of three observers, due a minute later."""
        at = at or timezone.now() - timedelta(hours=2)
        words = {"kind": "words", "place": "区政务大厅", "observers": 3, "due_at": at + timedelta(minutes=1)}
        return drawing.commit(task, [words], by=self.supervisor, at=at, **more)

    def drawn(self, task: InspectionTask | None = None, at: datetime | None = None) -> list[Inspection]:
        """A task announced and drawn an hour ago."""
        draw = self.commit(task or self.task(), at and at - timedelta(hours=1))
        at = at or timezone.now() - timedelta(hours=1)
        return drawing.perform(draw, [{"value": list(WORDS)}], by=self.supervisor, at=at)

    def member(self, inspection: Inspection) -> User:
        """An officer of its team."""
        user = inspection.team.filter(replaced_at=None, user__isnull=False).order_by("id")[0].user
        return User.objects.with_roles().get(pk=user.pk)

    def reported(
        self, inspection: Inspection, result: int = 1, problems: Sequence[str] = (), **stated: Any
    ) -> Inspection:
        """The result reported by one of the team, with a photo of every problem."""
        by = self.member(inspection)
        checklist = inspection.checklist or inspecting.checklist_on(inspection, timezone.localdate())
        answers = [
            Answer(entry["code"], "yes" if entry["code"] in problems else "no") for entry in checklist.entries
        ]
        values = {
            "result": result,
            "answers": answers,
            "signing": "refused",
            "unsigned_because": "负责人不在，店员拒签，居委会见证",
            **stated,
        }
        photos = [Photo(picture(), f"{code}.png", code) for code in problems]
        at = values.pop("at", None)
        return inspecting.report(inspection, Report(**values), by=by, photos=photos, at=at)


@pytest.fixture
def checks(db: None) -> Checks:
    """The shipped district with twenty shops and four officers in each of two squads."""
    district = factories.make_district()
    load_classes(district)
    catalogue.load_catalogue(district)
    squads = [factories.unit(district, Unit.Kind.SQUAD, town) for town in ("长寿路街道", "桃浦镇")]
    made = Checks(
        district=district,
        squads=squads,
        clerk=factories.make_user("registry_clerk"),
        leader=factories.make_user("bureau_leader"),
        supervisor=factories.make_user("supervisor"),
        squad_leader=factories.make_user("squad_leader", squads[0]),
        officers=[],
    )
    made.officers = [made.officer(squad) for squad in squads for _n in range(4)]
    places = [factories.IN_CHANGSHOU, factories.IN_TAOPU]
    made.shops = [factories.make_object(district, position=places[n % 2]) for n in range(20)]
    return made
