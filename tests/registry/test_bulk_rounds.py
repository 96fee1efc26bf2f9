"""A round of the past written at once says the same as one reported object by object."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from PIL import Image

from chengshu.bureau.models import District, User
from chengshu.kernel import files, ledger
from chengshu.kernel.models import StoredFile
from chengshu.registry.models import FactRecord, ObjectClass, RegulatedObject, RoundItem, RoundResult
from chengshu.registry.services.bulk_rounds import Found, Seen, keep_found, keep_results
from chengshu.registry.services.classes import load_classes
from chengshu.registry.services.objects import Draft, Provenance, mark_many, write_many
from chengshu.registry.services.round_reports import report
from chengshu.registry.services.rounds import RoundProblem, chain, close_round, create_round, open_round
from tests import factories

pytestmark = pytest.mark.django_db
OPENED = datetime(2020, 11, 2, 8, 30, tzinfo=timezone.get_default_timezone())
LATER = OPENED + timedelta(days=3)
LNG, LAT = factories.IN_CHANGSHOU


class Round:
    """An open round over the shops of a district."""

    def __init__(self, shops: int = 4) -> None:
        self.district: District = factories.make_district()
        self.shop: ObjectClass = next(one for one in load_classes(self.district) if one.code == "shop")
        source = Provenance(FactRecord.Source.IMPORT, OPENED.date() - timedelta(days=90))
        drafts = [
            Draft({"name": f"店{n}", "position": (LNG, LAT), "responsible_phone": "021-1"}, source)
            for n in range(shops)
        ]
        self.shops = write_many(self.district, self.shop, drafts, by=None).created
        self.manager: User = factories.make_user("registry_clerk")
        squad = RegulatedObject.objects.get(pk=self.shops[0]).squad
        self.officer: User = factories.make_user("officer", squad)
        self.round = create_round(self.district, name="核查", classes=[self.shop], by=self.manager)
        open_round(self.round, by=self.manager, at=OPENED)

    def seen(self, n: int, outcome: str, **values: Any) -> Seen:
        return Seen(self.shops[n], outcome, LATER, self.officer, values)

    def state(self, n: int) -> tuple[Any, ...]:
        one = RegulatedObject.objects.get(pk=self.shops[n])
        fact = one.facts.latest("pk")
        item = RoundItem.objects.get(object=one)
        result = item.results.get()
        return (
            one.status, one.verified_on, one.responsible_phone, one.version, one.search_text,
            fact.source, fact.values, fact.observed_on, fact.source_ref, fact.recorded_by,
            item.outcome, item.done_at, item.done_by, result.outcome, result.values, result.at, result.by,
        )  # fmt: skip


def photo() -> StoredFile:
    content = BytesIO()
    Image.new("RGB", (8, 8)).save(content, "JPEG")
    content.seek(0)
    return files.store(content, name="a.jpg", kind="photo")


@pytest.mark.parametrize(
    ("outcome", "values"),
    [
        ("unchanged", {}),
        ("closed", {}),
        ("not_found", {}),
        ("corrected", {"responsible_phone": "021-2"}),
    ],
)
def test_one_of_many_reads_as_one_reported_alone(outcome: str, values: dict[str, Any]) -> None:
    here = Round(2)
    keep_results(here.round, [here.seen(0, outcome, **values)])
    alone = RoundItem.objects.get(object=here.shops[1])
    report(alone, outcome=outcome, client_id=uuid.uuid4(), by=here.officer, at=LATER, values=values)
    together, single = here.state(0), here.state(1)
    assert [a for a in together if "店" not in str(a)] == [a for a in single if "店" not in str(a)]


def test_what_the_list_lacked_is_entered_and_the_round_counts_it() -> None:
    here = Round(2)
    keep_results(here.round, [here.seen(0, "unchanged"), here.seen(1, "closed")])
    new = {"name": "新店", "position": (LNG, LAT)}
    [made] = keep_found(here.round, here.shop, [Found(new, photo(), LATER, here.officer)])
    entered = RegulatedObject.objects.get(pk=made)
    assert (entered.name, entered.verified_on) == ("新店", timezone.localdate(LATER))
    figures = close_round(here.round, by=here.manager, at=LATER + timedelta(days=30))
    assert (figures["checked"], figures["added"], figures["open"]) == (2, 1, 0)
    assert ledger.verify_chain(chain(here.round.pk)).ok
    assert RoundResult.objects.filter(photo__isnull=False).count() == 1


def test_whatever_a_single_report_refuses_is_refused_for_all() -> None:
    here = Round(2)
    tomorrow = timezone.now() + timedelta(days=1)
    wrong = [
        Seen(here.shops[1], "unchanged", tomorrow, here.officer),
        Seen(here.shops[1], "unchanged", OPENED - timedelta(days=1), here.officer),
        Seen(here.shops[1], "added", LATER, here.officer),
        Seen(here.shops[1], "corrected", LATER, here.officer),
        Seen(here.shops[0], "unchanged", LATER, here.officer),
        Seen(2**40, "unchanged", LATER, here.officer),
    ]
    for one in wrong:
        with pytest.raises(RoundProblem):
            keep_results(here.round, [here.seen(0, "unchanged"), one])
    assert not RoundResult.objects.exists()
    keep_results(here.round, [here.seen(0, "unchanged")])
    with pytest.raises(RoundProblem):  # it has its result
        keep_results(here.round, [here.seen(0, "closed")])
    outside = {"name": "远", "position": (120.0, 30.0)}
    with pytest.raises(RoundProblem):
        keep_found(here.round, here.shop, [Found(outside, photo(), LATER, here.officer)])
    with pytest.raises(PermissionDenied):
        keep_results(
            here.round, [Seen(here.shops[1], "unchanged", LATER, factories.make_user("legal_reviewer"))]
        )
    with pytest.raises(ValueError):
        source = Provenance(FactRecord.Source.ROUND, LATER.date())
        mark_many([(Draft({"name": "别名"}, source, here.shops[0]), here.officer)])
