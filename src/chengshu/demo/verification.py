"""The re-verification round of the reference year: every shop looked at again, what was lacking entered.

Runs right after the objects. All or nothing: a second call, or one after a killed process, goes on rightly.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from chengshu.bureau.models import District, User
from chengshu.bureau.services.areas import area_index
from chengshu.demo import plans
from chengshu.demo.cast import Cast
from chengshu.demo.objects import objects, recipe
from chengshu.kernel.planner import look_again
from chengshu.registry.models import FactRecord, ObjectClass, RegulatedObject, RoundItem, VerificationRound
from chengshu.registry.services.bulk_rounds import Found, Seen, keep_found, keep_results
from chengshu.registry.services.rounds import MANAGE, close_round, create_round, open_round

LABEL = "商铺核查"
MORNING, WORKING_MINUTES = time(9), 8 * 60
Report = Callable[[int, int, str], None]


def plan_of(code: str) -> dict[str, Any]:
    """What the round of a district's demo consists of."""
    return plans.read(code, "verification")


def load_verification(district: District, *, seed: int = 2020, report: Report | None = None) -> int:
    """Open the round, report every object of its list, enter the new ones, close it; how many were added."""
    plan = plan_of(district.code)
    known = VerificationRound.objects.filter(district=district, name=plan["name"])
    shops = ObjectClass.objects.filter(district=district, code=plan["class"]).first()
    before = RegulatedObject.objects.filter(object_class=shops).count() if shops else 0
    if shops is None or not before or known.exists():
        return 0
    cast, manager = Cast(district), _manager(district)
    opened, closed = (timezone.make_aware(_moment(plan[name])) for name in ("opened", "closed"))
    days = _working_days(*plan["days"])
    with transaction.atomic():
        current = create_round(district, name=plan["name"], classes=[shops], by=manager)
        open_round(current, by=manager, at=opened)
        items = list(current.items.order_by("pk").values_list("object_id", "squad_id"))
        hands = _Hands(cast, manager, days, seed)
        keep_results(
            current, [hands.seen(pk, squad, plan["outcomes"], n) for n, (pk, squad) in enumerate(items)]
        )
        if report:
            report(len(items), len(items), LABEL)
        planned = int(recipe(district.code)["counts"][plan["class"]])
        found = _lacking(district, plan, before, planned, hands, seed)
        keep_found(current, shops, found)
        close_round(current, by=manager, at=closed)
    look_again(RegulatedObject, FactRecord, RoundItem)
    return len(found)


def _lacking(
    district: District, plan: Mapping[str, Any], before: int, planned: int, hands: _Hands, seed: int
) -> list[Found]:
    """What the list lacked: the objects that follow those loaded, in the same proportion at any scale."""
    wanted = int(plan["added"]) * before // planned
    first = max(before, planned)  # those before it may yet be loaded
    stream = islice(objects(district, plan["class"], first + 2 * wanted, seed), first, None)
    index = area_index(district)
    found: list[Found] = []
    for values in stream:
        place = index.place_many([values["position"][0]], [values["position"][1]])[0]
        if len(found) == wanted:
            break
        if place.town is not None:  # a house number may lie across the border
            found.append(hands.found(values, place.squad, len(found)))
    return found


class _Hands:
    """Who of a squad goes where on which day."""

    def __init__(self, cast: Cast, manager: User, days: list[date], seed: int) -> None:
        self.cast, self.manager, self.days = cast, manager, days
        self.rng = random.Random(f"{seed}:{cast.district.code}:verification")  # noqa: S311 - invented data

    def seen(self, object_id: int, squad_id: int | None, shares: Mapping[str, int], n: int) -> Seen:
        """What was found at an object of the list."""
        outcome = self.rng.choices(list(shares), list(shares.values()))[0]
        values = (
            {"responsible_phone": f"199{self.rng.randrange(10**8):08d}"} if outcome == "corrected" else {}
        )
        return Seen(object_id, outcome, self._at(), self._officer(squad_id, n), values)

    def found(self, values: Mapping[str, Any], squad: int | None, n: int) -> Found:
        """An object that was not on the list."""
        photo = self.cast.photos[n % len(self.cast.photos)]
        stated = {name: value for name, value in values.items() if name not in ("verified_on", "credit")}
        return Found(stated, photo, self._at(), self._officer(squad, n))

    def _at(self) -> datetime:
        day = self.rng.choice(self.days)
        moment = datetime.combine(day, MORNING) + timedelta(seconds=60 * self.rng.randrange(WORKING_MINUTES))
        return timezone.make_aware(moment)

    def _officer(self, squad_id: int | None, n: int) -> User:
        """One of the squad; whoever leads the round where no squad of a town has the place."""
        officers = self.cast.officers_of(squad_id or 0) or [self.manager]
        return officers[n % len(officers)]


def _working_days(first: date, last: date) -> list[date]:
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in every if day.weekday() < 5]


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _manager(district: District) -> User:
    people = User.objects.with_roles().filter(unit__district=district, is_active=True).order_by("pk")
    able: list[User] = [one for one in people if one.scope_for(MANAGE).covers(district_id=district.pk)]
    return able[0]
