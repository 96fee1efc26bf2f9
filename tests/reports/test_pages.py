"""The pages of figures: all of them, one explained, and the records it counted."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chengshu.bureau.models import District, Unit, User
from chengshu.cases.models import Case
from chengshu.demo.cases import load_cases
from chengshu.kernel.indicators.asking import dimensions_of
from chengshu.kernel.indicators.declarations import Indicator, all_declared
from tests import factories

YEAR = {"period": "2020"}


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.01)
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def leader(district: District) -> Client:
    return signed_in(factories.make_user("bureau_leader"))


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_every_figure_stands_on_the_page_and_opens_its_records(leader: Client) -> None:
    page = text(leader.get(reverse("reports:figures"), YEAR))
    assert "行政处罚案件" in page and "监管对象" in page and "样本不足" not in page
    total = Case.objects.filter(decided_on__year=2020, exempt_amount=None).count()
    opened = reverse("reports:records", args=["cases_total"])
    assert f'<a href="{opened}?period=2020">{total}</a>' in page
    assert text(leader.get(opened, YEAR)).count('class="primary-cell"') == min(total, 50)


def test_each_figure_has_a_page_that_explains_it(leader: Client) -> None:
    for one in all_declared():
        answer = leader.get(reverse("reports:figure", args=[one.id]), YEAR)
        assert answer.status_code == 200, one.id
        assert str(one.definition) in text(answer)
        opens = leader.get(reverse("reports:records", args=[one.id]), YEAR).status_code
        assert opens == (200 if isinstance(one, Indicator) else 404)
    assert leader.get(reverse("reports:figure", args=["unheard_of"])).status_code == 404


def test_a_part_opens_its_own_records(leader: Client) -> None:
    squad = Case.objects.filter(decided_on__year=2020).order_by("pk")[0].squad_id
    asked = {**YEAR, "squad": str(squad)}
    page = text(leader.get(reverse("reports:records", args=["cases_total"]), asked))
    wanted = Case.objects.filter(decided_on__year=2020, exempt_amount=None, squad=squad).count()
    assert page.count('class="primary-cell"') == min(wanted, 50)
    none = text(leader.get(reverse("reports:records", args=["cases_total"]), {**YEAR, "cause": "unheard"}))
    assert "没有记录" in none


def test_a_squad_leader_sees_the_figures_of_the_squad_alone(district: District) -> None:
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    other = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    client = signed_in(factories.make_user("squad_leader", squad))
    page = text(client.get(reverse("reports:figures"), {**YEAR, "squad": str(other.pk)}))
    mine = Case.objects.filter(decided_on__year=2020, exempt_amount=None, squad=squad).count()
    assert f">{mine}</a>" in page and str(squad.label) in page
    assert "双随机任务完成率" not in page  # tasks belong to no squad
    assert "squad" not in dimensions_of("random_completion")
    assert client.get(reverse("reports:figure", args=["random_completion"]), YEAR).status_code == 404


@pytest.mark.parametrize("name", ["figures", "csv", "figure", "records"])
def test_a_squad_out_of_reach_is_said_and_not_passed_over(district: District, name: str) -> None:
    address = reverse(f"reports:{name}", args=[] if name in ("figures", "csv") else ["cases_total"])
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    other = factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    chief, leader = factories.make_user("bureau_leader"), factories.make_user("squad_leader", squad)
    whole = "现显示：全区"
    for person, asked, shown in (
        (chief, "999999", whole), (chief, "x", whole), (leader, str(other.pk), str(squad.label))
    ):  # fmt: skip
        answer = signed_in(person).get(address, {**YEAR, "squad": asked})
        assert answer.status_code == 422
        assert "不在您可查看的范围内" in text(answer) and shown in text(answer)
    for person, asked in ((chief, str(other.pk)), (leader, str(squad.pk)), (chief, "")):
        answer = signed_in(person).get(address, {**YEAR, "squad": asked})
        assert answer.status_code == 200 and "不在您可查看的范围内" not in text(answer)


def test_the_last_year_with_records_is_shown_unless_another_is_asked_for(leader: Client) -> None:
    assert "period=2020" in text(leader.get(reverse("reports:figures")))
    assert leader.get(reverse("reports:figures")).context["period"].code == "2020"
    assert leader.get(reverse("reports:figures"), {"period": "2024"}).context["period"].code == "2024"


def test_a_period_that_is_none_is_refused_in_one_sentence(leader: Client) -> None:
    answer = leader.get(reverse("reports:figures"), {"period": "gestern"})
    assert answer.status_code == 422 and "不是有效时段" in text(answer)


def test_the_file_has_the_same_numbers(leader: Client) -> None:
    answer = leader.get(reverse("reports:csv"), YEAR)
    rows = {row["id"]: row["value"] for row in csv.DictReader(io.StringIO(text(answer)))}
    assert rows["cases_total"] == str(Case.objects.filter(decided_on__year=2020, exempt_amount=None).count())
    assert set(rows) == {one.id for one in all_declared()}


def test_the_list_of_records_reads_cases_three_times_at_most(leader: Client) -> None:
    page = reverse("reports:records", args=["cases_total"])
    leader.get(page, YEAR)
    with CaptureQueriesContext(connection) as few:
        leader.get(page, {**YEAR, "page": "1"})
    on_cases = [query["sql"] for query in few if '"cases_case"' in query["sql"]]
    assert len(on_cases) <= 3, on_cases
