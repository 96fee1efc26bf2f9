"""The paper made afterwards is the one that was handed over: number, words, signatures."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from chengshu.cases.documents import as_data, from_data
from chengshu.cases.documents.model import Cell, Grid
from chengshu.cases.documents.pdf import ink_of
from chengshu.cases.models import Case
from chengshu.cases.services.documents import facts_of, issue_document, preview
from chengshu.field.queries.offline_paper import paper
from chengshu.kernel.files import open_verified
from tests.cases.conftest import Team
from tests.field.simple.sending import AT, WORD, arrive, block_of, served, signature

pytestmark = pytest.mark.django_db
DECISION = "simple_decision"


def case_of(team: Team, **changes: Any) -> Case:
    """The case of a decision."""
    block_of(team)
    return Case.objects.get(pk=arrive(served(team, **changes)).result["case"])


def signed_cells(case: Case) -> list[Cell]:
    """The cells that are signed in."""
    grids = [section for section in preview(case, DECISION).sections if isinstance(section, Grid)]
    return [cell for grid in grids for row in grid.rows for cell in row if cell.marks]


def test_it_bears_the_same_number_and_three_signatures(team: Team) -> None:
    case = case_of(team)
    document = issue_document(case, DECISION, by=team.first)
    assert document.number == case.decision_number == WORD.format(1)
    assert document.pdf is not None
    with open_verified(document.pdf) as content:
        read = PdfReader(BytesIO(content.read()))
    text = "".join(page.extract_text() for page in read.pages).replace("\n", "")
    assert WORD.format(1) in text and team.first.full_name in text and team.second.full_name in text
    assert sum(len(page.images) for page in read.pages) >= 3
    kept = from_data(document.facts)
    marks = [
        len(cell.marks)
        for section in kept.sections if isinstance(section, Grid)
        for row in section.rows for cell in row if cell.marks
    ]  # fmt: skip
    assert marks == [1, 2]


def test_the_signatures_stand_where_one_signs(team: Team) -> None:
    party, officers = signed_cells(case_of(team))
    assert "签收" in party.label and "执法人员" in officers.label
    assert (len(party.marks), len(officers.marks)) == (1, 2)
    assert party.sign == officers.sign == f"{AT.year}年{AT.month}月{AT.day}日"


def test_a_refusal_is_written_on_it_with_the_witness(team: Team) -> None:
    signed = {"officer1": signature(10).sha256, "officer2": signature(20).sha256}
    case = case_of(team, refused_to_sign=True, witness="居委会王某", signatures=signed, statement="")
    (officers,) = signed_cells(case)
    assert len(officers.marks) == 2
    assert facts_of(case, DECISION).defence == "当事人拒绝签收，见证人：居委会王某。"


def test_cash_taken_on_the_spot_is_said_on_it(team: Team) -> None:
    facts = facts_of(case_of(team, cash=True), DECISION)
    assert facts.values["collected"] == "当场收缴" and "当场缴纳" in facts.payment


def test_a_decision_of_the_desk_keeps_its_lines_to_sign_on(team: Team) -> None:
    case = case_of(team, signatures={})
    assert signed_cells(case) == []


def test_a_signature_is_cut_to_its_ink_on_white() -> None:
    pad = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    pad.paste((0, 0, 0, 255), (100, 40, 150, 60))
    buffer = BytesIO()
    pad.save(buffer, "PNG")
    with Image.open(BytesIO(ink_of(buffer.getvalue(), "签名"))) as cut:
        assert cut.size == (50, 20) and cut.getpixel((0, 0)) == (0, 0, 0)


def test_the_paper_of_the_phone_has_the_words_of_the_server(team: Team) -> None:
    case = case_of(team)
    made, facts = preview(case, DECISION), facts_of(case, DECISION)
    form = paper(case.district, AT.date())["forms"]["person"]["fine"]
    places = {
        "party_name": "张小三", "party_id_type": "居民身份证", "party_id_number": facts.party_id_number,
        "party_birth": "1990年3月7日", "act_time": "2022年3月10日", "act_place": facts.act_place,
        "facts": "随地乱扔纸屑，未自行清理", "breached": facts.breached, "applied": facts.applied,
        "fine_capital": "人民币壹佰元整", "payment": facts.payment.rstrip("。"),
        "collected": "到指定机构缴纳",
        "statement": "当事人表示认可。", "authority": facts.authority, "date": "2022年3月10日",
    }  # fmt: skip
    for number, person in enumerate(facts.officers, start=1):
        places |= {f"officer{number}": person.name, f"certificate{number}": person.certificate}

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            for name, text in places.items():
                value = value.replace("{" + name + "}", text)
            return "" if value.startswith("{") else value
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items() if key not in ("marks", "sign")}
        return [filled(each) for each in value] if isinstance(value, list | tuple) else value

    assert filled(form) == filled(as_data(made)["sections"])
