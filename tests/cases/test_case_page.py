"""One case on one page: what it shows to whom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import Unit
from chengshu.cases.models import Case
from chengshu.kernel.models import LedgerEntry, UnmaskRecord
from tests import factories
from tests.cases.conftest import Team, certified
from tests.cases.pages import NOW, PERSON_ID, browser, spot_case

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


def url(case: Case) -> str:
    return reverse("cases:case", args=[case.pk])


def test_everything_about_a_case_stands_on_its_page(team: Team) -> None:
    case = spot_case(team)
    html = browser(team.legal).get(url(case)).content.decode()
    for text in (
        case.number, "乱扔废弃物", "已送达", "当场处罚决定", "现场照片", "公示期限", "剩余",
        "罚款100元", "长寿路1号", team.first.full_name, "/law/articles/",
    ):  # fmt: skip
        assert text in html, text


def test_personal_data_is_masked_until_somebody_says_why(team: Team) -> None:
    case, client = spot_case(team), browser(team.leader)
    html = client.get(url(case)).content.decode()
    assert not any(secret in html for secret in (PERSON_ID, PHONE, "张小三"))
    assert "310107********451X" in html and "138****5678" in html and "张*三" in html
    assert PERSON_ID not in client.post(url(case), {"reason": " "}).content.decode()
    shown = client.post(url(case), {"reason": "联系当事人缴款"}).content.decode()
    assert PERSON_ID in shown and PHONE in shown and "张小三" in shown
    record = UnmaskRecord.objects.get()
    assert record.subject == f"cases.case:{case.pk}"
    assert record.fields == ["1.id_number", "1.name", "1.phone"]
    assert PERSON_ID not in client.get(url(case)).content.decode()


def test_officers_do_not_look_behind_the_masks(team: Team) -> None:
    case = spot_case(team)
    assert browser(team.first).post(url(case), {"reason": "想看看"}).status_code == 403


def test_a_case_of_another_squad_or_district_is_not_there(team: Team) -> None:
    case = spot_case(team)
    other = certified("officer", factories.unit(team.district, Unit.Kind.SQUAD, "桃浦镇"), "示0999")
    elsewhere = factories.make_user("bureau_leader", factories.unit(factories.make_other_district()))
    for person in (other, elsewhere):
        client = browser(person)
        assert client.get(url(case)).status_code == 404
        assert client.get(reverse("cases:step", args=[case.pk, "pay"])).status_code == 404
        assert client.get(reverse("cases:evidence_file", args=[case.pk, 1])).status_code == 404
        assert client.post(reverse("cases:watch", args=[case.pk])).status_code in (403, 404)


def test_leaders_mark_key_cases(team: Team) -> None:
    case = spot_case(team)
    assert browser(team.leader).post(reverse("cases:watch", args=[case.pk]), {"key": "1"}).status_code == 403
    chief = browser(team.chief)
    chief.post(reverse("cases:watch", args=[case.pk]), {"key": "1"})
    chief.post(reverse("cases:watch", args=[case.pk]), {"key": "1"})
    case.refresh_from_db()
    assert case.is_key and "督办" in chief.get(url(case)).content.decode()
    assert LedgerEntry.objects.filter(chain=case.chain, action="case.watched").count() == 1


def test_what_is_not_verified_is_marked(team: Team) -> None:
    case = spot_case(team, cause="waste.random-disposal-measures", fine="50")
    assert "未核实" in browser(team.legal).get(url(case)).content.decode()


def test_the_page_does_not_ask_more_the_longer_the_case(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case, client = spot_case(team), browser(team.leader)
    client.get(url(case))
    with django_assert_max_num_queries(16):
        client.get(url(case))


def test_in_english_too(team: Team) -> None:
    case, client = spot_case(team), browser(team.legal)
    client.post("/i18n/setlang/", {"language": "en"})
    html = client.get(url(case)).content.decode()
    assert "On-the-spot decision" in html and "Deadlines" in html
