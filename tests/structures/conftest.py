"""A town with officers, leaders and structures at every point of their way."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from chengshu.bureau.models import District, Unit, User
from chengshu.registry import neighbourhood
from chengshu.registry.neighbourhood import Observation
from chengshu.structures.models import Proposal, Structure
from chengshu.structures.services import disposing, entering, recording
from chengshu.structures.services.disposing import Offer
from chengshu.structures.services.entering import NewEntry
from chengshu.structures.services.recording import Photo
from tests import factories

LNG, LAT = factories.IN_CHANGSHOU
_shade = iter(range(1, 10_000_000))


def square(lng: float = LNG, lat: float = LAT, degrees: float = 0.0001) -> dict[str, Any]:
    """A square outline around a spot."""
    h = degrees / 2
    ring = [
        [lng - h, lat - h],
        [lng + h, lat - h],
        [lng + h, lat + h],
        [lng - h, lat + h],
        [lng - h, lat - h],
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def picture() -> io.BytesIO:
    """A small photo, no two alike."""
    n, content = next(_shade), io.BytesIO()
    Image.new("RGB", (8, 8), (n % 256, n // 256 % 256, n // 65536 % 256)).save(content, "PNG")
    content.seek(0)
    return content


@dataclass
class Ledger:
    """One district's ledger, and short ways through it."""

    district: District
    squad: Unit
    officer: User
    leader: User
    chief: User
    clerk: User
    supervisor: User

    def entry(self, **stated: Any) -> Structure:
        """A structure found ten days ago."""
        values = {
            "address": "长寿路88号屋顶", "types": ["rooftop"], "built": "stock", "position": (LNG, LAT),
            "found_at": timezone.now() - timedelta(days=10), **stated,
        }  # fmt: skip
        return entering.enter(NewEntry(**values), district=self.district, by=self.officer)

    def again(self, structure: Structure) -> Structure:
        """The entry as it stands in the database."""
        return Structure.objects.get(pk=structure.pk)

    def found_illegal(self, structure: Structure, at: datetime | None = None) -> Structure:
        """The finding that it is illegal."""
        recording.find(structure, "illegal", by=self.officer, number="沪普城管认字1号", at=at)
        return self.again(structure)

    def step(self, structure: Structure, code: str, days_ago: float = 0, **more: Any) -> None:
        """A statutory step some days ago."""
        at = timezone.now() - timedelta(days=days_ago)
        recording.take_step(structure, code, by=self.officer, at=at, **more)

    def measured(self, structure: Structure, area: str = "36.50", at: datetime | None = None) -> None:
        """Measured on site."""
        recording.survey(structure, Decimal(area), "tape", by=self.officer, at=at)

    def photo(
        self,
        structure: Structure,
        moment: str,
        position: tuple[float, float] | None = (LNG, LAT),
        **more: Any,
    ) -> None:
        """A photo of before or after."""
        shot = Photo(picture(), f"{moment}.png", moment, position=position, **more)
        recording.add_photos(structure, [shot], by=self.officer)

    def demolished(self, structure: Structure | None = None, area: str = "36.50", **stated: Any) -> Structure:
        """Measured, photographed, demolished by its owner, photographed again."""
        structure = structure or self.entry(**stated)
        self.measured(structure, area)
        self.photo(structure, "before")
        disposing.demolish(structure, "voluntary", by=self.officer)
        self.photo(structure, "after")
        return self.again(structure)

    def offer(self, structure: Structure, kind: str, **more: Any) -> Proposal:
        """A disposal proposed by the officer."""
        return disposing.propose(structure, Offer(kind, "按规定处置", **more), by=self.officer)

    def disposed(self, structure: Structure, kind: str, **more: Any) -> Structure:
        """A disposal proposed by the officer and approved by the leader."""
        return disposing.approve(self.offer(structure, kind, **more), by=self.leader)

    def written_off(self, **stated: Any) -> Structure:
        """A structure at the end of its way."""
        return self.disposed(self.demolished(**stated), "write_off")


@pytest.fixture
def ledger(db: None) -> Ledger:
    """The shipped district, one squad's officer and leader, and the people of the bureau."""
    district = factories.make_district()
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    return Ledger(
        district=district,
        squad=squad,
        officer=factories.make_user("officer", squad),
        leader=factories.make_user("squad_leader", squad),
        chief=factories.make_user("bureau_leader"),
        clerk=factories.make_user("registry_clerk"),
        supervisor=factories.make_user("supervisor"),
    )


@pytest.fixture
def flights() -> Iterator[list[Observation]]:
    """Comparisons of flights over every place; the test fills the list."""
    seen: list[Observation] = []
    before = dict(neighbourhood._seers)
    neighbourhood.register_seen("test", lambda _district, _place, since: [
        one for one in seen if since is None or one.after >= since
    ])  # fmt: skip
    yield seen
    neighbourhood._seers.clear()
    neighbourhood._seers.update(before)


def flight(after: date, removed: float | None = 0.98) -> Observation:
    """A comparison that ends on a day."""
    return Observation("f1", after - timedelta(days=30), after, "高度降至地面", removed_share=removed)
