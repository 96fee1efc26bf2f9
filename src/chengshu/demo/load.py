"""A first start that shows something: the shipped district, one account for every role, invented objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from chengshu.bureau.models import Certificate, District, RoleAssignment, Unit, User
from chengshu.bureau.roles import roles
from chengshu.bureau.services.people import name_key
from chengshu.bureau.services.reference import load_district
from chengshu.demo import plans
from chengshu.demo.objects import objects, recipe
from chengshu.kernel.jobs import start
from chengshu.kernel.planner import look_again
from chengshu.registry.models import FactRecord, ObjectClass, RegulatedObject
from chengshu.registry.services.classes import load_classes
from chengshu.registry.services.objects import Draft, Provenance, write_many

BATCH = 5_000
LABEL = "演示数据"
OBSERVED_ON = date(2020, 10, 31)
UNCHANGED = timedelta(seconds=5)  # between hashing a password and storing the new account
Report = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Account:
    """A demo account as printed on the terminal."""

    username: str
    password: str
    name: str
    role: str


def accounts() -> list[Account]:
    """The demo accounts that still have the public password; none on a system not loaded with them."""
    if not plans.is_shipped():
        return []
    people = plans.read(settings.DEFAULT_DISTRICT, "people")
    password: str = people["password"]
    # Hashing is slow on purpose: whose password was changed after the account was made is left out unhashed.
    known = list(
        User.objects.filter(
            is_active=True,
            must_change_password=False,
            password_changed_at__lt=F("created_at") + UNCHANGED,
            username__in=[entry["username"] for entry in people["people"]],
        ).values_list("username", "password")
    )
    with ThreadPoolExecutor() as pool:
        right = pool.map(lambda row: check_password(password, row[1]), known)
        open_to_all = {username for (username, _hash), same in zip(known, right, strict=True) if same}
    return [
        Account(entry["username"], password, entry["name"], roles()[next(iter(entry["roles"]))].zh)
        for entry in people["people"]
        if entry["username"] in open_to_all
    ]


def first_start() -> bool:
    """On an empty database: district, units, classes and accounts; the invented objects follow as a job.

    Returns whether there was anything to do: nothing where somebody has an account, where no demo of the
    district comes with the package, or where the bureau has units of its own.

    Two processes that start together do it once (advisory lock).
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('chengshu.first_start'))")
        if not plans.is_shipped() or User.objects.exists() or _has_other_bureau(settings.DEFAULT_DISTRICT):
            return False
        district = load_district(settings.DEFAULT_DISTRICT)
        load_classes(district)
        load_people(district)
        start("demo.objects", LABEL, "demo.objects", url="/registry/", district_id=district.pk)
        return True


def load_objects(
    district: District,
    counts: dict[str, int] | None = None,
    *,
    seed: int = 2020,
    report: Report | None = None,
) -> int:
    """Add the invented objects that are missing, class by class; returns how many were added.

    A second call, or one after a killed process, goes on where the first stopped: batches are committed
    one by one and counted by their source.
    """
    wanted = counts or recipe(district.code)["counts"]
    total, added, seen = sum(wanted.values()), 0, 0
    for code, count in wanted.items():
        object_class = ObjectClass.objects.get(district=district, code=code)
        present = RegulatedObject.objects.filter(
            object_class=object_class, facts__source_ref="demo", facts__source=FactRecord.Source.IMPORT
        ).count()
        seen += min(present, count)
        source = Provenance(FactRecord.Source.IMPORT, OBSERVED_ON, label=LABEL, ref="demo")
        stream = islice(objects(district, code, count, seed), present, None)
        for batch in _batches(stream, BATCH):
            with transaction.atomic():
                write_many(district, object_class, [Draft(values, source) for values in batch], by=None)
            added += len(batch)
            seen += len(batch)
            if report:
                report(seen, total, object_class.label_zh)
    if added:
        look_again(RegulatedObject, FactRecord)
    return added


def _has_other_bureau(code: str) -> bool:
    bureaus = Unit.objects.filter(district__code=code, kind=Unit.Kind.BUREAU)
    return bureaus.exclude(code=plans.read(code, "people")["bureau"]).exists()


def load_people(district: District) -> None:
    """An account for every role of the district's bureau.

    Those of the shipped district have the public password, which every start tells; those of invented ones
    have none until one is set, as nobody would see that they stand open.
    """
    units = {unit.code: unit for unit in Unit.objects.filter(district=district)}
    people = plans.read(district.code, "people")
    bureau = units[plans.unit_code(district.code, people["bureau"])]
    now = timezone.now()
    for entry in people["people"]:
        places = {role: _unit(where, district, bureau, units) for role, where in entry["roles"].items()}
        user = User.objects.create_user(
            plans.account(district.code, entry["username"]),
            None if plans.is_invented(district.code) else people["password"],
            full_name=entry["name"],
            name_key=name_key(entry["name"]),
            phone=entry.get("phone", ""),
            unit=next(iter(places.values())),
        )
        for role, unit in places.items():
            RoleAssignment.objects.create(user=user, role=role, unit=unit, granted_at=now, reason=LABEL)
        if number := entry.get("certificate"):
            number = plans.account(district.code, number)
            Certificate.objects.create(
                user=user, number=number, valid_from=date(2019, 1, 1), valid_to=date(2029, 12, 31)
            )


def _unit(where: str, district: District, bureau: Unit, units: dict[str, Unit]) -> Unit:
    if where == "bureau":
        return bureau
    if where.startswith("squad:"):
        return Unit.objects.get(
            district=district, kind=Unit.Kind.SQUAD, towns__name=where.removeprefix("squad:")
        )
    return units[plans.unit_code(district.code, where)]


def _batches(stream: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(stream, size)):
        yield batch
