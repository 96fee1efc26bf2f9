"""双公示: the exact columns, amounts in 万元, only what is subject to it, corrections as corrections."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied

from chengshu.cases.models import Case, Party
from chengshu.inspections.credit.services import exchange
from chengshu.inspections.credit.settings import credit_data
from chengshu.inspections.models import CreditExport, CreditRepair, ExportedPenalty
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel import files, ledger
from tests import factories
from tests.leads.pages import browser

from .conftest import USCC, Credit, days_ago

pytestmark = pytest.mark.django_db
PERSON = {
    "kind": "person",
    "name": "王小明",
    "id_number": "11010519491231002X",
    "details": {"id_type": "resident_id"},
}
HANDBOOK = (  # the order in which the field list names them
    "CF_XDR_MC,CF_XDR_LB,CF_XDR_SHXYM,CF_XDR_GSZC,CF_XDR_ZZJG,CF_XDR_SWDJ,CF_XDR_SYDW,CF_XDR_SHZZ,CF_FRDB,"
    "CF_FR_ZJLX,CF_FR_ZJHM,CF_XDR_ZJLX,CF_XDR_ZJHM,CF_WSH,CF_WFXW,CF_SY,CF_YJ,CF_CFLB,CF_NR,CF_NR_FK,"
    "CF_NR_WFFF,CF_NR_ZKDX,CF_JDRQ,CF_YXQ,CF_GSJZQ,CF_CFJG,CF_CFJGDM,CF_SJLY,CF_SJLYDM,BZ"
)


def csv_lines(export: CreditExport) -> list[str]:
    with files.open_verified(export.csv) as content:
        return content.read().decode("utf-8-sig").splitlines()


def row(credit: Credit, **stated: Any) -> dict[str, str]:
    case = credit.case(**stated)
    return exchange.row_of(case, Party.objects.get(case=case))


def test_both_files_have_the_columns_of_the_standard_in_its_order(credit: Credit) -> None:
    credit.case()
    made = exchange.export(credit.district, by=credit.clerk)
    assert csv_lines(made)[0] == HANDBOOK
    with files.open_verified(made.xlsx) as content:
        sheet = openpyxl.load_workbook(io.BytesIO(content.read())).active
    assert sheet is not None
    first, second = list(sheet.iter_rows(values_only=True))[:2]
    assert ",".join(map(str, first)) == HANDBOOK
    assert dict(zip(first, second, strict=True))["CF_NR_FK"] == "0.2"
    steps = ledger.verify_chain(made.chain)
    assert steps.ok


def test_a_row_says_what_the_standard_asks(credit: Credit) -> None:
    made = row(credit)
    assert made["CF_XDR_LB"] == "法人及非法人组织"
    assert (made["CF_XDR_SHXYM"], made["CF_FRDB"]) == (USCC, "王小明")
    assert (made["CF_CFLB"], made["CF_NR"], made["CF_NR_FK"]) == ("罚款", "罚款人民币2000元", "0.2")
    assert made["CF_CFJG"].startswith("上海市普陀区") and made["CF_YJ"] and made["CF_WFXW"]
    assert made["CF_GSJZQ"] > made["CF_JDRQ"]
    assert (made["CF_XDR_ZJLX"], made["CF_XDR_ZJHM"]) == ("", "")


def test_natural_persons_stand_in_full_in_the_file_and_masked_on_pages(credit: Credit) -> None:
    made = row(credit, party=PERSON)
    assert (made["CF_XDR_LB"], made["CF_XDR_MC"], made["CF_XDR_ZJLX"]) == ("自然人", "王小明", "身份证")
    assert (made["CF_XDR_ZJHM"], made["CF_XDR_SHXYM"]) == (PERSON["id_number"], "")
    shown = exchange.masked(made)
    assert (shown["CF_XDR_MC"], shown["CF_XDR_ZJHM"]) == ("王*明", "110105********002X")


@pytest.mark.parametrize(
    ("yuan", "written"), [("0", ""), ("200", "0.02"), ("12345.67", "1.234567"), ("1000000", "100")]
)
def test_amounts_are_in_ten_thousands(yuan: str, written: str) -> None:
    assert exchange.in_ten_thousands(Decimal(yuan)) == written


@pytest.mark.parametrize(
    ("party", "says"),
    [
        ({"id_number": ""}, "统一社会信用代码"),
        ({"id_number": "91310107MA1G00000X"}, "校验码|check digit"),
        ({"details": {}}, "法定代表人"),
        ({**PERSON, "id_number": ""}, "证件号码"),
    ],
)
def test_a_row_that_lacks_something_is_left_out_with_one_sentence(
    credit: Credit, party: dict[str, Any], says: str
) -> None:
    credit.case()
    bad = credit.case(party=party)
    made = exchange.export(credit.district, by=credit.clerk)
    assert made.rows == 1
    (problem,) = made.problems
    assert problem["case"] == bad.pk
    assert re.search(says, problem["says"])


def test_only_disclosed_penalties_are_given(credit: Credit) -> None:
    credit.case(disclosed_on=None)
    credit.case(party={"outcome": {"type": "no_penalty"}})
    credit.case(party={"outcome": {"type": "annulled"}})
    with pytest.raises(InspectionProblem, match="Nothing has changed"):
        exchange.export(credit.district, by=credit.clerk)
    assert not CreditExport.objects.exists()


def test_the_simple_procedure_is_given_under_the_earlier_rules_only(credit: Credit) -> None:
    case = credit.case(procedure="simple", decided_on=date(2023, 4, 30))
    credit.case(procedure="simple", decided_on=date(2023, 5, 1))
    assert [key.pk for key, _party in exchange._disclosed(credit.district)] == [case.pk]


def test_an_export_holds_what_is_new_and_corrects_what_changed(credit: Credit) -> None:
    first = credit.case()
    assert exchange.export(credit.district, by=credit.clerk).rows == 1
    with pytest.raises(InspectionProblem, match="Nothing has changed"):
        exchange.export(credit.district, by=credit.clerk)
    credit.case()
    second = exchange.export(credit.district, by=credit.clerk)
    assert (second.rows, second.corrections, second.number) == (1, 0, 2)
    outcome = {"type": "penalty", "fine": "1000", "number": "沪普城管罚决字〔2020〕第000001号"}
    Party.objects.filter(case=first).update(outcome=outcome, fine=1000)
    third = exchange.export(credit.district, by=credit.clerk)
    assert (third.rows, third.corrections) == (1, 1)
    assert csv_lines(third)[1].endswith(credit_data().exchange.remarks["correction"])
    Case.objects.filter(pk=first.pk).update(disclosed_on=None)
    fourth = exchange.export(credit.district, by=credit.clerk)
    assert (fourth.rows, fourth.corrections) == (1, 1)
    assert csv_lines(fourth)[1].endswith("撤销") and "0.1" in csv_lines(fourth)[1]
    assert list(ExportedPenalty.objects.values_list("kind", flat=True)) == [
        "new",
        "new",
        "correction",
        "withdrawn",
    ]


def test_a_repaired_penalty_is_told_by_the_next_export(credit: Credit) -> None:
    case = credit.case()
    exchange.export(credit.district, by=credit.clerk)
    repair = CreditRepair.objects.create(
        district=credit.district, squad=credit.squad, case=case, party_key="1", state="granted",
        applied_on=days_ago(5), decided_on=days_ago(2), statement="已履行",
    )  # fmt: skip
    made = exchange.export(credit.district, by=credit.clerk)
    assert csv_lines(made)[1].endswith("信用修复")
    repair.refresh_from_db()
    assert repair.told_on is not None
    with pytest.raises(InspectionProblem):
        exchange.export(credit.district, by=credit.clerk)


def test_a_squad_does_not_report_for_the_district(credit: Credit) -> None:
    with pytest.raises(PermissionDenied):
        exchange.export(credit.district, by=factories.make_user("squad_leader", credit.squad))


def test_no_sentence_about_a_row_tells_a_birth_date(credit: Credit) -> None:
    credit.case()
    credit.case(party={**PERSON, "id_number": "310107199002301234"})
    made = exchange.export(credit.district, by=credit.clerk)
    (problem,) = made.problems
    assert "********" in problem["says"] and "19900230" not in problem["says"]


def test_a_sentence_kept_before_is_shown_without_its_birth_date(
    credit: Credit, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit.case()
    credit.case(party={**PERSON, "id_number": "310107199002301234"})
    with monkeypatch.context() as before:
        before.setattr(exchange, "masked_sentence", str)
        made = exchange.export(credit.district, by=credit.clerk)
    assert "19900230" in made.problems[0]["says"]
    shown = browser(credit.clerk).get(f"/inspections/credit/exports/{made.pk}/").content.decode()
    assert "********" in shown and "19900230" not in shown
